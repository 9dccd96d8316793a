"""What a lesson may be told: checked by name, kind, range and as a whole, before it starts."""

import difflib
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from msgan_lessons.base.checks import check_choice
from msgan_lessons.base.places import rooms

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
    check_choice("preset", preset, BUDGETS)
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
    """The kind and range of one parameter."""

    kind: type  # int, float, str or bool; an int passes for a float
    low: float = -math.inf  # of a number, both ends allowed
    high: float = math.inf
    choices: Callable[[], Iterable[str]] | None = None  # read at each check: a new loss is known
    many: bool = False  # a comma-separated list of choices, each at most once
    power_of_two: bool = False  # only 1, 2, 4, 8, ...
    folder: bool = False  # besides the choices, 'folder:PATH' is allowed

    def check(self, name: str, value: object) -> None:
        """Refuse a value of another type, out of range, not a choice, or a choice named twice."""
        kinds = (int, float) if self.kind is float else self.kind
        if not isinstance(value, kinds) or (isinstance(value, bool) and self.kind is not bool):
            raise TypeError(f"{name} must be {self.words()}, got {shown(value)}.")
        if self.choices:
            self._check_choice(name, value)
        if self.kind in (int, float) and not self.low <= value <= self.high:
            raise ValueError(f"{name} must be {self.words()}, got {shown(value)}.")
        if self.power_of_two:
            self._check_power(name, value)

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

    def _check_power(self, name: str, value: int) -> None:
        from msgan_lessons.pyramid import is_power_of_two

        if not is_power_of_two(value):
            raise ValueError(f"{name} must be {self.words()}, got {shown(value)}.")

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


# Choices are imported where they are asked for: a list of lessons needs no torch.


def images() -> list[str]:
    """The names of all images that ship or can be downloaded."""
    from msgan_lessons.datasets import downloads, shipped

    return [*shipped.NAMES, *shipped.EMOJI, *downloads.NAMES]


def models() -> Iterable[str]:
    """The names of the family's members."""
    from msgan_lessons.family import MODELS

    return MODELS


def losses() -> Iterable[str]:
    """The names of the losses of D and G."""
    from msgan_lessons.losses import LOSSES

    return LOSSES


PARAMETERS: dict[str, Parameter] = {  # of several lessons, or of `msgan train`
    "preset": Parameter(str, choices=lambda: ("auto", *PRESETS)),
    "seed": Parameter(int, 0, 2**31 - 1),
    "data": Parameter(str, choices=images, folder=True),
    "model": Parameter(str, choices=models),
    "loss": Parameter(str, choices=losses),
    "resolution": Parameter(int, 8, 256, power_of_two=True),
    "n_scales": Parameter(int, 1, 7),
    "latent_dim": Parameter(int, 1, 1024),
    "batch_size": Parameter(int, 0, 4096),
    "steps": Parameter(int, 0, 10_000_000),
    "max_seconds": Parameter(float, 0, 1_000_000),
    "compare_seconds": Parameter(float, 0, 1_000_000),
    "g_lr": Parameter(float, 1e-6, 1.0),
    "d_lr": Parameter(float, 1e-6, 1.0),
}


def _faces() -> list[ModuleType]:
    """The rooms' faces; imported only here, for they import this module."""
    return [import_module(room) for room in rooms().values()]


@cache
def known_parameters() -> dict[str, Parameter]:
    """Return what lessons may be told: what several have in common, and what each room adds."""
    known = dict(PARAMETERS)
    for face in _faces():
        known |= getattr(face, "PARAMETERS", {})
    return known


@cache
def _known_rules() -> tuple[tuple[tuple[str, ...], Callable[..., None]], ...]:
    own = (rule for face in _faces() for rule in getattr(face, "RULES", ()))
    return (*RULES, *own)


def check_rules(values: Mapping[str, object]) -> None:
    """Refuse values that are right alone and wrong together, and data that cannot be read."""
    for names, rule in _known_rules():
        needed = names[: len(names) - len(rule.__defaults__ or ())]
        if all(name in values for name in needed):
            rule(*(values[name] for name in names if name in values))
    if "data" in values:
        from msgan_lessons.datasets.images import check_source

        check_readable("data", values["data"], check_source)
    if "data" in values and "batch_size" in values:
        asked = (values["data"], values["batch_size"], values.get("preset", "auto"))
        _check_batch_fits(*asked, is_quartered="features" in values)  # super-resolution


def check_readable(name: str, value: str, check: Callable[[str], None]) -> None:
    """Refuse data that cannot be opened; what the system says gets the parameter's name."""
    try:
        check(value)
    except OSError as error:
        if not error.strerror:  # a sentence of our own
            raise
        reason = error.strerror.lower()
        raise ValueError(f"{name}={shown(value)} cannot be read: {reason}.") from error


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


def _check_batch_fits(data: str, batch_size: int, preset: str, is_quartered: bool) -> None:
    """A batch larger than the data would be refused only after minutes, by the training cell."""
    batch, chosen = batch_size, ""
    if not batch_size:
        resolved = resolve_preset(preset, has_gpu=_has_gpu())
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


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def _train_images(data: str) -> int | None:
    """How many there are at the most, where there may be fewer than the largest batch."""
    from msgan_lessons.datasets import shipped
    from msgan_lessons.datasets.images import SUFFIXES

    if data in shipped.EMOJI:
        return len(shipped.code_points(data, "train"))
    if not data.startswith(FOLDER):
        return None
    folder = Path(data.removeprefix(FOLDER))
    names = (p.relative_to(folder) for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    return sum(not any(part.startswith(".") for part in name.parts) for name in names)


RULES = (  # names of parameters, and what refuses their values together
    (("preset",), _check_preset),
    (("batch_size",), _check_batch),
    (("resolution", "n_scales"), _check_scales),
)


def check_parameters(**values: object) -> None:
    """Refuse wrong values of known parameters, also those that do not go together."""
    for name, value in values.items():
        if name in known_parameters():
            known_parameters()[name].check(name, value)
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
    import torch

    from msgan_lessons.base.record import current_run

    check_parameters(**parameters)
    preset = resolve_preset(parameters["preset"], has_gpu=torch.cuda.is_available())
    current_run().metrics(preset=preset, threads=torch.get_num_threads())
    asked = ("steps", "max_seconds", "batch_size")
    return budget(preset, **{k: parameters[k] for k in asked if k in parameters})
