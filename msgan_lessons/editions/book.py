"""The course as a book: a static site that needs no kernel and no network."""

import importlib.util
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgan_lessons.base.places import notebooks_folder
from msgan_lessons.editions.book_lessons import lesson_page
from msgan_lessons.editions.book_pages import data_page, glossary_page, index_page
from msgan_lessons.editions.book_players import player_files
from msgan_lessons.editions.book_sphinx import build_site
from msgan_lessons.editions.folder import check_target, fresh_folder
from msgan_lessons.runs.doctor import install_command
from msgan_lessons.runs.lessons import Lesson

__all__ = ["PACKAGES", "BookSize", "write_book"]

PACKAGES = ("sphinx", "myst_nb", "sphinx_book_theme")  # the optional extra `book`


@dataclass(frozen=True)
class BookSize:
    """What a book holds.

    Parameters
    ----------
    pages : int
        HTML files.
    players : int
        Recorded trainings that play in a page.
    size : int
        Bytes of all files.
    """

    pages: int
    players: int
    size: int


def write_book(target: Path, lessons: Sequence[Lesson]) -> BookSize:
    """Write lessons as a static site; nothing is executed, the stored outputs are shown.

    Parameters
    ----------
    target : Path
        Its folder: missing, empty, or an earlier export. It appears when all is written.
    lessons : sequence of Lesson
        In the order in which they are read.

    Returns
    -------
    BookSize

    Raises
    ------
    ModuleNotFoundError
        If the packages that build it are missing; the sentence says how to install them.
    ValueError
        If the folder is refused, or something in a page is wrong.
    OSError
        If the folder cannot be written.
    """
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        needed = " ".join(missing).replace("_", "-")
        raise ModuleNotFoundError(
            f"a book needs {', '.join(missing)}; install with: {install_command(needed)}"
        )
    check_target(target)
    with fresh_folder(target, "book") as folder, tempfile.TemporaryDirectory() as work:
        source = Path(work) / "source"
        traces = write_source(source, lessons)
        site = Path(work) / "site" / "pages"  # myst-nb writes beside the pages, too
        build_site(source, site, Path(work) / "doctrees")
        shutil.copytree(site, folder, dirs_exist_ok=True)
        files = [path for path in folder.rglob("*") if path.is_file()]
        pages = sum(path.suffix == ".html" for path in files)
        return BookSize(pages, len(traces), sum(path.stat().st_size for path in files))


def write_source(source: Path, lessons: Sequence[Lesson]) -> set[str]:
    """Write what Sphinx reads.

    Parameters
    ----------
    source : Path
        A folder that is not there yet.
    lessons : sequence of Lesson
        In the order in which they are read.

    Returns
    -------
    set of str
        Names of the recorded trainings that its pages play.
    """
    (source / "static" / "players").mkdir(parents=True)
    names, traces, playing = {lesson.name for lesson in lessons}, set(), []
    for lesson in lessons:
        text, played = lesson_page(lesson, names)
        (source / f"{lesson.name}.ipynb").write_text(text, "utf-8")
        traces |= played
        playing += [lesson] * bool(played)
    first = index_page(lessons, playing)
    pages = {"index": first, "glossary": glossary_page(), "data": data_page()}
    for name, text in pages.items():
        (source / f"{name}.md").write_text(text, "utf-8")
    for name, text in player_files(traces).items():
        (source / "static" / "players" / name).write_text(text, "utf-8")
    pictures = notebooks_folder() / "images"
    if pictures.is_dir():
        shutil.copytree(pictures, source / "images")
    return traces
