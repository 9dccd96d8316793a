"""`msgan doctor`: packages, settings, folders, widgets, and a lesson tried."""

import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jupyter_core.paths import jupyter_path

import msgan_lessons
from msgan_lessons.base.places import private_folder, usable_cores
from msgan_lessons.runs.lessons import find_lessons
from msgan_lessons.runs.parameters import PRESETS

DISTRIBUTION = "msgan_lessons"
LOW_DISK, LOW_MEMORY = 1e9, 1e9  # bytes; a class run of all lessons leaves some 20 MB
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
from msgan_lessons.base.streams import Streams
from msgan_lessons.classroom import widgets
from msgan_lessons.training import Game

pair = family.dcgan(resolution=8)
real = iter([torch.zeros(4, 1, 8, 8)] * 9)
game = Game(pair.generator, pair.discriminator, real, pair.with_(batch_size=4).config,
            streams=Streams(0), device="cpu")
print(len(list(game.step())) > 0)
"""


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    part: str  # what was looked at
    found: str  # what is there, or '-'
    state: str = "ok"  # 'ok', 'missing', 'too old', 'too new', 'does not fit', 'damaged' or 'low'
    mend: str = ""  # the command that mends it; empty where all is well


def report() -> list[Finding]:
    """Look at everything; nothing is changed, nothing fetched."""
    return [
        _python(),
        *check_packages(),
        *_device(),
        Finding("processor", f"{usable_cores()} of {os.cpu_count()} cores usable"),
        *_memory(),
        _disk(),
        *check_settings(),
        *check_places(),
        *check_front_end(),
        _careful("kernel python3", _kernel, install_command("ipykernel")),
        _careful(
            "lessons",
            lambda: Finding("lessons", f"{len(find_lessons())} found"),
            "git checkout -- notebooks",
        ),
        _careful("data", _data, "git checkout -- data"),
    ]


def all_ok(findings: list[Finding]) -> bool:
    """Tell whether nothing has to be mended."""
    return all(finding.state == "ok" for finding in findings)


def check_packages() -> Iterator[Finding]:
    """Compare what is installed with what the package's metadata ask for; nothing is imported."""
    try:
        wanted = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding(DISTRIBUTION, "-", "missing", "python -m pip install --editable .")
        return
    for text in wanted:
        requirement, _, marker = text.partition(";")
        if "extra" not in marker:
            yield _package(requirement.strip())
    yield from _pair()


def _package(requirement: str) -> Finding:
    name = re.match(r"[\w.-]+", requirement).group(0)
    limits = re.findall(r"(>=|<)\s*([\d.]+)", requirement)
    try:
        found = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "-", "missing", install_command(requirement))
    for sign, limit in limits:
        if sign == ">=" and _numbers(found) < _numbers(limit):
            return Finding(name, found, "too old", install_command(requirement))
        if sign == "<" and _numbers(found) >= _numbers(limit):
            return Finding(name, found, "too new", install_command(requirement))
    return Finding(name, found)


def _pair() -> Iterator[Finding]:
    """Each torchvision works with exactly one torch, and says with which."""
    try:
        wanted = importlib.metadata.requires("torchvision") or []
        torch = importlib.metadata.version("torch").partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return
    pins = [m.group(1) for text in wanted if (m := re.match(r"torch ?\(?==([\d.]+)", text))]
    if pins and _numbers(pins[0]) != _numbers(torch):
        mend = install_command(f"torch=={pins[0]}")
        yield Finding("torch with torchvision", f"torch {torch}", "does not fit", mend)


def install_command(requirement: str) -> str:
    """Return pip's command for a requirement as in pyproject.toml, quoted where it has to be."""
    quoted = f'"{requirement}"' if re.search(r"[<>=]", requirement) else requirement
    return f"python -m pip install {quoted}"


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(n) for n in re.findall(r"\d+", version.partition("+")[0])[:3]]
    return tuple(numbers + [0] * (3 - len(numbers)))


def check_settings() -> Iterator[Finding]:
    """Look at the environment variables that the course reads, and at where it runs."""
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
    """Look whether a student's work can be kept, and whether the package is this folder's."""
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
    """Look whether JupyterLab has what shows widgets."""
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
    """Import the course in a kernel, as a notebook does, and train one step within `seconds`."""
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


def _python() -> Finding:
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    state = "ok" if fits else "too old" if sys.version_info < (3, 11) else "too new"
    mend = "" if fits else "make install PYTHON=python3.11"
    return Finding("Python", platform.python_version(), state, mend)


def _device() -> Iterator[Finding]:
    try:
        import torch

        from msgan_lessons.base.streams import choose_device

        device, precision = choose_device()
    except (ImportError, OSError, ValueError) as error:
        yield Finding(
            "device",
            str(error).splitlines()[0],
            "damaged",
            install_command("--force-reinstall torch"),
        )
        return
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    yield Finding("device", f"{device.type} ({name}), {str(precision).removeprefix('torch.')}")
    yield Finding("threads of torch", str(torch.get_num_threads()))


def _memory() -> Iterator[Finding]:
    if importlib.util.find_spec("psutil") is None:  # comes with ipykernel
        return
    import psutil

    memory = psutil.virtual_memory()
    low = memory.available < LOW_MEMORY
    found = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free"
    yield Finding("memory", found, *(("low", "close other programs") if low else ()))


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    found = f"{free / 1e9:.1f} GB free here"
    return Finding("disk", found, *(("low", "free some space") if free < LOW_DISK else ()))


def _careful(part: str, look: Callable[[], Finding], mend: str) -> Finding:
    """Turn whatever goes wrong while looking into a finding."""
    try:
        return look()
    except FileNotFoundError as error:
        return Finding(part, str(error), "missing", _own_mend(error) or mend)
    except Exception as error:  # the doctor must not fall ill
        return Finding(
            part, f"{error or type(error).__name__}", "damaged", _own_mend(error) or mend
        )


def _own_mend(error: Exception) -> str:
    """Return the command that an error of `datasets` ends in."""
    _, found, command = str(error).partition("restore it with: ")
    return command if found else ""


def _kernel() -> Finding:
    from jupyter_client.kernelspec import KernelSpecManager

    program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    plain = re.fullmatch(r"python(3(\.\d+)?)?(\.exe)?", program)
    if not plain and Path(program).absolute() != Path(sys.executable).absolute():
        mend = f"{Path(sys.executable).name} -m ipykernel install --sys-prefix --name python3"
        return Finding("kernel python3", f"starts {program}", "does not fit", mend)
    return Finding("kernel python3", "starts this Python")


def _data() -> Finding:
    from msgan_lessons.datasets import shipped

    names = shipped.listed()
    for name in names:
        shipped.check(name)
    return Finding("data", f"{len(names)} files whole")
