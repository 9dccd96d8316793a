"""How good a trained run is: its samples, its figures, a picture (lesson 16_evaluation)."""

import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from msgan_lessons import __version__, family, metrics
from msgan_lessons.base import whole_files
from msgan_lessons.base.checks import check_least
from msgan_lessons.base.pages import is_ours
from msgan_lessons.base.pictures import COLOURS, Picture, new_figure, tile
from msgan_lessons.base.record import write_json
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData, check_source, open_images
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.runs import checkpoints
from msgan_lessons.runs.folder import INDEX
from msgan_lessons.runs.gallery import score_rows, write_gallery
from msgan_lessons.training import draw

BLOCK = 32  # images drawn at once; the numbers depend on it, so it is not a choice
NETWORK = "generator_ema"


def find_checkpoint(run: Path) -> Path:
    """Return the checkpoint of a run, or of the only run with one in a folder."""
    if _holds_model(run):
        return run / "checkpoint"
    inside = sorted(run.iterdir()) if run.is_dir() else []
    found = [p for p in inside if p.name[0] != "." and _holds_model(p)]
    finished = [p for p in found if p.suffix != ".failed"]
    if len(finished) > 1:
        names = ", ".join(p.name for p in finished)
        raise ValueError(f"{run} holds several runs with a checkpoint: name one of {names}.")
    if not finished:
        what = "holds no run with a checkpoint" if run.is_dir() else "is not a folder"
        raise FileNotFoundError(f"{run} {what}; train one with: msgan run 07")
    return finished[0] / "checkpoint"


def _holds_model(run: Path) -> bool:
    return (run / "checkpoint" / whole_files.INDEX).is_file()


