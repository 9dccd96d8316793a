"""Whether this machine has what the lessons need, and if not, which command mends it."""

import importlib.util
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from msgan_lessons.base.places import usable_cores
from msgan_lessons.runs.doctor_class import check_front_end, check_places, check_settings
from msgan_lessons.runs.lessons import find_lessons
from msgan_lessons.runs.packages import Finding, check_packages, install_command

__all__ = ["Finding", "is_well", "report"]

LOW_DISK, LOW_MEMORY = 1e9, 1e9  # bytes; a class run of all lessons leaves some 20 MB


def report() -> list[Finding]:
    """Look at everything; nothing is changed, nothing fetched.

    Returns
    -------
    list of Finding
        Python, packages, device, processor, memory, disk, settings, folders, widgets, kernel,
        lessons, data.

    Examples
    --------
    >>> report()[0].part
    'Python'
    """
    return [
        _python(),
        *check_packages(),
        *_device(),
        _processor(),
        *_memory(),
        _disk(),
        *check_settings(),
        *check_places(),
        *check_front_end(),
        _careful("kernel python3", _kernel, install_command("ipykernel")),
        _careful("lessons", _lessons, "git checkout -- notebooks"),
        _careful("data", _data, "git checkout -- data"),
    ]


def is_well(findings: list[Finding]) -> bool:
    """Tell whether nothing has to be mended.

    Parameters
    ----------
    findings : list of Finding
        From `report`.

    Returns
    -------
    bool
    """
    return all(finding.state == "ok" for finding in findings)


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


def _processor() -> Finding:
    return Finding("processor", f"{usable_cores()} of {os.cpu_count()} cores usable")


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
    return (
        str(error).rpartition("restore it with: ")[2] if "restore it with: " in str(error) else ""
    )


def _kernel() -> Finding:
    from jupyter_client.kernelspec import KernelSpecManager

    program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    plain = re.fullmatch(r"python(3(\.\d+)?)?(\.exe)?", program)
    if not plain and Path(program).absolute() != Path(sys.executable).absolute():
        mend = f"{Path(sys.executable).name} -m ipykernel install --sys-prefix --name python3"
        return Finding("kernel python3", f"starts {program}", "does not fit", mend)
    return Finding("kernel python3", "starts this Python")


def _lessons() -> Finding:
    lessons = find_lessons()
    return Finding("lessons", f"{len(lessons)} found")


def _data() -> Finding:
    from msgan_lessons.datasets import shipped

    names = shipped.listed()
    for name in names:
        shipped.check(name)
    return Finding("data", f"{len(names)} files whole")
