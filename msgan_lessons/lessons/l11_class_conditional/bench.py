"""A class-conditional G to touch: choose a class, truncate, go from one to another (lesson 11)."""

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from msgan_lessons import metrics
from msgan_lessons.base.pictures import Picture, framed_cells, sheet, tile
from msgan_lessons.base.streams import Streams
from msgan_lessons.classroom.panel import Menu, Pixels, Slider
from msgan_lessons.classroom.touching import Touchable, spread
from msgan_lessons.lessons.l11_class_conditional.game import standing_statistics, truncated
from msgan_lessons.lessons.l11_class_conditional.pictures import image_table

MANY = 32  # latents that are judged and shown
SHOWN = 6  # of them at all scales, and on the way
STOPS = 7
GAP = 1  # pixel between images
WAYS = ("from class to class", "from z to z", "both at once")
STATISTICS = {  # which batch norms keep those of the training; None: all
    "all but the first measured": 1,
    "all measured": 0,
    "of the training": None,
}
FIRST, *OTHERS = STATISTICS


class ClassMixer(Touchable):
    """Choose a class, a truncation and a place on the way to another class or another z.

    BigGAN (Brock et al. 2019), section 3.1 and its figures of interpolations between both.

    Parameters
    ----------
    generator : nn.Module
        Called as generator(z, labels), with labels (B,) or weights of the classes (B, n_classes);
        gives a list of images, coarse to fine. A copy of it is used, on the CPU.
    classes : sequence of str
        Their names, as the course's classifier numbers them.
    seed : int
        Of the latents.

    Raises
    ------
    ValueError
        If there are fewer than two classes.

    Examples
    --------
    >>> from msgan_lessons.lessons.l11_class_conditional.game import biggan
    >>> mixer = ClassMixer(biggan(width=2, n_classes=2).generator, ["Coat", "Bag"])
    >>> mixer.set("share", 0.25), mixer.drawn[-1].shape
    (False, torch.Size([32, 1, 32, 32]))
    """

    name = "class_mixer"

    def __init__(self, generator: nn.Module, classes: Sequence[str], seed: int = 0) -> None:
        if len(classes) < 2:
            raise ValueError(f"classes must name at least two, got {len(classes)}.")
        self.generator, self.classes = copy.deepcopy(generator).cpu().eval(), list(classes)
        stream = Streams(seed).fresh("class_mixer")
        self._shares = torch.rand(2, MANY, generator.latent_dim, generator=stream)
        self._shares.clamp_(1e-6, 1 - 1e-6)
        super().__init__(
            [
                Menu("label", "class", "", self.classes, self.classes[0]),
                Slider("threshold", "truncation at", "", 0.1, 3.0, 0.1, 3.0),
                Slider("share", "way", "", 0.0, 1.0, 0.05, 0.0),
                Menu("way", "the way leads", "Where to", list(WAYS), WAYS[0]),
                Menu("other", "other class", "Where to", self.classes, self.classes[1]),
                Menu("statistics", "batch statistics", "Statistics", list(STATISTICS), FIRST),
            ]
        )
        self._standing: tuple[tuple | None, nn.Module] = (None, self.generator)  # for which cut
        sizes = [f"{x.shape[-1]}x{x.shape[-1]}" for x in self.drawn]
        stops = [f"{k / (STOPS - 1):.2f}" for k in range(STOPS)]
        self.views = [
            Pixels("many", f"{MANY} latents, as the controls stand", 400),
            Pixels("scales", "Six of them at all scales", 300, rows=sizes),
            Pixels("way", "The way of the same six, the place framed", 350, columns=stops),
        ]

    @property
    def drawn(self) -> list[Tensor]:
        """What 32 latents draw as the controls stand: (32, C, r, r) a scale, coarse to fine."""
        return self.kept("drawn", lambda: self._draw(self.values["share"], MANY))

    def frame(self) -> dict[str, np.ndarray]:
        """Return the pixels of all views."""
        finest = self.drawn[-1]
        return {
            "many": tile(finest, 8, GAP),
            "scales": sheet([list(x[:SHOWN]) for x in self.drawn], finest.shape[-1], GAP),
            "way": self._framed(),
        }

    def status(self) -> str:
        """Return for what the classifier takes the images, and how much they differ."""
        seen = metrics.predicted_labels(self.drawn[-1]).bincount(minlength=len(self.classes))
        order = [k for k in seen.argsort(descending=True, stable=True).tolist() if seen[k]][:3]
        told = ", ".join(f"{int(seen[k])} for {self.classes[k]}" for k in order)
        differ = spread(self.drawn[-1]).square().mean().sqrt().item()
        return f"of {MANY} images the classifier takes {told} · spread {differ:.2f}"

    def picture(self) -> Picture:
        """Draw the class without and with truncation, and the way to the other class."""
        kept, label, other = self.values, self.values["label"], self.values["other"]
        rows, names = [], []
        for threshold, statistics in ((3.0, FIRST), (1.0, FIRST), *((1.0, s) for s in OTHERS)):
            self.values = {**kept, "threshold": threshold, "statistics": statistics}
            rows.append(list(self._draw(0.0, STOPS)[-1]))
            names.append(f"cut at {threshold:g}, {statistics}")
        self.values = {**kept, "way": WAYS[0]}
        for k in range(2):
            rows.append([self._draw(i / (STOPS - 1), 2)[-1][k] for i in range(STOPS)])
            names.append(f"z{k + 1}, to {other}")
        self.values = kept
        alt = f"Rows of images of the class {label}: {'; '.join(names)}."
        caption = "What does a lower threshold do, and what keeps its form on the way?"
        return image_table(rows, names, [], alt, caption)

    @torch.no_grad()
    def _draw(self, share: float, count: int) -> list[Tensor]:
        """Images of the first latents at a place of the way."""
        first, second = (truncated(u[:count], self.values["threshold"]) for u in self._shares)
        weights = torch.zeros(count, len(self.classes))
        part = 0.0 if self.values["way"] == WAYS[1] else share
        weights[:, self.classes.index(self.values["label"])] += 1 - part
        weights[:, self.classes.index(self.values["other"])] += part
        z = first if self.values["way"] == WAYS[0] else (1 - share) * first + share * second
        return self._at(self.values["threshold"])(z, weights)

    def _at(self, threshold: float) -> nn.Module:
        """G with the batch statistics that were asked for."""
        kept = STATISTICS[self.values["statistics"]]
        if kept is None:
            return self.generator
        if self._standing[0] != (threshold, kept):
            standing = standing_statistics(
                self.generator, len(self.classes), threshold, kept=kept, batches=4
            )
            self._standing = ((threshold, kept), standing)
        return self._standing[1]

    def _framed(self) -> np.ndarray:
        """Six latents in rows, stops of the way in columns; the nearest stop is framed."""

        def stops() -> Tensor:
            drawn = [self._draw(k / (STOPS - 1), SHOWN)[-1] for k in range(STOPS)]
            return torch.stack(drawn, 1).flatten(0, 1)  # (6 * STOPS, C, R, R)

        nearest = slice(round(self.values["share"] * (STOPS - 1)), None, STOPS)
        return tile(framed_cells(self.kept("stops", stops, but=["share"]), nearest), STOPS, GAP)
