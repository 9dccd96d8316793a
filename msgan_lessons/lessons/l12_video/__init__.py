"""The room of lesson 12, video: networks of clips, scores, a bench, exercises."""

from collections.abc import Iterable
from functools import partial

from msgan_lessons.runs.parameters import Parameter, check_readable


def _clips() -> Iterable[str]:
    from msgan_lessons.datasets.clips import NAMES

    return NAMES


def _judges() -> Iterable[str]:
    from msgan_lessons.lessons.l12_video.networks import JUDGES

    return JUDGES


def _check_frames(frames: int, resolution: int) -> None:
    if resolution < 2 * frames:
        raise ValueError(
            f"resolution must be at least {2 * frames} for frames={frames} "
            f"(G begins with 2 frames of 4x4 pixels and doubles both), got {resolution}."
        )


def _check_clips(clips: str, frames: int = 16) -> None:
    from msgan_lessons.datasets.clips import check_clips

    check_readable("clips", clips, partial(check_clips, frames=frames))


PARAMETERS = {
    "clips": Parameter(str, choices=_clips, folder=True),
    "frames": Parameter(int, 8, 16, power_of_two=True),
    "sprites": Parameter(int, 1, 4),
    "judges": Parameter(str, choices=_judges, many=True),
}
RULES = (
    (("frames", "resolution"), _check_frames),
    (("clips", "frames"), _check_clips),
)
