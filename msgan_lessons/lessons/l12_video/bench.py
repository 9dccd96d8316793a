"""Walk through the latents of a G of clips, scrub through time, see what judges see (lesson 12)."""

import copy
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.base.pictures import Picture, framed_cells, tile
from msgan_lessons.base.streams import Streams
from msgan_lessons.classroom.panel import Menu, Pixels, Slider
from msgan_lessons.classroom.touching import WAYS, Touchable, interpolate
from msgan_lessons.lessons.l12_video.pictures import film_strips, space_time
from msgan_lessons.lessons.l12_video.scores import motion_statistics

COUNT = 8  # clips that are shown
COLUMNS = 8  # frames in a row
Views = Callable[[Tensor], Mapping[str, Tensor]]


class ClipBench(Touchable):
    """Walk through z, scrub through time, and choose which judge's view is shown.

    Parameters
    ----------
    generator : nn.Module
        z (B, latent_dim) to clips (B, C, T, R, R), or to a list of which the last is the finest;
        has the attribute `latent_dim`. A copy of it is used, on the CPU.
    views : callable
        Clips to what each judge sees: name to (n, f * C, R, R), as `VideoJudges.views`.

    Examples
    --------
    >>> class Grey(nn.Module):
    ...     latent_dim = 4
    ...     def forward(self, z):
    ...         return [z[:, :1, None, None, None].expand(-1, 1, 4, 8, 8).tanh()]
    >>> ClipBench(Grey(), lambda clips: {"frame": clips[-1][:, :, 0]}).frame()["now"].shape
    (17, 35, 3)
    """

    name = "clip_bench"

    def __init__(self, generator: nn.Module, views: Views) -> None:
        self.generator = copy.deepcopy(generator).cpu().eval()
        self._judged = views
        stream = Streams(0).fresh("clip_bench")
        self._first, self._second = torch.randn(2, COUNT, generator.latent_dim, generator=stream)
        clips = self._draw(0)
        seen = views([clips[:1]])
        cells = [x.shape[0] * x.shape[1] // clips.shape[1] for x in seen.values()]
        self._rows = -(-max(cells) // COLUMNS)
        self.views = [
            Pixels("now", "Eight clips, at this frame", 420),
            Pixels("film", "The first clip, all its frames", 420, below=True),
            Pixels("path", "Its way: x to the right, time downwards", 200),
            Pixels("judge", "What the judge sees of it", 420, below=True),
        ]
        super().__init__(
            [
                Slider("frame", "frame", "", 0, clips.shape[2] - 1, 1, 0),
                Slider("degrees", "walk z, degrees", "", 0, 360, 1, 0),
                Menu("judge", "judge", "", list(seen), next(iter(seen))),
            ]
        )

    @property
    def clips(self) -> Tensor:
        """The eight clips as the walk stands: (8, C, T, R, R)."""
        others = ("frame", "judge")
        return self.kept("clips", lambda: self._draw(self.values["degrees"]), but=others)

    def frame(self) -> dict[str, np.ndarray]:
        """Pixels of all views, by name: uint8 (H, W, 3)."""
        now = round(self.values["frame"])
        return {
            "now": tile(self.clips[:, :, now], COUNT // 2, 1),
            "film": tile(framed_cells(self.clips[0].transpose(0, 1), now), COLUMNS, 0),
            "path": tile(space_time(self.clips[0])[None], 1).repeat(4, 0).repeat(2, 1),
            "judge": self._seen(),
        }

    def status(self) -> str:
        """Speed and turning of the first clip, and what the judge compares."""
        moved = {name: x[0].item() for name, x in motion_statistics(self.clips[:1]).items()}
        seen = self._judged([self.clips[:1]])[self.values["judge"]]
        frames = seen.shape[1] // self.clips.shape[1]
        return (
            f"first clip: speed {moved['speed']:.2f} pixels a frame, turning "
            f"{moved['turning']:.0f} degrees a frame · {self.values['judge']}: {len(seen)} "
            f"stretch(es) of {frames} frame(s) at {seen.shape[-1]}x{seen.shape[-1]}"
        )

    def picture(self) -> Picture:
        """The film strips of four clips as they are now."""
        rows = {f"z{k + 1}": clip for k, clip in enumerate(self.clips[:4])}
        return film_strips(rows, "Follow each row: does the thing keep its shape while it moves?")

    @torch.no_grad()
    def _draw(self, degrees: float) -> Tensor:
        return self.generator(interpolate(self._first, self._second, degrees, WAYS[0]))[-1]

    def _seen(self) -> np.ndarray:
        """The chosen judge's frames, on a sheet that is as large for every judge."""
        seen = self._judged([self.clips[:1]])[self.values["judge"]]
        channels, side = self.clips.shape[1], self.clips.shape[-1]
        cells = F.interpolate(seen.reshape(-1, channels, *seen.shape[-2:]), (side, side))
        sheet = torch.ones(self._rows * COLUMNS, channels, side, side)
        sheet[: len(cells)] = cells
        return tile(sheet, COLUMNS, 1)
