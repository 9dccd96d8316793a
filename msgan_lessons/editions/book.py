"""The course as a book: a static site that needs no kernel and no network."""

import ast
import base64
import html
import importlib.metadata
import importlib.util
import io
import json
import re
import shutil
import tempfile
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import nbformat
import numpy as np

from msgan_lessons import __version__
from msgan_lessons.base.pages import render
from msgan_lessons.base.places import PACKAGE, data_folder, notebooks_folder
from msgan_lessons.classroom.panel import Curves, Slider, View, panel_spec
from msgan_lessons.classroom.teaching import parts
from msgan_lessons.classroom.widgets import panel as widget
from msgan_lessons.editions.source import check_target, fresh_folder
from msgan_lessons.lessons.l01_the_game.game import plane_status, plane_views
from msgan_lessons.lessons.l08_multiscale_gan.lab import lab_replay
from msgan_lessons.runs.doctor import install_command
from msgan_lessons.runs.html import WIDGET_VIEW, formula_to_mathml
from msgan_lessons.runs.lessons import Lesson, find_lessons
from msgan_lessons.runs.recordings import TRACES, recorded_trace
from msgan_lessons.runs.trace import Trace

PANEL_EXPORT = "export default { render };"
SPEED = Slider("__speed", "speed, moments/s", "Steps and speed", 1, 30, 1, 8)


@dataclass(frozen=True)
class Call:
    """What a cell that replays a recorded training asks for."""

    trace: str  # key in `TRACES`
    caption: str  # what to look for


def played_call(source: str) -> Call | None:
    """Read a cell's call of `widgets.replay` on one of `TRACES`; nothing of it is executed."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic of IPython
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    replays = [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "replay"]
    opened = [
        c.args[0].value
        for c in calls
        if "recorded_trace" in (getattr(c.func, "id", ""), getattr(c.func, "attr", ""))
        and isinstance(c.args[0], ast.Constant)
    ]
    if len(replays) != 1 or len(opened) != 1 or opened[0] not in TRACES:
        return None
    words = {k.arg: k.value.value for k in replays[0].keywords if isinstance(k.value, ast.Constant)}
    return Call(opened[0], words.get("caption", ""))


def player_html(call: Call, picture: str) -> str:
    """Put a player around the static picture, which stays where no script runs."""
    caption = html.escape(call.caption, quote=True)
    return (
        f'<div class="msgan-player" data-trace="{call.trace}" data-caption="{caption}">'
        f"{picture}</div>"
    )


def player_files(names: Iterable[str]) -> dict[str, str]:
    """Write the scripts of pages with players, recordings too: a page on disk may fetch no data."""
    panel = Path(widget.__file__).with_name("panel.js").read_text("utf-8")
    if panel.count(PANEL_EXPORT) != 1:
        raise ValueError(f"panel.js must hold {PANEL_EXPORT!r} once.")
    plain = panel.replace(PANEL_EXPORT, "window.msganPanel = { render };")
    files = {"panel.js": f'(() => {{\n"use strict";\n{plain}}})();\n'}
    for name in sorted(names):
        content = json.dumps(_content(name, recorded_trace(name)), separators=(",", ":"))
        files[f"{name}.js"] = f'(window.msganTraces ??= {{}})["{name}"] = {content};\n'
    return files


def _content(name: str, trace: Trace) -> dict:
    """All that a player needs of a trace: the panel's parts, and what it shows at each moment."""
    views, status = _player_parts(trace)
    shown = {view.name for view in views}
    moments = range(len(trace))
    frames = [trace.frame(index) for index in moments]
    slider = Slider("moment", "moment", "", 0, max(1, len(trace) - 1), 1, 0)
    return {
        "panel": panel_spec(name, views, [slider, SPEED]),
        "steps": [trace.row(index)["step"] for index in moments],
        "status": [status(trace.row(index)) for index in moments],
        "arrays": {
            key: _packed(np.stack([frame[key] for frame in frames]))
            for key in frames[0]
            if key.partition(".")[0] in shown
        },
        "curves": dict(_curves(views, trace.rows)),
    }


