"""Where 'it does not work' comes from besides packages: settings, folders, widgets, the kernel."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from jupyter_core.paths import jupyter_path

import msgan_lessons
from msgan_lessons.base.places import private_folder
from msgan_lessons.runs.budget import PRESETS
from msgan_lessons.runs.packages import Finding, install_command

__all__ = ["check_front_end", "check_places", "check_settings", "try_a_lesson"]

FRONT_ENDS = {  # folder below labextensions: the package that brings it
    "@jupyter-widgets/jupyterlab-manager": "jupyterlab_widgets",
    "anywidget": "anywidget",
}
FOLDERS = ("MSGAN_NOTEBOOKS", "MSGAN_DATA")  # where they are set, they must be there
HOSTS = {
    "COLAB_RELEASE_TAG": "Colab",
    "JUPYTERHUB_USER": "JupyterHub",
    "BINDER_SERVICE_HOST": "Binder",
}
TRIAL = """
import torch
from msgan_lessons import family
from msgan_lessons.classroom import widgets
from msgan_lessons.training import Game
from msgan_lessons.base.streams import Streams

pair = presets.dcgan(resolution=8)
real = iter([torch.zeros(4, 1, 8, 8)] * 9)
game = Game(pair.generator, pair.discriminator, real, pair.with_(batch_size=4).config,
            streams=Streams(0), device="cpu")
print(len(list(game.step())) > 0)
"""


def check_settings() -> Iterator[Finding]:
    """Look at the environment variables that the course reads, and at where it runs.

    Yields
    ------
    Finding
        One for the place, one for each setting that does not fit.
    """
    host = next((name for key, name in HOSTS.items() if key in os.environ), "")
    place = host or ("a virtual environment" if sys.prefix != sys.base_prefix else "")
    conda = os.environ.get("CONDA_DEFAULT_ENV")
    yield Finding("runs in", place or (f"conda, {conda}" if conda else "the system's Python"))
    preset = os.environ.get("MSGAN_PRESET") or "auto"
    if preset not in ("auto", *PRESETS):
        known = ", ".join(("auto", *PRESETS))
        yield Finding(
            "MSGAN_PRESET",
            f"{preset!r}, not one of {known}",
            "does not fit",
            _unset("MSGAN_PRESET"),
        )
    for name in FOLDERS:
        value = os.environ.get(name)
        if value and not Path(value).is_dir():
            yield Finding(name, f"{value} is no folder", "missing", _unset(name))


def check_places() -> Iterator[Finding]:
    """Look whether a student's work can be kept, and whether the package is this folder's.

    Yields
    ------
    Finding
        One for this folder, one for the private one, one for the package.
    """
    private = private_folder()
    nearest = next(p for p in (private, *private.parents) if p.exists())
    yield _writable("this folder", Path.cwd(), "cd into a folder of your own")
    yield _writable("private folder", nearest, "set MSGAN_HOME to a folder of your own")
    package = Path(msgan_lessons.__file__).parent
    found = f"{msgan_lessons.__version__} in {package}"
    here = Path.cwd() / "msgan_lessons" / "__init__.py"
    other = here.is_file() and here.parent.resolve() != package.resolve()
    mend = ("does not fit", "python -m pip install --editable .") if other else ()
    yield Finding("package", f"{found}, not the one in this folder" if other else found, *mend)


def check_front_end() -> Iterator[Finding]:
    """Look whether JupyterLab has what shows widgets.

    Yields
    ------
    Finding
        One a widget library.
    """
    roots = [Path(root) / "labextensions" for root in jupyter_path()]
    for folder, package in FRONT_ENDS.items():
        found = [root / folder for root in roots if (root / folder / "package.json").is_file()]
        part = f"widgets of {package}"
        if found:
            version = json.loads((found[0] / "package.json").read_text("utf-8"))["version"]
            yield Finding(part, version)
        else:
            mend = install_command(f"--force-reinstall --no-deps {package}")
            yield Finding(part, "JupyterLab would show text in place of widgets", "missing", mend)


def try_a_lesson(seconds: float = 120.0) -> Finding:
    """Start a kernel as a notebook does, import the course there, and make one training step.

    Parameters
    ----------
    seconds : float
        Time limit, s.

    Returns
    -------
    Finding
        How long it took, or the error as the kernel gave it.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(TRIAL)])
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        quiet = ["--IPKernelApp.log_level=CRITICAL"]
        client = NotebookClient(
            notebook, timeout=seconds, kernel_name="python3", resources=resources,
            extra_arguments=quiet,
        )  # fmt: skip
        begun = time.monotonic()
        try:
            client.execute()
        except Exception as error:  # a dead kernel, an import error: all are answers
            last = [line for line in str(error).splitlines() if line.strip()][-1]
            return Finding(
                "a lesson's kernel", last[:300], "damaged", "make clean, then make install"
            )
    took = time.monotonic() - begun
    return Finding("a lesson's kernel", f"imported the course and trained one step in {took:.0f} s")


def _writable(part: str, folder: Path, mend: str) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Finding(part, f"{folder} can be written")
    except OSError as error:
        return Finding(part, f"{folder}: {error.strerror}", "does not fit", mend)


def _unset(name: str) -> str:
    return f"set {name}=" if sys.platform == "win32" else f"unset {name}"
