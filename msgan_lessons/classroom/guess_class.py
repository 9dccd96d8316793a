"""The guesses of a class, gathered from the files that were handed in."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgan_lessons.classroom.guess_reader import LessonGuess, read_guess
from msgan_lessons.classroom.guesses import HAND_IN, TOKEN
from msgan_lessons.runs.lessons import find_lessons
from msgan_lessons.runs.parameters import shown

__all__ = ["ClassGuesses", "gather", "offered_guesses"]

LARGEST = 64_000  # bytes of one file that was handed in
MOST_FILES = 5_000
MOST_GUESSES = 100  # in one file


@dataclass(frozen=True)
class ClassGuesses:
    """What a class guessed.

    Parameters
    ----------
    offered : mapping
        Lesson to its question; of every lesson that at least one student answered.
    counts : mapping
        Lesson to how often each choice was made, in the order of the choices.
    students : int
        Different tokens.
    left_out : tuple of str
        One sentence for each file, or guess, that does not count.
    """

    offered: Mapping[str, LessonGuess]
    counts: Mapping[str, Mapping[str, int]]
    students: int
    left_out: tuple[str, ...]

    @property
    def size(self) -> str:
        """How many there are, in words: '23 students, 1 lesson'."""
        counts = {"student": self.students, "lesson": len(self.counts)}
        return ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for word, n in counts.items())


def offered_guesses() -> dict[str, LessonGuess]:
    """Return what the lessons of this course ask.

    Returns
    -------
    dict
        Lesson to its question.

    Raises
    ------
    FileNotFoundError
        If there are no lessons.
    ValueError
        If a notebook is damaged.
    """
    asked = {lesson.name: read_guess(lesson.path) for lesson in find_lessons()}
    return {name: guess for name, guess in asked.items() if guess}


def gather(folder: Path, offered: Mapping[str, LessonGuess]) -> ClassGuesses:
    """Read all files of a class; what does not fit is left out and named.

    Parameters
    ----------
    folder : Path
        Holds the files, however deep: a learning platform may give each student a folder.
    offered : mapping
        As `offered_guesses` returns it.

    Returns
    -------
    ClassGuesses

    Raises
    ------
    ValueError
        If it is no folder.
    """
    if not folder.is_dir():
        raise ValueError(f"DIR must be a folder of files that were handed in, got {folder}.")
    counted: dict[tuple[str, str], str] = {}
    counts = {name: dict.fromkeys(asked.choices, 0) for name, asked in offered.items()}
    left_out = []
    for number, path in enumerate(_files(folder)):
        name = shown(path.relative_to(folder).as_posix())
        if number == MOST_FILES:
            left_out.append(f"Only the first {MOST_FILES} files were read.")
            break
        try:
            token, guesses = _read(path)
        except ValueError as error:
            left_out.append(f"{name} was left out: {error}.")
            continue
        new = 0
        for lesson, choice in guesses:
            if trouble := _trouble(lesson, choice, counts, counted.get((token, lesson))):
                left_out.append(f"{name}: one guess was left out, {trouble}.")
            elif (token, lesson) not in counted:
                counted[token, lesson] = choice
                counts[lesson][choice] += 1
                new += 1
        if guesses and not new:
            left_out.append(
                f"{name} adds nothing: none of its guesses counts, or all counted before."
            )
    answered = {name: found for name, found in counts.items() if any(found.values())}
    return ClassGuesses(
        {name: offered[name] for name in answered},
        answered,
        len({token for token, _ in counted}),
        tuple(left_out),
    )


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder in a fixed order, following no link to another place."""
    for where, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(where) / name


def _read(path: Path) -> tuple[str, list[tuple[str, str]]]:
    """Return the token and (lesson, guess) pairs of a file; its ValueErrors are half sentences."""
    if path.is_symlink() or not path.is_file():
        raise ValueError("it is no regular file")
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError:
        raise ValueError("it cannot be read") from None
    if len(raw) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST} bytes")
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError("it is damaged, or no file of guesses") from None
    if not isinstance(content, dict) or content.get(HAND_IN) != 1:
        raise ValueError("it is no file of guesses")
    token, guesses = content.get("token"), content.get("guesses")
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise ValueError("its token is damaged")
    if not isinstance(guesses, list) or len(guesses) > MOST_GUESSES:
        raise ValueError(f"its guesses are no list of at most {MOST_GUESSES}")
    pairs = [(g.get("lesson"), g.get("guess")) if isinstance(g, dict) else (0, 0) for g in guesses]
    if not all(isinstance(text, str) for pair in pairs for text in pair):
        raise ValueError("one of its guesses is not a lesson and a text")
    return token, pairs


def _trouble(lesson: str, choice: str, counts: Mapping[str, Mapping], earlier: str | None) -> str:
    """Say why a guess does not count; nothing where it does."""
    if lesson not in counts:
        return f"{shown(lesson)} is no lesson of this course that asks for one"
    if not counts[lesson]:
        return f"the choices of {lesson} are computed, and its notebook here has not been run"
    if choice not in counts[lesson]:
        return f"{lesson} does not offer {shown(choice)}"
    if earlier not in (None, choice):
        return f"for {lesson} the same student handed in another one before"
    return ""