def _player_parts(trace: Trace) -> tuple[Sequence[View], Callable[[Mapping], str]]:
    """Views and status line of what was recorded, as the lessons show it."""
    subject = trace.about.get("subject")
    if subject == "scale_lab":
        replay = lab_replay(trace)
        return replay["views"], replay["status"]
    if subject == "the_game":
        return plane_views(live=False), plane_status
    raise ValueError(f"a trace's subject must be 'scale_lab' or 'the_game', got {subject!r}.")


def _packed(array: np.ndarray) -> dict:
    """One array over all moments: zlib's bytes in base64, float32 where it was a float."""
    array = array.astype(np.float32) if array.dtype.kind == "f" else array
    packed = base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 9)).decode()
    return {"type": array.dtype.name, "shape": list(array.shape[1:]), "data": packed}


def _curves(views: Sequence[View], rows: Sequence[Mapping]) -> Iterable[tuple[str, list]]:
    """All points of each line as one flat list: step, value, step, value, ..."""
    for view in views:
        for series in view.series if isinstance(view, Curves) else ():
            known = [(r["step"], r[series.key]) for r in rows if r.get(series.key) is not None]
            flat = [number for step, value in known for number in (step, float(f"{value:.5g}"))]
            yield f"{view.name}.{series.key}", flat


TITLE = "Multi-scale GANs"
GLOSSARY = "## Symbols\n"
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)")
IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")


def index_page(lessons: Sequence[Lesson], playing: Sequence[Lesson] = ()) -> str:
    """Write the first page: what the course is, its lessons, and the order of all pages."""
    title, about = _about()
    about = inner_links(about.replace("(notebooks/", "("), {x.name for x in lessons})
    about = IMAGE.sub(lambda m: m[0] * (notebooks_folder() / m[1]).is_file(), about)
    trees = {**_parts(lessons), "Beside the lessons": ["glossary", "data"]}
    return render(
        "book_index.md.j2", title=title, about=about, lessons=lessons, playing=playing, trees=trees
    )


def glossary_page() -> str:
    """Write the glossary: the symbols of the first lesson."""
    first = find_lessons()[0]
    cells = json.loads(first.path.read_text("utf-8"))["cells"]
    for cell in cells:
        text = "".join(cell["source"])
        if text.startswith(GLOSSARY):
            return text.replace(GLOSSARY, "# Glossary\n", 1)
    raise ValueError(f"{first.path} must have the heading 'Symbols'; the glossary is there.")


def data_page() -> str:
    """Write where images, speech and trained networks are from, and their licences."""
    text = (data_folder() / "README.md").read_text("utf-8")
    text = inner_links(text.replace("\n| | |\n", "\n| fact | value |\n"), ())
    return re.sub(r"(?<![(<])(https://[^\s|;,)]+?)(?=[.;,]?[\s|])", r"<\1>", text)


def inner_links(text: str, names: Collection[str]) -> str:
    """Keep links to pages of the book; of all other links inside the course keep the words."""

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
    part_of = parts((lesson.name for lesson in find_lessons()), "Lessons")
    found: dict[str, list[str]] = {}
    for lesson in lessons:
        found.setdefault(part_of[lesson.name], []).append(lesson.name)
    return found


PARAMETERS = """*Parameters of this lesson.
With the course installed, `msgan run {} -p NAME=VALUE` sets them.*"""


def lesson_page(lesson: Lesson, names: Collection[str]) -> tuple[str, set[str]]:
    """Prepare a lesson's notebook (as JSON) for the book, and name the trainings that it plays."""
    notebook, played = nbformat.read(lesson.path, 4), set()
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = inner_links(cell.source, names)
        elif cell.cell_type == "code":
            for output in cell.outputs:
                output.get("data", {}).pop(WIDGET_VIEW, None)
            played |= _played(cell)
        if "parameters" in cell.metadata.get("tags", []):
            note = PARAMETERS.format(lesson.name[:2])
            cells.append(nbformat.v4.new_markdown_cell(note, id=f"{cell.id}-note"))
        cells.append(cell)
    notebook.cells = cells
    return nbformat.writes(notebook), played


