"""Images from a trained run, written block by block, so that memory stays small."""

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from msgan_lessons import family
from msgan_lessons.base.streams import Streams
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.runs import checkpoints

__all__ = ["find_checkpoint", "load_generator", "sample_blocks", "write_samples"]

BLOCK = 32  # images drawn at once; the numbers depend on it, so it is not a choice
NETWORK = "generator_ema"


def find_checkpoint(run: Path) -> Path:
    """Return the checkpoint of a run.

    Parameters
    ----------
    run : Path
        A run's folder, or a folder that holds exactly one run with a checkpoint.

    Returns
    -------
    Path

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If there are several.
    """
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
    return (run / "checkpoint" / checkpoints.INDEX).is_file()


def load_generator(checkpoint: Path) -> MultiScaleGenerator:
    """Build G's running average from a checkpoint, ready to draw.

    Parameters
    ----------
    checkpoint : Path
        As lesson 07_training saved it.

    Returns
    -------
    MultiScaleGenerator
        On the CPU, in eval mode.

    Raises
    ------
    FileNotFoundError
        If there is no checkpoint.
    ValueError
        If it is damaged, does not say how to build its model, or holds another kind of model.
    """
    description = checkpoints.describe(checkpoint)
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
    """Draw images of the finest scale; the first ten of a hundred are the same as ten alone.

    Parameters
    ----------
    generator : MultiScaleGenerator
        In eval mode, on the CPU, where the same seed gives the same numbers.
    count : int
        Images in all, at least 1.
    seed : int
        Any int >= 0.

    Yields
    ------
    ndarray
        uint8, shape (n, H, W, C), 0 to 255; n is 32 but for the last block.

    Raises
    ------
    ValueError
        If `count` or `seed` is out of range.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}.")
    stream = Streams(seed).fresh("samples")
    for start in range(0, count, BLOCK):
        z = torch.randn(BLOCK, generator.latent_dim, generator=stream)
        images = generator(z)[-1][: count - start]  # (n, C, H, W) in (-1, 1)
        yield ((images + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def write_samples(run: Path, out: Path, *, count: int, seed: int = 0) -> tuple[int, ...]:
    """Write images of a run to an npz file, under the key 'images'.

    Parameters
    ----------
    run : Path
        As for `find_checkpoint`.
    out : Path
        Ends in .npz; replaced only by a complete file.
    count : int
        Images, at least 1.
    seed : int
        Same seed, same images.

    Returns
    -------
    tuple of int
        The array's shape (N, H, W, C).

    Raises
    ------
    FileNotFoundError
        If there is no checkpoint.
    ValueError
        If an argument is out of range, the checkpoint is damaged or `out` cannot be written.
    """
    if out.suffix != ".npz" or out.is_dir():
        raise ValueError(f"--out must be a file that ends in .npz, got {str(out)!r}.")
    if count < 1:
        raise ValueError(f"--count must be at least 1, got {count}.")
    generator = load_generator(find_checkpoint(run))
    blocks = sample_blocks(generator, count, seed)
    _check_space(out, generator, count)
    temporary = out.with_name(f".{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        shape = _write(temporary, blocks, count)
        os.replace(temporary, out)
    except OSError as error:
        raise ValueError(f"--out {out} cannot be written: {error.strerror or error}.") from error
    finally:
        if temporary.is_file():
            temporary.unlink()
    return shape


def _check_space(out: Path, generator: MultiScaleGenerator, count: int) -> None:
    place = next(p for p in out.absolute().parents if p.is_dir())
    needed = count * generator.resolution**2 * generator.to_rgb[-1].out_channels
    free = shutil.disk_usage(place).free
    if needed > free:
        raise ValueError(
            f"--count {count} needs {needed / 1e9:.1f} GB, "
            f"but {place} has {free / 1e9:.1f} GB free."
        )


def _write(path: Path, blocks: Iterator[np.ndarray], count: int) -> tuple[int, ...]:
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
