"""What a lesson may be told: checked by name, kind, range and as a whole, before it starts."""

import difflib
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path

import torch

from msgan_lessons.base.record import current_run
from msgan_lessons.datasets import shipped
from msgan_lessons.datasets.clips import check_clips
from msgan_lessons.datasets.images import SUFFIXES, check_source
from msgan_lessons.datasets.speech import check_speech
from msgan_lessons.lessons.l09_super_resolution import content
from msgan_lessons.lessons.l09_super_resolution.pairs import SIDES
from msgan_lessons.pyramid import is_power_of_two

PRESETS = ("smoke", "class", "gpu")


@dataclass(frozen=True)
class Budget:
    """How much a lesson's training cell may do."""

    preset: str  # 'smoke', 'class' or 'gpu'
    steps: int  # D+G updates at the most
    max_seconds: float  # wall time at the most, in seconds
    batch_size: int  # real images a D update
    width: int = 16  # feature channels of G at the finest scale

    def ticks(self) -> Iterator[int]:
        """Count steps until one of the two limits is reached."""
        start = time.monotonic()
        for step in range(1, self.steps + 1):
            yield step
            if time.monotonic() - start >= self.max_seconds:
                return


BUDGETS = {
    "smoke": Budget("smoke", steps=6, max_seconds=20.0, batch_size=8, width=4),
    "class": Budget("class", steps=20_000, max_seconds=55.0, batch_size=32, width=16),
    "gpu": Budget("gpu", steps=20_000, max_seconds=180.0, batch_size=64, width=64),
}


def resolve_preset(preset: str = "auto", *, has_gpu: bool = False) -> str:
    """Turn 'auto' into the preset that fits this machine."""
    source = "preset"
    if preset == "auto" and os.environ.get("MSGAN_PRESET"):
        preset, source = os.environ["MSGAN_PRESET"], "MSGAN_PRESET"
    if preset == "auto":
        return "gpu" if has_gpu else "class"
    if preset not in PRESETS:
        raise ValueError(f"{source} must be auto, {', '.join(PRESETS)}, got {preset!r}.")
    return preset


def budget(preset: str, *, steps: int = 0, max_seconds: float = 0.0, batch_size: int = 0) -> Budget:
    """Combine a preset with what a lesson's parameters ask for."""
    if preset not in BUDGETS:
        raise ValueError(f"preset must be one of {', '.join(BUDGETS)}, got {preset!r}.")
    asked = {"steps": steps, "max_seconds": max_seconds, "batch_size": batch_size}
    for name, value in asked.items():
        if value < 0:
            raise ValueError(f"{name} must be >= 0 (0 = the preset's choice), got {value!r}.")
    return replace(BUDGETS[preset], **{name: value for name, value in asked.items() if value})


FOLDER = "folder:"
LONGEST = 80  # characters of a value that a sentence repeats


def nearest(word: str, known: Iterable[str]) -> str:
    """Return '; did you mean ...?' for a word that resembles a known one, else nothing."""
    found = difflib.get_close_matches(word[:LONGEST], list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def shown(value: object) -> str:
    """Repeat a value in a sentence, shortened where it is long."""
    if type(value) is int and value.bit_length() > 256:  # Python refuses to print the longest
        return f"{'-' if value < 0 else ''}2**{value.bit_length() - 1} or more"
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:30]}...{text[-30:]}"


@dataclass(frozen=True)
class Parameter:
    """The kind and range of one parameter.

    Parameters
    ----------
    kind : type
        int, float, str or bool; an int passes for a float.
    low, high : float
        Range of a number, both ends allowed.
    choices : callable, optional
        Returns the strings that are allowed; read at each check, so that a new loss is known.
    many : bool
        The string is a comma-separated list of choices, each at most once.
    power_of_two : bool
        Only 1, 2, 4, 8, ...
    folder : bool
        Besides the choices, 'folder:PATH' is allowed.

    Examples
    --------
    >>> Parameter(int, 1, 4).words()
    'an int from 1 to 4'
    """

    kind: type
    low: float = -math.inf
    high: float = math.inf
    choices: Callable[[], Iterable[str]] | None = None
    many: bool = False
    power_of_two: bool = False
    folder: bool = False

    def check(self, name: str, value: object) -> None:
        """Refuse a wrong value.

        Parameters
        ----------
        name : str
            For the sentence.
        value : object
            What was given.

        Raises
        ------
        TypeError
            If it is of another type.
        ValueError
            If it is out of range, not among the choices, or names one of them twice.
        """
        kinds = (int, float) if self.kind is float else self.kind
        if not isinstance(value, kinds) or (isinstance(value, bool) and self.kind is not bool):
            raise TypeError(f"{name} must be {self.words()}, got {shown(value)}.")
        if self.choices:
            self._check_choice(name, value)
        if self.kind in (int, float) and not self.low <= value <= self.high:
            raise ValueError(f"{name} must be {self.words()}, got {shown(value)}.")
        if self.power_of_two and not is_power_of_two(value):
            raise ValueError(f"{name} must be {self.words()}, got {shown(value)}.")

    def words(self) -> str:
        """Say what is allowed, as in 'an int from 0 to 9'."""
        if self.choices:
            listed = ", ".join(self.choices()) + (f" or {FOLDER}PATH" if self.folder else "")
            return f"a comma-separated list of {listed}" if self.many else f"one of {listed}"
        noun = {int: "an int", float: "a number", str: "a string", bool: "true or false"}[self.kind]
        noun = "a power of two" if self.power_of_two else noun
        low, high = math.isfinite(self.low), math.isfinite(self.high)
        if low and high:
            return f"{noun} from {self.low:,} to {self.high:,}"
        bound = f" of at least {self.low:,}" if low else f" of at most {self.high:,}"
        return noun + (bound if low or high else "")

    def _check_choice(self, name: str, value: str) -> None:
        if self.folder and value.startswith(FOLDER) and value != FOLDER:
            return
        given, known = value.split(",") if self.many else [value], tuple(self.choices())
        for place, word in enumerate(given):
            if word not in known:
                hint = self._hint(word, known)
                raise ValueError(f"{name} must be {self.words()}, got {shown(word)}{hint}")
            if word in given[:place]:
                raise ValueError(f"{name} must name each at most once, got {shown(word)} twice.")

    def _hint(self, word: str, known: Iterable[str]) -> str:
        """How a sentence ends: with what may be meant, a folder that is there among it."""
        if self.folder and word.isprintable() and os.path.isdir(word):
            return f"; did you mean {shown(FOLDER + word)}?"
        return nearest(word, known) or "."


