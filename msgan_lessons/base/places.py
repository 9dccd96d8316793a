"""Where the course lies, and with how many threads it may train."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def notebooks_folder() -> Path:
    """Return the folder with the lessons: MSGAN_NOTEBOOKS, the checkout's, or the package's."""
    return Path(os.environ.get("MSGAN_NOTEBOOKS") or _course("notebooks"))


def data_folder() -> Path:
    """Return the folder with the course's data: MSGAN_DATA, the checkout's, or the package's."""
    return Path(os.environ["MSGAN_DATA"]) if os.environ.get("MSGAN_DATA") else _course("data")


def download_folder() -> Path:
    """Return the folder for data sets that a user asked to download; it may not exist yet."""
    default = private_folder() / "downloads"
    return Path(os.environ.get("MSGAN_DOWNLOADS") or default)


def private_folder() -> Path:
    """Return the folder for what stays on this machine, such as a student's guesses."""
    return Path(os.environ.get("MSGAN_HOME") or Path.home() / ".msgan")


def rooms() -> dict[str, str]:
    """Return the lessons' rooms in order: number, such as '05', to the name of its module."""
    faces = sorted((PACKAGE / "lessons").glob("l[0-9][0-9]_*/__init__.py"))
    names = [face.parent.name for face in faces]
    return {name[1:3]: f"{PACKAGE.name}.lessons.{name}" for name in names}


def _course(name: str) -> Path:
    for root in (PACKAGE.parent, PACKAGE / "_course"):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"the course's folder '{name}' is missing; install the course again.")


def usable_cores() -> int:
    """Return how many processor cores this process may use: all, unless it is confined."""
    confined = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if confined else os.cpu_count() or 1


def busy_cores(seconds: float = 0.5) -> float:
    """Measure how many cores the machine keeps busy just now."""
    import psutil  # here alone: `msgan doctor` must run where it is missing

    return psutil.cpu_percent(interval=seconds) / 100 * (os.cpu_count() or 1)


def training_threads() -> dict[str, str]:
    """Return the environment that gives a kernel as many threads as serve it."""
    # torch's threads spin while they wait: beside a busy process two are slower than one
    cores = usable_cores()
    return {"OMP_NUM_THREADS": str(max(1, cores - (busy_cores() > 0.25)))}
