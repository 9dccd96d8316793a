"""What is kept of a run's trainings: read, and verified before anything is changed."""

import os
from pathlib import Path

import torch

from msgan_lessons import __version__
from msgan_lessons.base import tensor_folder
from msgan_lessons.base.durable import read_sealed
from msgan_lessons.base.kept_rows import KeptRows

__all__ = ["FOLDER", "FORMAT", "KEPT", "identity", "keep_seconds", "read_kept", "verify"]

FOLDER, KEPT, FORMAT = "checkpoint", "kept.json", 1


def verify(run: Path) -> int:
    """Verify everything that is kept of a run's trainings, before anything is changed.

    Parameters
    ----------
    run : Path
        The run's folder.

    Returns
    -------
    int
        How many trainings have a checkpoint.

    Raises
    ------
    ValueError
        If a file is damaged or of another version.
    """
    count = 0
    for folder in sorted((run / FOLDER).glob("training_*")):
        kept = read_kept(folder)
        for one in (kept["last"], kept["best"]) if kept else ():
            if one is not None:
                tensor_folder.describe(folder / one["folder"])
        if kept:
            KeptRows(folder).read(kept["last"]["rows"])
            count += 1
    for folder in (run / FOLDER).glob("training_*/seen_*"):
        if (folder / tensor_folder.INDEX).is_file():
            tensor_folder.describe(folder)
    return count


def read_kept(folder: Path) -> dict | None:
    """Read kept.json of one training.

    Parameters
    ----------
    folder : Path
        Of the training.

    Returns
    -------
    dict or None
        None where nothing is kept yet.

    Raises
    ------
    ValueError
        If it is damaged or of another version.
    """
    try:
        kept = read_sealed(folder / KEPT)
    except FileNotFoundError:
        return None
    if kept.get("format") != FORMAT:
        raise ValueError(f"{folder} has format {kept.get('format')}, expected {FORMAT}.")
    return kept


def identity(game: object) -> dict[str, object]:
    """What must be the same for a resumed training to be the same training.

    Parameters
    ----------
    game : object
        As for `Keeper`.

    Returns
    -------
    dict
        Plain values.
    """
    return {
        "game": type(game).__name__,
        "config": game.config.as_dict(),
        "msgan_lessons": __version__,
        "torch": str(torch.__version__),
        "device": str(getattr(game, "place", "cpu")),
        "threads": torch.get_num_threads(),
    }


def keep_seconds() -> float:
    """Return how many seconds lie between two checkpoints: MSGAN_KEEP_SECONDS, or 30.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    ValueError
        If the variable is not a number of at least 0.
    """
    text = os.environ.get("MSGAN_KEEP_SECONDS") or "30"
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise ValueError(f"MSGAN_KEEP_SECONDS must be a number of at least 0, got {text!r}.")
    return seconds
