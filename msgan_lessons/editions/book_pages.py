"""The pages of the book that are no lessons: the first one, the glossary, where the data are from.

What they say is read from README.md, from the first lesson and from data/README.md.
"""

import importlib.metadata
import json
import re
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from msgan_lessons.base.places import PACKAGE, data_folder, notebooks_folder
from msgan_lessons.runs.lessons import Lesson, find_lessons

__all__ = ["data_page", "glossary_page", "index_page", "inner_links"]

PARTS = {  # number of the first lesson: what the lessons from there on are about
    0: "To begin",
    2: "Scales, networks, formulas",
    7: "Training",
    9: "Applications",
    14: "Cost, stability, quality",
}
TITLE = "Multi-scale GANs"
GLOSSARY = "## Symbols\n"
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)")
IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")
READING = """## Reading this book

It holds the lessons as they were run, with every figure and number; nothing has to be installed.
{played}Sliders, live panels, and exercises that check themselves need the course:
`make lab` opens the same notebooks in JupyterLab.
"""


def index_page(lessons: Sequence[Lesson], playing: Sequence[Lesson] = ()) -> str:
    """Write the first page: what the course is, its lessons, and the order of all pages.

    Parameters
    ----------
    lessons : sequence of Lesson
        In the order in which they are read.
    playing : sequence of Lesson
        Those in which a recorded training plays.

    Returns
    -------
    str
        MyST Markdown.
    """
    title, about = _about()
    rows = "".join(
        f"| {x.name[:2]} | [{x.title}]({x.name}.ipynb) | {x.question} | {x.document} |\n"
        for x in lessons
    )
    table = f"| number | lesson | question | document |\n|---|---|---|---|\n{rows}"
    about = inner_links(about.replace("(notebooks/", "("), {x.name for x in lessons})
    about = IMAGE.sub(lambda m: m[0] * (notebooks_folder() / m[1]).is_file(), about)
    trees = "".join(_tree(part, names) for part, names in _parts(lessons).items())
    trees += _tree("Beside the lessons", ["glossary", "data"])
    where = " and ".join(f"[{x.title}]({x.name}.ipynb)" for x in playing)
    reading = READING.format(played=f"Recorded trainings play in {where}.\n" * bool(where))
    return f"# {title}\n\n{about}\n\n## Lessons\n\n{table}\n{reading}\n{trees}"


def glossary_page() -> str:
    """Write the glossary: the symbols of the first lesson.

    Returns
    -------
    str
        MyST Markdown.

    Raises
    ------
    ValueError
        If the first lesson has no symbols.
    """
    first = find_lessons()[0]
    cells = json.loads(first.path.read_text("utf-8"))["cells"]
    for cell in cells:
        text = "".join(cell["source"])
        if text.startswith(GLOSSARY):
            return text.replace(GLOSSARY, "# Glossary\n", 1)
    raise ValueError(f"{first.path} must have the heading 'Symbols'; the glossary is there.")


def data_page() -> str:
    """Write where images, speech and trained networks are from, and their licences.

    Returns
    -------
    str
        MyST Markdown.
    """
    text = (data_folder() / "README.md").read_text("utf-8")
    text = inner_links(text.replace("\n| | |\n", "\n| fact | value |\n"), ())
    return re.sub(r"(?<![(<])(https://[^\s|;,)]+?)(?=[.;,]?[\s|])", r"<\1>", text)


def inner_links(text: str, names: Collection[str]) -> str:
    """Keep links to pages of the book; of all other links inside the course keep the words.

    Parameters
    ----------
    text : str
        Markdown.
    names : collection of str
        Lessons in the book.

    Returns
    -------
    str

    Examples
    --------
    >>> inner_links("[01](01_the_game.ipynb), [05](05_minimax.ipynb#check)", ["05_minimax"])
    '01, [05](05_minimax.ipynb)'
    >>> inner_links("see [data](../data/README.md) and [torch](https://pytorch.org)", [])
    'see [data](data.md) and [torch](https://pytorch.org)'
    """

    def mended(match: re.Match) -> str:
        words, path = match.groups()
        path = PurePosixPath(path.partition("#")[0])
        if path.suffix == ".ipynb" and path.stem in names:
            return f"[{words}]({path.name})"
        return f"[{words}](data.md)" if path.match("data/README.md") else words

    return LINK.sub(mended, text)


def _about() -> tuple[str, str]:
    """Title and first paragraphs of README.md, from the checkout or the installed package."""
    path = PACKAGE.parent / "README.md"
    if path.is_file():
        text = path.read_text("utf-8")
    else:
        text = str(importlib.metadata.metadata("msgan_lessons").get_payload())
    first = re.sub(r"^# .*\n", "", text.partition("\n## ")[0]).strip()
    bold = re.match(r"\*\*(.+?)\.?\*\*\s*", first)
    return (bold[1], first[bold.end() :]) if bold else (TITLE, first)


def _parts(lessons: Sequence[Lesson]) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {}
    for lesson in lessons:
        part = [name for number, name in PARTS.items() if number <= int(lesson.name[:2])][-1]
        parts.setdefault(part, []).append(lesson.name)
    return parts


def _tree(caption: str, names: Sequence[str]) -> str:
    lines = "\n".join(names)
    return f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{lines}\n```\n\n"