def load_generator(checkpoint: Path) -> MultiScaleGenerator:
    """Build G's running average from a checkpoint of the family, on the CPU, in eval mode."""
    description = whole_files.describe(checkpoint)
    if isinstance(name := description.get("model"), str) and name not in family.MODELS:
        raise ValueError(
            f"{checkpoint} holds a model of an application, {name!r}; what is needed here is one "
            f"of {', '.join(family.MODELS)}."
        )
    try:
        model = family.build(description["model"], **description["arguments"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{checkpoint} does not describe a model of this course.") from error
    return checkpoints.load(checkpoint, NETWORK, model.generator).eval()


@torch.inference_mode()
def sample_blocks(generator: MultiScaleGenerator, count: int, seed: int) -> Iterator[np.ndarray]:
    """Draw images, uint8 (n, H, W, C); the first ten of a hundred are the same as ten alone."""
    check_least(1, count=count)
    stream = Streams(seed).fresh("samples")
    for start in range(0, count, BLOCK):
        z = torch.randn(BLOCK, generator.latent_dim, generator=stream)
        images = generator(z)[-1][: count - start]  # the finest: (n, C, H, W) in (-1, 1)
        yield ((images + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def write_samples(run: Path, out: Path, *, count: int, seed: int = 0) -> tuple[int, ...]:
    """Write a run's images to an npz file, under 'images'; return their shape (N, H, W, C)."""
    if out.suffix != ".npz" or out.is_dir():
        raise ValueError(f"--out must be a file that ends in .npz, got {str(out)!r}.")
    if count < 1:
        raise ValueError(f"--count must be at least 1, got {count}.")
    generator = load_generator(find_checkpoint(run))
    blocks = sample_blocks(generator, count, seed)
    _check_space(out, generator, count)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with whole_files.replacing(out) as temporary:
            return _write_samples(temporary, blocks, count)
    except OSError as error:
        raise ValueError(f"--out {out} cannot be written: {error.strerror or error}.") from error


def _check_space(out: Path, generator: MultiScaleGenerator, count: int) -> None:
    place = next(p for p in out.absolute().parents if p.is_dir())
    needed = count * generator.resolution**2 * generator.to_rgb[-1].out_channels
    free = shutil.disk_usage(place).free
    if needed > free:
        raise ValueError(
            f"--count {count} needs {needed / 1e9:.1f} GB, "
            f"but {place} has {free / 1e9:.1f} GB free."
        )


def _write_samples(path: Path, blocks: Iterator[np.ndarray], count: int) -> tuple[int, ...]:
    first = next(blocks)
    shape = (count, *first.shape[1:])
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    with (
        zipfile.ZipFile(path, "w") as archive,
        archive.open("images.npy", "w", force_zip64=True) as file,
    ):
        np.lib.format.write_array_header_1_0(file, header)
        file.write(first.tobytes())
        for block in blocks:
            file.write(block.tobytes())
    return shape


COLUMNS = (0.0, 0.62, 0.8, 1.0)  # places of the table's columns, as shares of its width
HEADINGS = ("", "G", "real*", "better")


def evaluation_figure(
    scores: Mapping,  # as `metrics.score_images` returns them
    floor: Mapping,  # as `metrics.score_floor` returns it
    samples: Tensor,  # (n, C, R, R), in [-1, 1]
    neighbours: Tensor,  # the nearest training image of each
    rows: Sequence[Sequence[str]],  # from `score_rows`
) -> Picture:
    """Show samples above their nearest training images, distances by band, and a table."""
    if not len(samples) or samples.shape != neighbours.shape:
        raise ValueError(
            "samples and neighbours must be images of the same shape, "
            f"got {tuple(samples.shape)} and {tuple(neighbours.shape)}."
        )
    n = len(samples)
    top = 2 * 8.2 / n + 0.1
    figure, axes = new_figure(9.0, top + 3.0, nrows=2, ncols=2, height_ratios=(top, 3.0),
                              width_ratios=(1, 1.3))  # fmt: skip
    for axis in axes[0]:
        axis.remove()
    neighbour_rows(figure.add_subplot(axes[0, 0].get_gridspec()[0, :]), samples, neighbours)
    band_bars(axes[1, 0], scores["swd"], floor["mean"]["swd"], floor["std"]["swd"])
    figures_table(axes[1, 1], rows, floor["count"])
    numbers = "; ".join(f"{name} {fake} (real {real})" for name, fake, real, _ in rows)
    alt = (
        f"{n} generated images, each above its nearest training image; bars of the distance in "
        f"{len(scores['swd'])} Laplacian bands beside those of real images; a table: {numbers}."
    )
    caption = (
        "Is a sample the copy of its neighbour? In which band do real and generated images "
        "differ, and by how much more than real images do among themselves?"
    )
    return Picture(figure, alt, caption)


def neighbour_rows(axis: Axes, samples: Tensor, neighbours: Tensor) -> None:
    """Draw a row of samples (n, C, R, R), in [-1, 1], above their nearest training images."""
    side, gap = samples.shape[-1], max(1, samples.shape[-1] // 16)
    canvas = tile(torch.cat([samples, neighbours]), len(samples), gap)
    axis.imshow(canvas, interpolation="nearest")
    axis.set_yticks([side / 2, side * 1.5 + gap], ["G", "nearest\nin training"], fontsize=9)
    axis.tick_params(length=0)
    axis.set_xticks([])
    axis.spines[:].set_visible(False)


def band_bars(axis: Axes, fake: Mapping, real: Mapping, spread: Mapping) -> None:
    """Draw each Laplacian band's sliced Wasserstein distance beside its noise floor, +- its std."""
    places = torch.arange(len(fake)).tolist()
    width = 0.38
    for shift, heights, colour, label, error in (
        (-width / 2, fake, "fake", "G from real", None),
        (width / 2, real, "real", "real from real", list(spread.values())),
    ):
        axis.bar(
            [p + shift for p in places], list(heights.values()), width, yerr=error, capsize=3,
            color=COLOURS[colour], label=label,
        )  # fmt: skip
    axis.set_xticks(places, [f"{side}x{side}" for side in fake])
    axis.set(xlabel="Laplacian band, coarse to fine", ylabel="sliced Wasserstein distance")
    axis.legend(fontsize=8, frameon=False)


def figures_table(axis: Axes, rows: Sequence[Sequence[str]], count: int) -> None:
    """Write the table of figures; `count` real images were compared with as many others."""
    axis.set_axis_off()
    lines = [HEADINGS, *rows]
    step = 0.92 / len(lines)
    for i, line in enumerate(lines):
        height = 1 - i * step
        for column, (left, text) in enumerate(zip(COLUMNS, line, strict=True)):
            axis.text(
                left, height, text, transform=axis.transAxes, fontsize=9, va="top",
                ha="left" if column == 0 else "right" if column == 3 else "center",
                weight="bold" if i == 0 else "normal",
            )  # fmt: skip
    note = f"* real images against other real images, {count:,} a side"
    axis.text(0, 0, note, transform=axis.transAxes, fontsize=8, va="bottom")


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
    """Score a run's averaged generator; keep figures and a picture in its folder."""
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
        "generator": whole_files.describe(checkpoint)["sha256"][f"{NETWORK}.safetensors"],
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
    if (run / whole_files.INDEX).is_file():
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
    own = whole_files.describe(checkpoint).get("data") or noted
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
        score_rows(evaluation),
    )  # fmt: skip


def _write(folder: Path, recorded: dict, evaluation: dict, picture: Picture) -> None:
    """Put the picture, the figures and the gallery in place, each whole."""
    whole_files.write_whole(folder / FIGURE, picture.png)
    evaluation["figure"] = {"file": FIGURE, "alt": picture.alt, "caption": picture.caption}
    write_json(folder / "metrics.json", {**recorded, "evaluation": evaluation})
    gallery = folder.absolute().parent
    if is_ours(gallery / INDEX):
        write_gallery(gallery)
