"""What is installed, compared with what pyproject.toml asks for."""

import importlib.metadata
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Finding", "check_packages", "install_command"]

DISTRIBUTION = "msgan_lessons"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Parameters
    ----------
    part : str
        What was looked at.
    found : str
        What is there, or '-'.
    state : str
        'ok', 'missing', 'too old', 'too new', 'does not fit', 'damaged' or 'low'.
    mend : str
        The command that mends it; empty where all is well.
    """

    part: str
    found: str
    state: str = "ok"
    mend: str = ""


def check_packages() -> Iterator[Finding]:
    """Compare what is installed with what the package's metadata ask for; nothing is imported.

    Yields
    ------
    Finding
        One a package; one more where torch and torchvision do not belong together.
    """
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
    """Return the command that installs a package.

    Parameters
    ----------
    requirement : str
        As in pyproject.toml.

    Returns
    -------
    str

    Examples
    --------
    >>> install_command("click>=8.1")
    'python -m pip install "click>=8.1"'
    """
    quoted = f'"{requirement}"' if re.search(r"[<>=]", requirement) else requirement
    return f"python -m pip install {quoted}"


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(n) for n in re.findall(r"\d+", version.partition("+")[0])[:3]]
    return tuple(numbers + [0] * (3 - len(numbers)))
