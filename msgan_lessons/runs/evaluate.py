"""`msgan evaluate`: how good a trained run is, in figures and a picture (lesson 16_evaluation)."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from msgan_lessons import __version__, metrics
from msgan_lessons.base.pictures import Picture
from msgan_lessons.base.record import write_json
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData, check_source, open_images
from msgan_lessons.runs import checkpoints
from msgan_lessons.runs.evaluation_rows import main_figures
from msgan_lessons.runs.metric_plots import evaluation_figure
from msgan_lessons.runs.report import INDEX, is_gallery, write_gallery
from msgan_lessons.runs.samples import NETWORK, find_checkpoint, load_generator
from msgan_lessons.training import draw

__all__ = ["FIGURE", "MOST", "evaluate_run"]

FIGURE = "evaluation.png"
FEWEST, MOST = 100, 10_000  # images; fewer say nothing, more need other methods
MOST_VALUES = 400_000_000  # floats of all images together: 1.6 GB
SHOWN = 12
CHUNK = 1000
FEATURES = "64 features of the course's small classifier of Fashion-MNIST; not FID"
KNOWN_TO_CLASSIFIER = ("fashion_mnist", "fashion_mnist_full")


@dataclass(frozen=True)
class _Real:
    """The real images of an evaluation, and what G could have seen of them."""

    images: Tensor
    train: ImageData
    train_features: Tensor
    held_out: bool


def evaluate_run(
    run: Path, *, against: str = "", count: int = 2000, seed: int = 0
) -> tuple[Path, dict]:
    """Score a run's averaged generator; keep the figures and a picture in the run's folder.

    The figures become the entry 'evaluation' of the run's metrics.json, where an older one is
    replaced; the picture is evaluation.png. The gallery around the run is written anew.

    Parameters
    ----------
    run : Path
        A run, a folder that holds exactly one run with a checkpoint, or a checkpoint.
    against : str
        Data as for `datasets.open_images`; the run's own where it is empty.
    count : int
        Images drawn, from 100 to 10,000.
    seed : int
        Of the latents, of the choice of real images and of the measures; at least 0.

    Returns
    -------
    tuple
        The run's folder, and the entry 'evaluation'.

    Raises
    ------
    FileNotFoundError
        If there is no checkpoint, or the data are not on this machine.
    ValueError
        If an argument is out of range, a file is damaged, or the data do not fit the generator.
    """
    if not FEWEST <= count <= MOST:
        raise ValueError(f"--count must be from {FEWEST} to {MOST:,}, got {count}.")
    streams = Streams(seed)
    checkpoint, folder = _find(run)
    recorded = _read_object(folder / "metrics.json")
    name, own = _source(checkpoint, folder, against)
    scales = _draw(checkpoint, count, streams)
    real = _open(name, scales[-1], count, streams)
    evaluation = {
        "data": name,
        "own_data": own,
        "split": "test" if real.held_out else "all",
        "resolution": scales[-1].shape[-1],
        "seed": seed,
        "train_count": len(real.train),
        "skipped": list(real.train.skipped),
        "features": FEATURES,
        "features_fit": name in KNOWN_TO_CLASSIFIER,
        "generator": checkpoints.describe(checkpoint)["sha256"][f"{NETWORK}.safetensors"],
        "msgan_lessons": __version__,
        **_measure(scales, real, count, streams),
    }
    _write(folder, recorded, evaluation, _picture(evaluation, scales[-1][:SHOWN], real))
    return folder, evaluation


def _measure(scales: list[Tensor], real: _Real, count: int, streams: Streams) -> dict:
    """Score G's images and, for the noise floor, real ones."""
    known = real.train.name in KNOWN_TO_CLASSIFIER
    classes = real.train.classes if known else None
    scores = metrics.score_images(
        real.images[:count], scales, generator=streams.fresh("evaluation"), classes=classes,
        train=real.train_features, held_out=real.held_out,
    )  # fmt: skip
    floor = metrics.score_floor(
        real.images, min(count, len(real.images) // 2), classes=classes,
        generator=streams.fresh("noise floor"),
    )  # fmt: skip
    return {"scores": scores, "noise_floor": floor}


def _find(run: Path) -> tuple[Path, Path]:
    """Return the checkpoint and the folder for the results."""
    if (run / checkpoints.INDEX).is_file():
        return run, run.absolute().parent if run.absolute().name == "checkpoint" else run
    checkpoint = find_checkpoint(run)
    return checkpoint, checkpoint.parent


def _read_object(path: Path) -> dict:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: it is not JSON.") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is damaged: it holds no JSON object.")
    return content


