"""`msgan train`: one training without a notebook, in one process or in several."""

import copy
import hashlib
import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import distributed

from msgan_lessons import __version__, family
from msgan_lessons.base import pictures
from msgan_lessons.base.record import Run, current_run
from msgan_lessons.base.streams import Streams, choose_device
from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.family import Model
from msgan_lessons.runs import checkpoints
from msgan_lessons.runs.folder import RunFolder, open_training_folder
from msgan_lessons.runs.parameters import Parameter, check_parameters
from msgan_lessons.training import Game, draw, played

PACKAGES = ("torch", "torchvision", "numpy", "accelerate")
EXTRA_PARAMETERS = {  # what no lesson is told
    "steps": Parameter(int, 1, 10_000_000),
    "batch_size": Parameter(int, 2, 4096),
    "width": Parameter(int, 1, 512),
}


@dataclass(frozen=True)
class TrainSettings:
    """One training of a member of the family."""

    model: str = "msggan"  # key in `family.MODELS`
    data: str = "fashion_mnist"  # as for `open_images`
    resolution: int = 32  # pixels a side, a power of two
    loss: str = ""  # a name in `losses.LOSSES`; empty: the model's own
    steps: int = 1000  # D+G updates
    batch_size: int = 32  # real images in one update of D, of all processes together
    seed: int = 0  # of all random streams
    g_lr: float = 0.0  # learning rate; 0: the model's own
    d_lr: float = 0.0
    width: int = 16  # feature channels at the finest scale
    max_seconds: float = 0.0  # training stops at whichever comes first; 0: after `steps` alone
    local_batch_norm: bool = False  # whether each process norms over its own share alone

    def __post_init__(self) -> None:
        for name, parameter in EXTRA_PARAMETERS.items():
            parameter.check(name, getattr(self, name))
        given = asdict(self)
        check_parameters(**{k: v for k, v in given.items() if v or k not in _MODELS_OWN})

    def build(self, data: ImageData) -> Model:
        """Make both networks, drawn from torch's own generator, and their settings."""
        sizes = {"resolution": self.resolution, "width": self.width}
        pair = family.build(self.model, img_channels=data.img_channels, **sizes)
        own = {name: getattr(self, name) for name in _MODELS_OWN if getattr(self, name)}
        return pair.with_(batch_size=self.batch_size, **own)


_MODELS_OWN = ("loss", "g_lr", "d_lr")  # empty or 0: as the model has it


def describe_training(settings: TrainSettings, processes: int, device: str) -> dict:
    """Describe a training before it starts, as a lesson's run describes itself in params.json."""
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


LOST = ("peer", "connection", "gloo", "nccl", "timed out", "socket")  # what their libraries say
Shown = Callable[[Iterable[dict], int], Iterable[dict]]  # rows, steps -> rows: says how far it is


class LostProcessError(RuntimeError):
    """Another process of the same training has ended, or does not answer."""


def train_run(
    settings: TrainSettings,
    out: Path,
    *,
    resume: bool = False,
    processes: object | None = None,  # all call this alike; process 0 alone writes
    shown: Shown = lambda rows, steps: rows,
) -> Path:
    """Train, and leave a run's folder; an older one stays until this one is complete."""
    play, leave = _training(settings, processes)
    device = str(choose_device()[0] if processes is None else processes.device)
    count = 1 if processes is None else processes.count
    folder = open_training_folder(
        out.absolute(), describe_training(settings, count, device), resume, processes
    )
    if isinstance(folder, RunFolder):
        os.environ["MSGAN_RUN_DIR"] = str(folder.partial)
        try:
            _guarded(folder, play, leave, shown, processes)
        finally:
            folder.slot.free()
    if processes is not None:
        processes.wait()
        distributed.destroy_process_group()
    return out


def _guarded(folder: RunFolder, play: Callable, leave: Callable, shown: Shown, processes) -> None:
    """Play to the end; whatever happens, leave the folder in a state that says so."""
    start, is_main = time.monotonic(), processes is None or processes.is_main
    try:
        play(current_run(), shown if is_main else None)
        if is_main:
            leave(current_run())
            folder.finish(time.monotonic() - start)
    except FloatingPointError as error:
        if is_main:
            failure = {"cell": 0, "line": "", "cause": str(error)}
            folder.fail(time.monotonic() - start, failure)
        raise
    except KeyboardInterrupt:
        if is_main:
            folder.stop()
        raise
    except RuntimeError as error:
        said = str(error).lower()
        if processes is None or not any(word in said for word in LOST):
            raise
        raise LostProcessError(
            "another process of this training has ended or does not answer; what had been kept "
            "continues with --resume."
        ) from error


def _training(settings: TrainSettings, processes) -> tuple[Callable, Callable]:
    """Set a training up; return what plays it and what leaves its results in a run."""
    data = open_images(settings.data, resolution=settings.resolution)
    streams = Streams(settings.seed)
    batches = data.batches(settings.batch_size, streams["data"])
    streams.seed_weights()
    pair = settings.build(data)
    average = copy.deepcopy(pair.generator)
    game = Game(
        pair.generator, pair.discriminator, batches, pair.config, generator_ema=average,
        streams=streams, processes=processes,
    )  # fmt: skip

    def play(run: Run, shown: Shown | None) -> None:
        seconds = settings.max_seconds or float("inf")
        rows = played(game, steps=settings.steps, max_seconds=seconds, run=run)
        for row in shown(rows, settings.steps) if shown else rows:
            if shown:
                run.row(row)

    def leave(run: Run) -> None:
        facts = {k: run.rows[-1][k] for k in ("step", "n_images", "seconds", "d_loss", "g_loss")}
        networks = {"generator": pair.generator, "discriminator": pair.discriminator}
        networks["generator_ema"] = average
        checkpoints.save_model(run, pair, networks, seed=settings.seed, data=settings.data, **facts)
        run.metrics(**facts)
        _figures(run, pair, draw(average, streams.fixed_latents(64, average.latent_dim))[-1])

    return play, leave


def _figures(run: Run, pair: Model, images) -> None:
    """Samples, and the curves of the training."""
    step, seconds = run.rows[-1]["step"], run.rows[-1]["seconds"]
    alt = f"64 images drawn by {pair.name} after {step:,} steps and {seconds:.0f} s of training."
    caption = "64 latents nobody has chosen, drawn by the running average of G."
    grid = pictures.image_grid(images, 8, alt, caption)
    curves = pictures.training_curves(run.rows, f"{step:,} steps with the loss {pair.config.loss}.")
    for picture in (grid, curves):
        run.figure(picture.png, picture.alt, picture.caption)
