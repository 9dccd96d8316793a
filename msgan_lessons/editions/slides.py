"""Slides: each lesson as one HTML file that shows itself without a network."""

import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from nbconvert import SlidesExporter
from pygments.formatters import HtmlFormatter

from msgan_lessons.classroom.teaching import read_teaching
from msgan_lessons.editions.slide_cells import slide_notebook
from msgan_lessons.editions.slide_style import FIT, STYLE, TEMPLATE
from msgan_lessons.editions.source import find_stubs, read_notebook
from msgan_lessons.runs.html import OfflineMarkdown
from msgan_lessons.runs.lessons import Lesson

__all__ = ["slides_html", "write_slides"]

CARRIER = "sphinx_revealjs"  # carries reveal.js; nothing of it runs
PARTS = {"styles": ("dist/reset.css", "dist/reveal.css"), "scripts": ("dist/reveal.js",
         "plugin/notes/notes.js")}  # fmt: skip


class _Exporter(OfflineMarkdown, SlidesExporter):
    """nbconvert's slides with formulas as MathML."""


def write_slides(
    lessons: Sequence[Lesson], folder: Path, options: Mapping[str, object]
) -> list[str]:
    """Write the slides.

    Parameters
    ----------
    lessons, folder, options
        As for `table.Edition`; no option is read.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If reveal.js is not installed, or an exercise is filled in.
    """
    reveal = _reveal()
    for lesson in lessons:
        text = slides_html(lesson, reveal)
        (folder / f"{lesson.name}.slides.html").write_text(text, "utf-8")
    return [f"{len(lessons)} HTML files; in one, S opens the speaker's view and Esc the overview"]


def slides_html(lesson: Lesson, reveal: Path) -> str:
    """Return a lesson's slides.

    Parameters
    ----------
    lesson : Lesson
        One of the course.
    reveal : Path
        The folder of reveal.js.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    ValueError
        If an exercise is filled in.
    """
    notebook = read_notebook(lesson.path)
    find_stubs(notebook, lesson.name)
    parts = {kind: [_read(reveal / name) for name in names] for kind, names in PARTS.items()}
    parts["styles"] += [HtmlFormatter(style="default").get_style_defs(".highlight"), STYLE]
    parts["scripts"].append(FIT)
    exporter = _Exporter(
        raw_template=TEMPLATE, exclude_input_prompt=True, exclude_output_prompt=True
    )
    title = f"{lesson.name[:2]} · {lesson.title}"
    resources = {"metadata": {"name": lesson.name}, "slides": {"title": title, **parts}}
    arranged = slide_notebook(notebook, _minutes(lesson))
    return exporter.from_notebook_node(arranged, resources=resources)[0]


def _minutes(lesson: Lesson) -> dict[str, float]:
    try:
        return dict(read_teaching(lesson.name).minutes)
    except FileNotFoundError:  # a lesson need not have teaching notes
        return {}


def _reveal() -> Path:
    spec = find_spec(CARRIER)
    folder = Path(spec.origin).parent / "_static" / "revealjs" if spec else Path()
    if not (folder / "dist" / "reveal.js").is_file():
        raise ValueError(
            "slides need reveal.js; install it with: pip install 'msgan_lessons[slides]'"
        )
    return folder


def _read(path: Path) -> str:
    """Read a script or style; within a page it must not end its own element."""
    return re.sub(r"</(?=script|style)", r"<\\/", path.read_text("utf-8"), flags=re.I)