def _keys(*tables: str) -> Callable[[], Iterable[str]]:
    """The keys of tables, as 'losses.LOSSES'; `msgan list` waits for them only to show them."""

    def keys() -> list[str]:
        found = []
        for module, _, name in (table.rpartition(".") for table in tables):
            found += getattr(import_module(f"msgan_lessons.{module}"), name)
        return found

    return keys


IMAGES = _keys("datasets.shipped.NAMES", "datasets.shipped.EMOJI", "datasets.downloads.NAMES")

PARAMETERS: dict[str, Parameter] = {
    "preset": Parameter(str, choices=lambda: ("auto", *PRESETS)),
    "seed": Parameter(int, 0, 2**31 - 1),
    "data": Parameter(str, choices=IMAGES, folder=True),
    "adversarial": Parameter(float, 0, 1000),
    "features": Parameter(str, choices=_keys("lessons.l09_super_resolution.content.FEATURES")),
    "on_broken": Parameter(str, choices=lambda: ("refuse", "skip")),
    "model": Parameter(str, choices=_keys("family.MODELS")),
    "loss": Parameter(str, choices=_keys("losses.LOSSES")),
    "losses": Parameter(str, choices=lambda: ("pixel_mse", *_keys("losses.LOSSES")()), many=True),
    "resolution": Parameter(int, 8, 256, power_of_two=True),
    "n_scales": Parameter(int, 1, 7),
    "latent_dim": Parameter(int, 1, 1024),
    "batch_size": Parameter(int, 0, 4096),
    "steps": Parameter(int, 0, 10_000_000),
    "max_seconds": Parameter(float, 0, 1_000_000),
    "n_images": Parameter(int, 1, 1024),
    "unit": Parameter(str, choices=_keys("metrics.duel.UNITS")),
    "amount": Parameter(float, 0, 1e18),
    "target": Parameter(str, choices=_keys("lessons.l01_the_game.plane.TARGETS")),
    "cure": Parameter(str, choices=_keys("lessons.l15_stability.modes.CURES")),
    "g_lr": Parameter(float, 1e-6, 1.0),
    "d_lr": Parameter(float, 1e-6, 1.0),
    "clips": Parameter(str, choices=_keys("datasets.clips.NAMES"), folder=True),
    "compare_seconds": Parameter(float, 0, 1_000_000),
    "frames": Parameter(int, 8, 16, power_of_two=True),
    "sprites": Parameter(int, 1, 4),
    "judges": Parameter(str, choices=_keys("lessons.l12_video.networks.JUDGES"), many=True),
    "variants": Parameter(
        str, choices=_keys("lessons.l11_class_conditional.game.VARIANTS"), many=True
    ),
    "cycle": Parameter(float, 0, 1000),
    "identity": Parameter(float, 0, 1000),
    "pool": Parameter(int, 0, 100_000),
    "head_start": Parameter(int, 0, 10_000_000),
    "juries": Parameter(str, choices=lambda: ("three scales", "one scale"), many=True),
    "lab_model": Parameter(str, choices=_keys("family.MODELS")),
    "lab_steps": Parameter(int, 0, 10_000_000),
    "lab_judge": Parameter(int, 0, 10_000_000),
    "speech": Parameter(str, choices=lambda: ("asterisk",), folder=True),
    "judge": Parameter(str, choices=_keys("lessons.l13_speech.networks.SPEECH_JUDGES")),
    "compiler": Parameter(str, choices=lambda: ("none", "inductor")),
}


STYLE_SIDES = (32, 64)
GARMENTS = ("fashion_mnist", "fashion_mnist_full")
SMALLEST = {"classifier": 32, "vgg19": 64}  # half as large is the coarser scale it must see


def check_rules(values: Mapping[str, object]) -> None:
    """Refuse values that are right alone and wrong together, and data that cannot be read."""
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
        content.check()


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


def check_parameters(**values: object) -> None:
    """Refuse wrong values of known parameters, also those that do not go together."""
    for name, value in values.items():
        if name in PARAMETERS:
            PARAMETERS[name].check(name, value)
    check_rules(values)


def start_lesson(**parameters: object) -> Budget:
    """Check a lesson's parameters and settle how much its training cell may do.

    Parameters
    ----------
    **parameters
        All parameters of the lesson, 'preset' among them.

    Returns
    -------
    Budget
        From the preset and from 'steps', 'max_seconds' and 'batch_size' where they are not 0.

    Raises
    ------
    TypeError, ValueError, FileNotFoundError
        As `check_parameters`.

    Examples
    --------
    >>> start_lesson(preset="smoke", steps=3).steps
    3
    """
    check_parameters(**parameters)
    preset = resolve_preset(parameters["preset"], has_gpu=torch.cuda.is_available())
    current_run().metrics(preset=preset, threads=torch.get_num_threads())
    asked = ("steps", "max_seconds", "batch_size")
    return budget(preset, **{k: parameters[k] for k in asked if k in parameters})
