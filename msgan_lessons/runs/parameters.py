"""What a lesson may be told: one meaning, one range a name, one sentence for a wrong value."""

import difflib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch

from msgan_lessons.applications import vgg19
from msgan_lessons.applications.class_ablation import VARIANTS
from msgan_lessons.applications.speech_judges import SPEECH_JUDGES
from msgan_lessons.applications.sr_content import FEATURES
from msgan_lessons.applications.video_judges import JUDGES
from msgan_lessons.clips import check_clips
from msgan_lessons.datasets import check_source
from msgan_lessons.duel import UNITS
from msgan_lessons.losses import LOSSES
from msgan_lessons.plane_data import TARGETS
from msgan_lessons.presets import MODELS
from msgan_lessons.runs.budget import PRESETS, Budget, budget, resolve_preset
from msgan_lessons.runs.record import current_run
from msgan_lessons.scales import is_power_of_two
from msgan_lessons.speech_data import check_speech

__all__ = ["PARAMETERS", "Parameter", "check_parameters", "nearest", "start_lesson"]


@dataclass(frozen=True)
class Parameter:
    """The type and range of one parameter.

    Parameters
    ----------
    kind : type
        int, float or str; an int passes for a float.
    low, high : float
        Range of a number, both ends allowed.
    choices : callable, optional
        Returns the strings that are allowed; read at each check, so that a new loss is known.
    many : bool
        The string is a comma-separated list of choices.
    power_of_two : bool
        Only 1, 2, 4, 8, ...
    """

    kind: type
    low: float = -math.inf
    high: float = math.inf
    choices: Callable[[], Iterable[str]] | None = None
    many: bool = False
    power_of_two: bool = False

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
            If it is out of range or not among the choices.
        """
        fits = isinstance(value, (int, float) if self.kind is float else self.kind)
        if isinstance(value, bool) or not fits:
            raise TypeError(f"{name} must be {self.words()}, got {value!r}.")
        if self.choices:
            given = value.split(",") if self.many else [value]
            unknown = [v for v in given if v not in tuple(self.choices())]
            if unknown:
                hint = nearest(unknown[0], self.choices()) or "."
                raise ValueError(f"{name} must be {self.words()}, got {unknown[0]!r}{hint}")
        if self.kind is not str and not self.low <= value <= self.high:
            raise ValueError(f"{name} must be {self.words()}, got {value!r}.")
        if self.power_of_two and not is_power_of_two(value):
            raise ValueError(f"{name} must be {self.words()}, got {value!r}.")

    def words(self) -> str:
        """Say what is allowed, as in 'an int from 0 to 9'.

        Returns
        -------
        str
        """
        if self.choices:
            listed = ", ".join(self.choices())
            return f"a comma-separated list of {listed}" if self.many else f"one of {listed}"
        noun = {int: "an int", float: "a number", str: "a string"}[self.kind]
        noun = "a power of two" if self.power_of_two else noun
        if math.isfinite(self.low) and math.isfinite(self.high):
            return f"{noun} from {self.low:,} to {self.high:,}"
        return noun


PARAMETERS: dict[str, Parameter] = {
    "preset": Parameter(str, choices=lambda: ("auto", *PRESETS)),
    "seed": Parameter(int, 0, 2**31 - 1),
    "data": Parameter(str),
    "adversarial": Parameter(float, 0, 1000),
    "features": Parameter(str, choices=lambda: FEATURES),
    "on_broken": Parameter(str, choices=lambda: ("refuse", "skip")),
    "model": Parameter(str, choices=lambda: MODELS),
    "loss": Parameter(str, choices=lambda: LOSSES),
    "losses": Parameter(str, choices=lambda: ("pixel_mse", *LOSSES), many=True),
    "resolution": Parameter(int, 8, 256, power_of_two=True),
    "n_scales": Parameter(int, 1, 7),
    "latent_dim": Parameter(int, 1, 1024),
    "batch_size": Parameter(int, 0, 4096),
    "steps": Parameter(int, 0, 10_000_000),
    "max_seconds": Parameter(float, 0, 1_000_000),
    "n_images": Parameter(int, 1, 1024),
    "unit": Parameter(str, choices=lambda: UNITS),
    "amount": Parameter(float, 0, 1e18),
    "target": Parameter(str, choices=lambda: TARGETS),
    "g_lr": Parameter(float, 1e-6, 1.0),
    "d_lr": Parameter(float, 1e-6, 1.0),
    "clips": Parameter(str),
    "compare_seconds": Parameter(float, 0, 1_000_000),
    "frames": Parameter(int, 4, 16, power_of_two=True),
    "sprites": Parameter(int, 1, 4),
    "judges": Parameter(str, choices=lambda: JUDGES, many=True),
    "variants": Parameter(str, choices=lambda: VARIANTS, many=True),
    "cycle": Parameter(float, 0, 1000),
    "identity": Parameter(float, 0, 1000),
    "pool": Parameter(int, 0, 100_000),
    "head_start": Parameter(int, 0, 10_000_000),
    "juries": Parameter(str, choices=lambda: ("three scales", "one scale"), many=True),
    "lab_model": Parameter(str, choices=lambda: MODELS),
    "lab_steps": Parameter(int, 0, 10_000_000),
    "lab_judge": Parameter(int, 0, 10_000_000),
    "speech": Parameter(str),
    "judge": Parameter(str, choices=lambda: SPEECH_JUDGES),
}


def check_parameters(**values: object) -> None:
    """Refuse wrong values of known parameters, also those that do not go together.

    Parameters
    ----------
    **values
        Name to value; names that are not in `PARAMETERS` are passed over.

    Raises
    ------
    TypeError
        If a value is of another type.
    ValueError
        If a value is out of range, the scales do not divide the resolution, a data file is
        damaged, or only one image would make a batch.
    FileNotFoundError
        If the data are not on this machine.

    Examples
    --------
    >>> check_parameters(resolution=32, n_scales=4)
    """
    for name, value in values.items():
        if name in PARAMETERS:
            PARAMETERS[name].check(name, value)
    resolution, n_scales = values.get("resolution"), values.get("n_scales")
    if resolution and n_scales and resolution // 2 ** (n_scales - 1) < 4:
        most = int(math.log2(resolution)) - 1
        raise ValueError(
            f"n_scales must be at most {most} for resolution={resolution} "
            f"(the coarsest scale has at least 4 pixels a side), got {n_scales}."
        )
    if values.get("batch_size") == 1:
        raise ValueError("batch_size must be 0 (the preset's choice) or at least 2, got 1.")
    if values.get("preset") == "auto":
        resolve_preset("auto")  # refuses an unknown MSGAN_PRESET
    if "data" in values:
        check_source(values["data"])
    if values.get("features") == "vgg19":
        vgg19.check()
    if "clips" in values:
        check_clips(values["clips"])
    if "speech" in values:
        check_speech(values["speech"])


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


def nearest(word: str, known: Iterable[str]) -> str:
    """Return '; did you mean ...?' for a word that resembles a known one, else nothing.

    Parameters
    ----------
    word : str
        What was given.
    known : iterable of str
        What is allowed.

    Returns
    -------
    str

    Examples
    --------
    >>> nearest("hinje", ["hinge", "wgan"])
    "; did you mean 'hinge'?"
    """
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {found[0]!r}?" if found else ""
