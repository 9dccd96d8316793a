"""Where the course lies: lessons and data, from a checkout or from an installed wheel."""

import os
from pathlib import Path

__all__ = ["data_folder", "download_folder", "notebooks_folder", "private_folder"]

PACKAGE = Path(__file__).resolve().parents[1]


def notebooks_folder() -> Path:
    """Return the folder with the lessons.

    Returns
    -------
    Path
        MSGAN_NOTEBOOKS where that is set, else in the checkout or inside the installed package.

    Raises
    ------
    FileNotFoundError
        If there is neither.
    """
    return Path(os.environ.get("MSGAN_NOTEBOOKS") or _course("notebooks"))


def data_folder() -> Path:
    """Return the folder with the data that ships with the course.

    Returns
    -------
    Path
        MSGAN_DATA where that is set, else in the checkout or inside the installed package.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    return Path(os.environ["MSGAN_DATA"]) if os.environ.get("MSGAN_DATA") else _course("data")


def download_folder() -> Path:
    """Return the folder for data sets that a user asked to download; it may not exist yet.

    Returns
    -------
    Path
        MSGAN_DOWNLOADS where that is set, else ~/.msgan/downloads.
    """
    default = private_folder() / "downloads"
    return Path(os.environ.get("MSGAN_DOWNLOADS") or default)


def private_folder() -> Path:
    """Return the folder for what stays on this machine, such as a student's guesses.

    Returns
    -------
    Path
        MSGAN_HOME where that is set, else ~/.msgan; it may not exist yet.
    """
    return Path(os.environ.get("MSGAN_HOME") or Path.home() / ".msgan")


def _course(name: str) -> Path:
    for root in (PACKAGE.parent, PACKAGE / "_course"):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"the course's folder '{name}' is missing; install the course again.")
