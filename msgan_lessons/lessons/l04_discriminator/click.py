"""Click on an image, see the patch that a logit of each scale sees (lesson 04_discriminator)."""

import copy
from collections.abc import Mapping, Sequence
from functools import cache, partial
from itertools import cycle

import numpy as np
import torch
from torch import Tensor, nn

from msgan_lessons.base.pictures import Picture, sheet
from msgan_lessons.classroom.panel import Control, Menu, Pixels, Slider
from msgan_lessons.classroom.touching import Touchable
from msgan_lessons.discriminator import DiscriminatorEnsemble, PatchDiscriminator
from msgan_lessons.lessons.l04_discriminator.pictures import (
    colour_logits,
    crop_patch,
    framed,
    logit_at,
    logit_maps,
    patch_of,
    patches_under,
    receptive_field,
)
from msgan_lessons.pyramid import image_pyramid

CELL = 120  # pixels a side of a patch and of a map of logits
WHOLE, GAP = 288, 6  # of the image, and between images
FRAMES = ("third", "optimum", "fifth", "fourth")  # colour of each scale, coarse to fine
CHANNELS = (16, 32, 64, 64)  # of untrained judges
MARKED = "sixth"  # the logit below the pointer


class PatchClick(Touchable):
    """One patch D a scale: the patch that the logit below the pointer sees, at every scale.

    Parameters
    ----------
    images : mapping
        Name of a kind, for instance 'real', to its images (N, C, R, R) in [-1, 1]; all kinds of
        one shape, so that the same image can be compared.
    n_scales : int
        Scales, each half as large as the next.
    judges : DiscriminatorEnsemble, optional
        Trained patch D, one a scale; copies are used, on the CPU. Default: untrained ones, with
        as many strided convolutions as the menu says.

    Raises
    ------
    ValueError
        If there are no images, shapes differ, a scale has no judge or the coarsest is odd.

    Examples
    --------
    >>> import torch
    >>> click = PatchClick({"real": torch.zeros(2, 1, 32, 32)}, n_scales=2)
    >>> _ = click.set("seen", (0.9, 0.1))
    >>> click.patches()
    [(-7, 5, 18), (-7, 21, 18)]
    """

    def __init__(
        self,
        images: Mapping[str, Tensor],
        n_scales: int = 3,
        judges: DiscriminatorEnsemble | None = None,
    ) -> None:
        shapes = sorted({tuple(x.shape) for x in images.values()})
        if len(shapes) != 1 or not shapes[0][0]:
            raise ValueError(f"images must hold tensors of one shape, at least 1, got {shapes}.")
        if judges is not None and len(judges.members) != n_scales:
            got = len(judges.members)
            raise ValueError(f"judges must hold one D for each of {n_scales} scales, got {got}.")
        self._scales = {kind: image_pyramid(x, n_scales) for kind, x in images.items()}
        sizes = self.sizes = [x.shape[-1] for x in next(iter(self._scales.values()))]
        depths = [str(n + 1) for n in range(len(CHANNELS)) if sizes[0] % 2 ** (n + 1) == 0]
        if not depths:
            raise ValueError(f"the coarsest scale must have an even size, got {sizes[0]}.")
        self._trained = copy.deepcopy(judges).cpu().eval() if judges else None
        self._untrained = cache(lambda n: _untrained(n, n_scales, shapes[0][1]))
        self.name = "patch_click" if judges is None else "patch_click_trained"
        self.views = _views(sizes)
        controls = _controls(list(images), [] if judges else depths, shapes[0][0])
        super().__init__(controls, {"seen": self._look_at})
        self.place = (0.5, 0.5)

    @property
    def judges(self) -> Sequence[nn.Module]:
        """One patch D a scale, coarse to fine."""
        return (self._trained or self._untrained(int(self.values["convolutions"]))).members

    @property
    def scales(self) -> list[Tensor]:
        """The chosen image, coarse to fine, each (C, r, r)."""
        return self._image(self.values.get("kind", next(iter(self._scales))))

    def patches(self) -> list[tuple[int, int, int]]:
        """Say what the logit below the pointer sees: (top, left, side) in each scale's pixels."""
        return [
            patch_of(judge, row, column)
            for judge, (row, column, _) in zip(self.judges, self._under(), strict=True)
        ]

    def logits(self) -> list[Tensor]:
        """Judge the chosen image: one map of logits (h, h) a scale, coarse to fine."""
        return self.kept("logits", lambda: self._judge(self.scales))

    def frame(self) -> dict[str, np.ndarray]:
        """Return the pixels of all views."""
        seen = framed(self.scales[-1], 0, 0, 0, MARKED, WHOLE)  # enlarged, without a frame
        cuts, maps = [], []
        found = (self.scales, self.logits(), self.patches(), self._under(), cycle(FRAMES))
        for image, logits, patch, (row, column, _), colour in zip(*found, strict=False):
            enlarged = [v * WHOLE // image.shape[-1] for v in patch]
            seen = framed(seen, *enlarged, colour, WHOLE)
            cuts.append(framed(crop_patch(image, *patch), 0, 0, patch[-1], colour, CELL))
            maps.append(framed(colour_logits(logits), row, column, 1, MARKED, CELL))
        return {
            "seen": sheet([[seen]], WHOLE),
            "patches": sheet([cuts], CELL, GAP),
            "logits": sheet([maps], CELL, GAP),
        }

    def status(self) -> str:
        """Return what one logit sees, at its scale and in the full image, and the logits here."""
        side, step = receptive_field(self.judges[0])
        wide = ", ".join(f"{side * self.sizes[-1] // r}" for r in self.sizes)
        maps = zip(self.logits(), self._under(), strict=True)
        here = ", ".join(f"{m[row, column].item():+.2f}" for m, (row, column, _) in maps)
        return (
            f"a logit sees {side}x{side} pixels of its scale, every {step} pixels; "
            f"in the full image {wide} a side · logits here {here}"
        )

    def picture(self) -> Picture:
        """Draw the patches below the pointer; for trained judges the logits of every kind."""
        if self._trained is None:
            return patches_under(self.scales, self.judges[0], *self.place)
        kinds = {kind: self._image(kind) for kind in self._scales}
        logits = {kind: self._judge(scales) for kind, scales in kinds.items()}
        return logit_maps({kind: x[-1] for kind, x in kinds.items()}, logits, self.sizes)

    def _image(self, kind: str) -> list[Tensor]:
        return [x[self.values["image"]] for x in self._scales[kind]]

    @torch.no_grad()
    def _judge(self, scales: Sequence[Tensor]) -> list[Tensor]:
        judged = zip(self.judges, scales, strict=True)
        return [judge([x[None]])[0][0, 0] for judge, x in judged]

    def _look_at(self, point: Sequence[float]) -> None:
        logit_at(self.judges[0], self.sizes[0], *point)  # refuses a place outside
        self.place = tuple(point)

    def _under(self) -> list[tuple[int, int, int]]:
        """Row, column and number a side of the logit below the pointer, one a scale."""
        judged = zip(self.judges, self.sizes, strict=True)
        return [logit_at(judge, r, *self.place) for judge, r in judged]


def _untrained(n_convolutions: int, n_scales: int, img_channels: int) -> DiscriminatorEnsemble:
    """Judges with fixed weights; torch's own random state is left as it is."""
    make = partial(
        PatchDiscriminator, img_channels=img_channels, channels=CHANNELS[:n_convolutions]
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return DiscriminatorEnsemble(n_scales, make).eval()


def _views(sizes: Sequence[int]) -> list[Pixels]:
    names = [f"{r}x{r}" for r in sizes]
    width = len(sizes) * (CELL + GAP) - GAP
    return [
        Pixels("seen", f"Click or drag on the {names[-1]} image", WHOLE, "drag"),
        Pixels("patches", "What one logit of each scale sees, in its pixels", width, columns=names),
        Pixels(
            "logits", "All logits (blue: real, orange: fake)",
            width, below=True,
        ),
    ]  # fmt: skip


def _controls(kinds: Sequence[str], convolutions: Sequence[str], n_images: int) -> list[Control]:
    controls: list[Control] = []
    if convolutions:
        start = convolutions[min(1, len(convolutions) - 1)]
        controls.append(Menu("convolutions", "strided convolutions", "", convolutions, start))
    if len(kinds) > 1:
        controls.append(Menu("kind", "image is", "", kinds, kinds[0]))
    return [*controls, Slider("image", "image", "", 0, n_images - 1, 1, 0)]
