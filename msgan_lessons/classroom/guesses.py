"""A student's guesses: locked once, kept on this machine, handed in as one file by hand."""

import json
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from msgan_lessons.base.places import private_folder
from msgan_lessons.base.record import write_json
from msgan_lessons.runs.parameters import shown

__all__ = [
    "HAND_IN",
    "KeptGuess",
    "guess_folder",
    "hand_in",
    "kept_guesses",
    "lock_guess",
    "locked_guess",
]

HAND_IN = "msgan_guesses"  # the key by which a file that was handed in is known; its value is 1
LONGEST = 500  # characters of a question or an answer
LARGEST = 8_000  # bytes of one kept guess
TOKEN = re.compile(r"[0-9a-f]{32}")
LESSON = re.compile(r"\w{1,80}", re.ASCII)


@dataclass(frozen=True)
class KeptGuess:
    """A guess that was locked on this machine.

    Parameters
    ----------
    lesson, question, guess : str
        The lesson's name, what was asked, what was chosen.
    """

    lesson: str
    question: str
    guess: str


def guess_folder() -> Path:
    """Return the folder with the guesses of this machine; it may not exist yet.

    Returns
    -------
    Path
    """
    return private_folder() / "guesses"


def locked_guess(lesson: str) -> KeptGuess | None:
    """Return the guess that was locked for a lesson on this machine.

    Parameters
    ----------
    lesson : str
        Its name.

    Returns
    -------
    KeptGuess or None
        None too where the file is damaged: then a guess can be locked anew.

    Raises
    ------
    ValueError
        If the name cannot be that of a lesson.
    """
    path = _path(lesson)
    try:
        if path.stat().st_size > LARGEST:
            return None
        content = json.loads(path.read_bytes())
        texts = content["question"], content["guess"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    whole = all(isinstance(text, str) and 0 < len(text) <= LONGEST for text in texts)
    return KeptGuess(lesson, *texts) if whole else None


def lock_guess(lesson: str, question: str, guess: str) -> KeptGuess:
    """Keep a guess, unless one is locked already.

    Parameters
    ----------
    lesson, question, guess : str
        As for `KeptGuess`.

    Returns
    -------
    KeptGuess
        The one that is locked now: an earlier one where there is one.

    Raises
    ------
    ValueError
        If the name cannot be that of a lesson.
    OSError
        If it cannot be written.
    """
    path = _path(lesson)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"question": question, "guess": guess}
    try:
        with path.open("x", encoding="utf-8") as file:  # two pages may ask at the same time
            file.write(json.dumps(content, indent=2) + "\n")
    except FileExistsError:
        if earlier := locked_guess(lesson):
            return earlier
        write_json(path, content)  # what was there is damaged
    return KeptGuess(lesson, question, guess)


def kept_guesses() -> tuple[list[KeptGuess], list[str]]:
    """Return all guesses of this machine, and the names of files that are damaged.

    Returns
    -------
    tuple of list
        Guesses in the order of their lessons, and file names.
    """
    paths = sorted(p for p in guess_folder().glob("*.json") if LESSON.fullmatch(p.stem))
    found = {path.name: locked_guess(path.stem) for path in paths}
    return [g for g in found.values() if g], [name for name, g in found.items() if not g]


def hand_in(path: Path) -> list[KeptGuess]:
    """Write all guesses of this machine into one file, to be handed in by hand.

    The file holds lesson, question and guess, and a random token that was made once on this
    machine: by it a file that is handed in twice counts once. Nothing else is in it.

    Parameters
    ----------
    path : Path
        Where to; replaced where it is an earlier file of this kind.

    Returns
    -------
    list of KeptGuess
        What was written.

    Raises
    ------
    ValueError
        If no guess is locked, or something else lies there.
    OSError
        If it cannot be written.
    """
    guesses, _ = kept_guesses()
    if not guesses:
        raise ValueError("no guess is locked on this machine yet; there is nothing to hand in.")
    if path.exists() and not _is_hand_in(path):
        raise ValueError(f"FILE must be new or an earlier file of guesses, got {shown(str(path))}.")
    content = {HAND_IN: 1, "token": _token(), "guesses": [asdict(g) for g in guesses]}
    write_json(path, content)
    return guesses


def _path(lesson: str) -> Path:
    if not isinstance(lesson, str) or not LESSON.fullmatch(lesson):
        raise ValueError(f"lesson must be letters, digits and '_', got {shown(lesson)}.")
    return guess_folder() / f"{lesson}.json"


def _is_hand_in(path: Path) -> bool:
    try:
        return HAND_IN in json.loads(path.read_bytes())
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def _token() -> str:
    """Return this machine's random token; made where it is missing or damaged."""
    path = private_folder() / "guess_token"
    try:
        if TOKEN.fullmatch(token := path.read_text("utf-8").strip()):
            return token
    except (OSError, ValueError):
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{(token := secrets.token_hex(16))}\n", "utf-8")
    return token