def _source(checkpoint: Path, folder: Path, against: str) -> tuple[str, bool]:
    """Return the name of the data, checked, and whether the run was trained on them."""
    parameters = _read_object(folder / "params.json").get("parameters")
    noted = parameters.get("data") if isinstance(parameters, dict) else None
    own = checkpoints.describe(checkpoint).get("data") or noted
    name = against or own
    if not isinstance(name, str) or not name:
        raise ValueError(f"{folder} does not say what it was trained on; name it with --against.")
    check_source(name)
    return name, name == own


def _draw(checkpoint: Path, count: int, streams: Streams) -> list[Tensor]:
    """Draw images at all scales, and refuse what cannot be scored."""
    generator = load_generator(checkpoint)
    latents = streams.fresh("evaluation latents")
    values = draw(generator, torch.zeros(1, generator.latent_dim))[-1].numel()
    if count * values > MOST_VALUES:
        raise ValueError(
            f"--count must be at most {MOST_VALUES // values:,} for images of this resolution, "
            f"got {count}."
        )
    scales = draw(generator, torch.randn(count, generator.latent_dim, generator=latents))
    if not scales[-1].isfinite().all():
        raise ValueError(f"{checkpoint} draws images with values that are not finite.")
    return scales


def _open(name: str, fake: Tensor, count: int, streams: Streams) -> _Real:
    """Open the data in the generator's resolution; real images that it never saw come first."""
    channels, resolution = fake.shape[1], fake.shape[-1]
    held_out = not name.startswith("folder:")
    train = open_images(name, resolution=resolution, on_broken="skip")
    if train.img_channels != channels:
        kinds = {1: "grey", 3: "colour"}
        raise ValueError(
            f"the run draws {kinds[channels]} images ({channels} channel(s)), but data={name} "
            f"holds {kinds[train.img_channels]} ones ({train.img_channels}); "
            "name fitting data with --against."
        )
    rest = open_images(name, resolution=resolution, split="test") if held_out else train
    if len(rest) < FEWEST:
        raise ValueError(f"data={name} must hold at least {FEWEST} images, got {len(rest)}.")
    order = torch.randperm(len(rest), generator=streams.fresh("evaluation data"))
    starts = range(0, len(train), CHUNK)
    features = [metrics.image_features(train.images(slice(i, i + CHUNK))) for i in starts]
    return _Real(rest.images(order[: 2 * count]), train, torch.cat(features), held_out)


def _picture(evaluation: dict, samples: Tensor, real: _Real) -> Picture:
    _, indices = metrics.nearest(metrics.image_features(samples), real.train_features)
    neighbours = real.train.images(indices[:, 0])
    return evaluation_figure(
        evaluation["scores"], evaluation["noise_floor"], samples, neighbours,
        main_figures(evaluation),
    )  # fmt: skip


def _write(folder: Path, recorded: dict, evaluation: dict, picture: Picture) -> None:
    """Put the picture, the figures and the gallery in place, each whole."""
    temporary = folder / f".{FIGURE}.partial"
    temporary.write_bytes(picture.png)
    os.replace(temporary, folder / FIGURE)
    evaluation["figure"] = {"file": FIGURE, "alt": picture.alt, "caption": picture.caption}
    write_json(folder / "metrics.json", {**recorded, "evaluation": evaluation})
    gallery = folder.absolute().parent
    if is_gallery(gallery / INDEX):
        write_gallery(gallery)
