"""Pictures of clips: film strips, space and time, scores, clips that play (lesson 12_video)."""

import base64
import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from msgan_lessons.base.pages import render
from msgan_lessons.base.pictures import COLOURS, Picture, new_figure, sheet, sheet_figure, tile
from msgan_lessons.lessons.l12_video.scores import foreground_mask, temporal_spectrum

TITLES = {"frechet": "Fréchet distance, motion features", "motion": "motion statistics"}


def film_strips(rows: Mapping[str, Tensor], caption: str) -> Picture:
    """Show clips (C, T, H, W) as strips of every second frame, time from left to right."""
    frames = [list(clip.transpose(0, 1)[::2]) for clip in rows.values()]
    canvas = sheet(frames, cell=64, gap=4)
    titles = [str(t) for t in range(0, 2 * len(frames[0]), 2)]
    figure, _ = sheet_figure(canvas, rows, titles, above=0.5)
    alt = f"Film strips, frames {titles[0]} to {titles[-1]} from left to right: {'; '.join(rows)}."
    return Picture(figure, alt, caption)


def clip_scales(scales: Sequence[Tensor], caption: str) -> Picture:
    """Show one clip at all its scales: each row has half the frames and pixels of the row below.

    Parameters
    ----------
    scales : sequence of Tensor
        Shapes (C, T, H, W), coarse to fine, in [-1, 1].
    """
    most, blank = scales[-1].shape[1], torch.ones(1, 1, 1)
    rows = []
    for clip in scales:
        frames, apart = list(clip.transpose(0, 1)), most // clip.shape[1]
        rows.append([frames[t // apart] if t % apart == 0 else blank for t in range(most)])
    names = [f"{c.shape[1]} x {c.shape[2]}x{c.shape[3]}" for c in scales]
    canvas = sheet(rows, cell=40, gap=3)
    figure, _ = sheet_figure(canvas, names, map(str, range(most)), left=1.3, above=0.4)
    alt = f"One clip at {len(scales)} scales (frames x pixels): {'; '.join(names)}."
    return Picture(figure, alt, caption)


def space_time(clip: Tensor) -> Tensor:
    """Draw a clip as one picture: x to the right, time downwards, a path where a thing moves."""
    # clip (C, T, H, W) in [-1, 1] -> (1, T, W): the strongest ink of each column, white on black
    return 2 * foreground_mask(clip[None])[0].amax(1)[None].clamp(0, 1) - 1


def space_time_rows(rows: Mapping[str, Tensor], caption: str) -> Picture:
    """Show the x-t pictures of some clips a row.

    Parameters
    ----------
    rows : mapping
        Name to clips (n, C, T, H, W) in [-1, 1], equally many a row.
    """
    each = [[space_time(clip) for clip in clips] for clips in rows.values()]
    square = [[x.repeat_interleave(x.shape[2] // x.shape[1], 1) for x in row] for row in each]
    canvas = sheet(square, cell=96, gap=6)
    figure, _ = sheet_figure(canvas, rows, above=0.3)
    alt = f"Space-time pictures, x to the right and time downwards: {'; '.join(rows)}."
    return Picture(figure, alt, caption)


def spectra(clips: Mapping[str, Tensor], caption: str) -> Picture:
    """Show how the change of some sets of clips is shared among frequencies.

    Parameters
    ----------
    clips : mapping
        Name to clips (N, C, T, H, W) in [-1, 1]; the first is the real one.
    """
    figure, axis = new_figure(7.0, 2.8)
    colours = [c for name, c in COLOURS.items() if name != "real"]
    said = []
    for k, (name, some) in enumerate(clips.items()):
        power = temporal_spectrum(some).clamp(min=1e-6)
        colour = COLOURS["real"] if k == 0 else colours[k - 1]
        cycles = range(1, len(power) + 1)
        axis.semilogy(cycles, power, "o-" if k == 0 else ".-", color=colour, label=name)
        said.append(f"{name} {power[-1].item():.1e}")
    axis.set(xlabel="cycles a clip", ylabel="share of the change")
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter("")
    axis.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    alt = f"Share of change at each frequency, on a log scale; at the fastest: {', '.join(said)}."
    return Picture(figure, alt, caption)


def score_dots(scores: Mapping[str, Sequence[Mapping[str, float]]], caption: str) -> Picture:
    """Show each method's scores as dots on a log scale, one dot a seed.

    Parameters
    ----------
    scores : mapping
        Method to its scores, one mapping a seed; spoilt real clips are drawn in black.
    """
    figure, axes = new_figure(9.0, 0.32 * len(scores) + 1.0, ncols=len(TITLES))
    names, said = list(scores), []
    for axis, (key, title) in zip(axes, TITLES.items(), strict=True):
        for row, (name, seeds) in enumerate(scores.items()):
            values = [max(s[key], 1e-3) for s in seeds]
            spoilt = "sixth" if name in ("frozen", "shuffled") else "fake"
            colour = COLOURS["real" if name.startswith("real") else spoilt]
            axis.plot(values, [row] * len(values), "o", color=colour, alpha=0.7)
            said.append(f"{name} {title} {', '.join(f'{v:.3g}' for v in values)}")
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter("{x:g}")
        axis.xaxis.set_minor_formatter("")
        axis.set_ylim(len(names) - 0.5, -0.5)
        axis.set_yticks(range(len(names)), names if axis is axes[0] else [""] * len(names))
        axis.set_title(title, fontsize=10)
        axis.grid(axis="x", alpha=0.3, which="both")
    return Picture(figure, "Dots, lower is better: " + "; ".join(said) + ".", caption)


GAP = 2  # white pixels between clips
ENLARGE, SECONDS = 2, 1.6  # screen pixels a side of each pixel; how long a clip plays
LEVELS = 16  # grey values or colours a channel: a smaller file, no difference seen


class MovingPicture(Picture):
    """Frames side by side in a PNG (h, T * w, 3) that CSS moves, where motion is wanted."""

    def __init__(
        self, strip: np.ndarray, frames: int, names: list[str], alt: str, caption: str
    ) -> None:
        if frames < 2 or strip.shape[1] % frames:
            raise ValueError(
                f"frames must be at least 2 and divide the strip's {strip.shape[1]} pixels, "
                f"got {frames}."
            )
        super().__init__(strip, alt, caption)
        self.frames, self.names = frames, names
        self.height, self.width = strip.shape[0] * ENLARGE, strip.shape[1] * ENLARGE

    def html(self) -> str:
        """The clip as one HTML figure that needs no other file and no script."""
        key = "clip" + hashlib.sha256(self.png + self.caption.encode()).hexdigest()[:10]
        return render(
            "clip.html.j2", key=key, data=base64.b64encode(self.png).decode(), alt=self.alt,
            caption=self.caption, names=self.names, frames=self.frames, seconds=f"{SECONDS:g}",
            width=self.width, height=self.height,
        )  # fmt: skip

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        bundle = super()._repr_mimebundle_(include, exclude)
        return {**bundle, "text/plain": f"[clip of {self.frames} frames] {self.alt}"}


def play_clips(rows: Mapping[str, Tensor], alt: str, caption: str) -> MovingPicture:
    """Play rows of clips side by side, all in step.

    Parameters
    ----------
    rows : mapping
        Name of a row to clips (n, C, T, H, W) in [-1, 1], all of one shape but for C, 1 or 3.
    alt, caption : str
        What it shows; what to look for.

    Raises
    ------
    ValueError
        If there are no rows, or they differ in shape.

    Examples
    --------
    >>> play_clips({"real": torch.zeros(3, 1, 4, 8, 8)}, "Three clips.", "Look.").width
    240
    """
    shapes = {(len(x), *x.shape[2:]) for x in rows.values()}
    if len(shapes) != 1:
        raise ValueError(f"rows must hold clips of one shape, got {sorted(shapes)}.")
    count, frames = next(iter(shapes))[:2]
    clips = torch.cat([x.detach().float().expand(-1, 3, -1, -1, -1) for x in rows.values()])
    few = (((clips + 1) / 2).clamp(0, 1) * (LEVELS - 1)).round() / (LEVELS - 1) * 2 - 1
    each = [np.pad(tile(few[:, :, t], count, GAP), ((0, 0), (0, GAP), (0, 0)), constant_values=255)
            for t in range(frames)]  # fmt: skip
    return MovingPicture(np.concatenate(each, 1), frames, list(rows), alt, caption)
