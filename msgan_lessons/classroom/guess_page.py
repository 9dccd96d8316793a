"""The page of `msgan guesses show`: a histogram for each lesson, and what was left out."""

import html
import os
from pathlib import Path

from msgan_lessons.classroom.guess_class import ClassGuesses
from msgan_lessons.classroom.guess_plots import class_histogram
from msgan_lessons.runs.gallery import MARK, STYLE

__all__ = ["class_page", "write_class_page"]

TITLE = "<title>What the class guessed</title>"
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "img-src data:; style-src 'unsafe-inline'; base-uri 'none'\">"
)


def class_page(found: ClassGuesses) -> str:
    """Write the page of a class's guesses.

    Parameters
    ----------
    found : ClassGuesses
        As `gather` returns it.

    Returns
    -------
    str
        HTML without scripts.
    """
    body = "".join(_lesson(found, name) for name in found.counts)
    body = body or "<article><p>No guess that counts was found.</p></article>"
    names = "".join(f'<li><a href="#{name}">{name}</a></li>' for name in found.counts)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">{MARK}{POLICY}
<meta name="viewport" content="width=device-width, initial-scale=1">
{TITLE}<style>{STYLE}</style></head>
<body><header><h1>What the class guessed</h1><p class="meta">{found.size}</p>
<nav aria-label="Lessons"><ul>{names}</ul></nav></header>
<main>{body}{_left_out(found)}</main></body></html>
"""


def write_class_page(found: ClassGuesses, path: Path) -> None:
    """Write the page into a file, whole or not at all.

    Parameters
    ----------
    found : ClassGuesses
        As `gather` returns it.
    path : Path
        Where to; replaced where it is an earlier page of this course.

    Raises
    ------
    ValueError
        If something else lies there.
    OSError
        If it cannot be written.
    """
    if path.exists() and not _is_earlier(path):
        raise ValueError(f"PAGE must be new or an earlier page of this kind, got {path}.")
    temporary = path.with_name(f".{path.name}.partial")
    temporary.write_text(class_page(found), "utf-8", errors="replace")
    os.replace(temporary, path)


def _is_earlier(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return TITLE.encode() in file.read(2_000)


def _lesson(found: ClassGuesses, name: str) -> str:
    asked, counts = found.offered[name], found.counts[name]
    picture = class_histogram(asked.question, counts, asked.answer)
    why = f"<p><b>Seen:</b> {_text(asked.answer)}. {_text(asked.because)}</p>"
    return (
        f'<article id="{name}"><h2>{name}</h2>'
        f"{picture.html()}{why if asked.answer else ''}</article>"
    )


def _left_out(found: ClassGuesses) -> str:
    if not found.left_out:
        return ""
    items = "".join(f"<li>{_text(sentence)}</li>" for sentence in found.left_out)
    return f'<article class="failed"><h2>Left out</h2><ul>{items}</ul></article>'


def _text(text: str) -> str:
    return html.escape(text, quote=True)
