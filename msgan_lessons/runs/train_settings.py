"""What `msgan train` is told: checked as a whole before it starts, and written into its run."""

import hashlib
import importlib.metadata
import json
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import torch

from msgan_lessons import __version__, family
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.family import Model
from msgan_lessons.runs.parameters import Parameter, check_parameters

__all__ = ["TrainSettings", "describe_training"]

PACKAGES = ("torch", "torchvision", "numpy", "accelerate")
OWN = {  # what no lesson is told
    "steps": Parameter(int, 1, 10_000_000),
    "batch_size": Parameter(int, 2, 4096),
    "width": Parameter(int, 1, 512),
}


@dataclass(frozen=True)
class TrainSettings:
    """One training of a member of the family.

    Parameters
    ----------
    model : str
        Key in `presets.MODELS`.
    data : str
        As for `datasets.open_images`.
    resolution : int
        Pixels a side, a power of two.
    loss : str
        A name in `losses.LOSSES`; empty: the model's own.
    steps : int
        D+G updates.
    batch_size : int
        Real images in one update of D, of all processes together.
    seed : int
        Of all random streams.
    g_lr, d_lr : float
        Learning rates; 0: the model's own.
    width : int
        Feature channels at the finest scale.
    max_seconds : float
        Training stops at whichever comes first; 0: after `steps` alone.
    local_batch_norm : bool
        Whether each process takes mean and variance over its own share alone.

    Raises
    ------
    TypeError, ValueError, FileNotFoundError
        If a value is of another kind, out of range, or the data cannot be opened.

    Examples
    --------
    >>> TrainSettings(resolution=20)
    Traceback (most recent call last):
    ...
    ValueError: resolution must be a power of two from 8 to 256, got 20.
    """

    model: str = "msggan"
    data: str = "fashion_mnist"
    resolution: int = 32
    loss: str = ""
    steps: int = 1000
    batch_size: int = 32
    seed: int = 0
    g_lr: float = 0.0
    d_lr: float = 0.0
    width: int = 16
    max_seconds: float = 0.0
    local_batch_norm: bool = False

    def __post_init__(self) -> None:
        for name, parameter in OWN.items():
            parameter.check(name, getattr(self, name))
        given = asdict(self)
        check_parameters(**{k: v for k, v in given.items() if v or k not in _MODELS_OWN})

    def build(self, data: ImageData) -> Model:
        """Make both networks, drawn from torch's own generator, and their settings.

        Parameters
        ----------
        data : ImageData
            Says whether the images are grey or in colour.

        Returns
        -------
        Model
        """
        sizes = {"resolution": self.resolution, "width": self.width}
        pair = family.build(self.model, img_channels=data.img_channels, **sizes)
        own = {name: getattr(self, name) for name in _MODELS_OWN if getattr(self, name)}
        return pair.with_(batch_size=self.batch_size, **own)


_MODELS_OWN = ("loss", "g_lr", "d_lr")  # empty or 0: as the model has it


def describe_training(settings: TrainSettings, processes: int, device: str) -> dict:
    """Describe a training before it starts, as a lesson's run describes itself in params.json.

    Parameters
    ----------
    settings : TrainSettings
        What it is told.
    processes : int
        How many play together.
    device : str
        Where process 0 computes.

    Returns
    -------
    dict
        Plain values; 'hash' is the sha256 of all that decides the result.
    """
    sides = f"{settings.resolution}x{settings.resolution}"
    about = {
        "lesson": "train",
        "title": f"{settings.model} on {settings.data}, {sides}",
        "question": "What does G draw after this training?",
        "document": "",
        "preset": "train",
        "parameters": {**asdict(settings), "processes": processes},
        "device": device,
        "threads": str(torch.get_num_threads()),
        "versions": {
            "msgan_lessons": __version__,
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in PACKAGES},
        },
    }
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
    return {**about, "started": datetime.now(UTC).isoformat(timespec="seconds"), "hash": digest}
