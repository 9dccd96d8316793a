"""The gallery runs/index.html, written anew after each run."""

import os
from pathlib import Path

from msgan_lessons.base.record import PARAMS, read_run
from msgan_lessons.runs.report_page import MARK, page
from msgan_lessons.runs.slots import locked

__all__ = ["INDEX", "is_gallery", "write_gallery"]

INDEX = "index.html"


def write_gallery(out: Path) -> Path:
    """Write index.html anew from the runs that are there.

    Parameters
    ----------
    out : Path
        The folder of all runs.

    Returns
    -------
    Path
        The page.
    """
    target, temporary = out / INDEX, out / f".{INDEX}.partial"
    with locked(out, INDEX):  # else an older page of another process could come last
        folders = sorted(p for p in out.iterdir() if p.is_dir() and not p.name.startswith("."))
        found = {p.name: read_run(p) for p in folders if (p / PARAMS).is_file()}
        damaged = [name for name, run in found.items() if run is None]
        runs = [run for run in found.values() if run is not None]
        temporary.write_text(page(runs, damaged), "utf-8")
        os.replace(temporary, target)
    return target


def is_gallery(path: Path) -> bool:
    """Tell whether a file is a gallery that `write_gallery` made.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bool
    """
    try:
        return MARK in path.read_text("utf-8")[:1000]
    except (OSError, ValueError):
        return False
