"""Parameters that must go together: one rule, one sentence; checked before anything runs."""

import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import torch

from msgan_lessons.datasets import shipped
from msgan_lessons.datasets.clips import check_clips
from msgan_lessons.datasets.images import SUFFIXES, check_source
from msgan_lessons.datasets.speech import check_speech
from msgan_lessons.lessons.l09_super_resolution import vgg19
from msgan_lessons.lessons.l09_super_resolution.sr_pairs import SIDES
from msgan_lessons.runs.budget import budget, resolve_preset
from msgan_lessons.runs.parameter_kinds import FOLDER, shown

__all__ = ["check_rules"]

STYLE_SIDES = (32, 64)
GARMENTS = ("fashion_mnist", "fashion_mnist_full")
SMALLEST = {"classifier": 32, "vgg19": 64}  # half as large is the coarser scale it must see


def check_rules(values: Mapping[str, object]) -> None:
    """Refuse values that are right by themselves and wrong together, and data that cannot be read.

    Parameters
    ----------
    values : mapping
        All parameters of one lesson, each already checked by itself; a rule whose parameters are
        not there is passed over.

    Raises
    ------
    ValueError
        If two values contradict each other, or a data file is damaged; one sentence.
    FileNotFoundError
        If the data are not on this machine.

    Examples
    --------
    >>> check_rules({"resolution": 32, "n_scales": 4})
    """
    for names, rule in RULES:
        if all(name in values for name in names):
            rule(*(values[name] for name in names))
    _check_sources(values)
    if "data" in values and "batch_size" in values:
        asked = (values["data"], values["batch_size"], values.get("preset", "auto"))
        _check_batch_fits(*asked, is_quartered="features" in values)


def _check_scales(resolution: int, n_scales: int) -> None:
    if resolution // 2 ** (n_scales - 1) < 4:
        most = int(math.log2(resolution)) - 1
        raise ValueError(
            f"n_scales must be at most {most} for resolution={resolution} "
            f"(the coarsest scale has at least 4 pixels a side), got {n_scales}."
        )


def _check_batch(batch_size: int) -> None:
    if batch_size == 1:
        raise ValueError("batch_size must be 0 (the preset's choice) or at least 2, got 1.")


def _check_preset(preset: str) -> None:
    if preset == "auto":
        resolve_preset("auto")  # refuses an unknown MSGAN_PRESET


def _check_frames(frames: int, resolution: int) -> None:
    if resolution < 2 * frames:
        raise ValueError(
            f"resolution must be at least {2 * frames} for frames={frames} "
            f"(G begins with 2 frames of 4x4 pixels and doubles both), got {resolution}."
        )


def _check_styles(resolution: int, juries: str) -> None:
    if resolution not in STYLE_SIDES:
        sides = " or ".join(map(str, STYLE_SIDES))
        raise ValueError(f"resolution must be {sides} for the juries of styles, got {resolution}.")


def _check_large(data: str, resolution: int, features: str) -> None:
    if resolution < SMALLEST[features]:
        raise ValueError(
            f"resolution must be at least {SMALLEST[features]} for features={features} of both "
            f"scales of super-resolution, got {resolution}."
        )
    if SIDES.get(data, resolution) < resolution:
        raise ValueError(
            f"resolution must be at most the {SIDES[data]} pixels a side of data={data} "
            f"for super-resolution, got {resolution}."
        )


def _check_labels(data: str, variants: str) -> None:
    if data not in GARMENTS:
        raise ValueError(
            f"data must be {' or '.join(GARMENTS)} for variants that read labels, "
            f"got {shown(data)}."
        )


def _check_features(features: str) -> None:
    if features == "vgg19":
        vgg19.check()


def _check_sources(values: Mapping[str, object]) -> None:
    """What the system says of a path is said with the parameter's name."""
    frames = int(values.get("frames", 16))
    checks = {"data": check_source, "clips": partial(check_clips, frames=frames)}
    checks["speech"] = check_speech
    for name in checks.keys() & values.keys():
        try:
            checks[name](values[name])
        except OSError as error:
            if not error.strerror:  # a sentence of our own
                raise
            reason = error.strerror.lower()
            raise ValueError(f"{name}={shown(values[name])} cannot be read: {reason}.") from error


def _check_batch_fits(data: str, batch_size: int, preset: str, is_quartered: bool) -> None:
    """A batch larger than the data would be refused only after minutes, by the training cell."""
    batch, chosen = batch_size, ""
    if not batch_size:
        resolved = resolve_preset(preset, has_gpu=torch.cuda.is_available())
        batch, chosen = (
            budget(resolved).batch_size // (4 if is_quartered else 1),
            ", as the preset has it",
        )
    count = _train_images(data)
    if count == 1:
        raise ValueError(f"data must hold at least 2 images, got 1 in {shown(data)}.")
    if count is not None and batch > count:
        raise ValueError(
            f"batch_size must be at most {count}, the training images of {shown(data)}, "
            f"got {batch}{chosen}."
        )


def _train_images(data: str) -> int | None:
    """How many there are at the most, where there may be fewer than the largest batch."""
    if data in shipped.EMOJI:
        return len(shipped.code_points(data, "train"))
    if not data.startswith(FOLDER):
        return None
    folder = Path(data.removeprefix(FOLDER))
    names = (p.relative_to(folder) for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    return sum(not any(part.startswith(".") for part in name.parts) for name in names)


RULES = (
    (("preset",), _check_preset),
    (("batch_size",), _check_batch),
    (("resolution", "n_scales"), _check_scales),
    (("frames", "resolution"), _check_frames),
    (("resolution", "juries"), _check_styles),
    (("data", "resolution", "features"), _check_large),
    (("data", "variants"), _check_labels),
    (("features",), _check_features),
)