def _played(cell: nbformat.NotebookNode) -> set[str]:
    """Put a player around the picture that a replaying cell has left."""
    call = played_call(cell.source)
    pictures = [o.data for o in cell.outputs if "<figure" in o.get("data", {}).get("text/html", "")]
    if call is None or len(pictures) != 1:
        return set()
    pictures[0]["text/html"] = player_html(call, pictures[0]["text/html"])
    return {call.trace}


ASSETS = Path(__file__).with_name("book_assets")
SETTINGS = json.loads((ASSETS / "sphinx.json").read_text("utf-8"))
UNSEEN = "visually-hidden"  # the theme's class for what is read aloud alone
UNREAD = (
    ".buildinfo", "objects.inv", "_sources", "_static/**/*.map", "_static/*.html",
    "_static/locales", "_static/images/logo_*",
)  # fmt: skip


def build_site(source: Path, target: Path, work: Path) -> None:
    """Build the pages of a folder with Sphinx; a warning is an error."""
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    said = io.StringIO()
    folders = {
        "html_static_path": [str(ASSETS / "static"), str(source / "static")],
        "templates_path": [str(ASSETS / "templates")],
    }
    settings = {**SETTINGS, **folders, "version": __version__, "release": __version__}
    try:
        with patch_docutils(), docutils_namespace():
            app = Sphinx(source, None, target, work, "html", settings, status=None, warning=said)
            app.build(force_all=True)
    except SphinxError as error:
        raise ValueError(f"the book could not be built: {error}.") from error
    warnings = re.sub(r"\x1b\[[\d;]*m", "", said.getvalue()).strip()
    if warnings:
        first = warnings.splitlines()[0].replace(str(source), "").strip("/")
        raise ValueError(f"the book could not be built; Sphinx warns: {first}.")
    _tidy(target)


def _tidy(target: Path) -> None:
    """Take away what no reader's browser asks for, half of the bytes; colours without scripts."""
    (target / ".nojekyll").touch()  # some hosts leave out folders whose names begin with _
    for pattern in UNREAD:
        for path in target.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for page in target.glob("*.html"):
        text = page.read_text("utf-8")
        page.write_text(text.replace('data-theme="auto"', 'data-theme="light"', 1), "utf-8")


def setup(app) -> dict[str, object]:
    """Register with Sphinx what a book needs: formulas, and a name for every column."""
    inline, display = (partial(_formula, display=shown) for shown in (False, True))
    app.add_html_math_renderer("mathml", (inline, None), (display, None))
    app.connect("doctree-read", _name_columns)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _formula(translator, node, display: bool) -> None:
    from docutils.nodes import SkipNode

    translator.body.append(formula_to_mathml(node.astext(), display=display))
    raise SkipNode


def _name_columns(_app, doctree) -> None:
    """Let a screen reader say something for a column whose head is empty."""
    from docutils import nodes

    for head in doctree.findall(nodes.thead):
        for entry in head.findall(nodes.entry):
            if not entry.astext().strip():
                entry.children.clear()
                entry += nodes.paragraph("", "", nodes.inline("", "item", classes=[UNSEEN]))


PACKAGES = ("sphinx", "myst_nb", "sphinx_book_theme")  # the optional extra `book`


@dataclass(frozen=True)
class BookSize:
    """What a book holds."""

    pages: int  # HTML files
    players: int  # recorded trainings that play in a page
    size: int  # bytes of all files


def write_book(target: Path, lessons: Sequence[Lesson]) -> BookSize:
    """Write lessons as a static site; nothing is executed, the stored outputs are shown."""
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
    """Write what Sphinx reads, and name the recorded trainings that its pages play."""
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
