"""HTML pages from the templates of the package; whatever a value holds, it is shown, not obeyed."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgan_lessons.base.places import PACKAGE

if TYPE_CHECKING:
    from jinja2 import Environment

MARK = '<meta name="generator" content="msgan_lessons">'  # by it a page of ours is known


def render(name: str, **values: object) -> str:
    """Fill the template of that name in msgan_lessons/templates; a value that lacks is refused."""
    return _environment().get_template(name).render(mark=MARK, **values)


def asset(name: str) -> str:
    """Return a template or style sheet as it is written, for what does not go through `render`."""
    return (PACKAGE / "templates" / name).read_text("utf-8")


def is_ours(path: Path) -> bool:
    """Tell whether a file is a page with `mark` in its head: such a page may be replaced."""
    try:
        return MARK in path.read_text("utf-8")[:1000]
    except (OSError, ValueError):
        return False


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(PACKAGE / "templates"), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
