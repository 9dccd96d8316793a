"""Sphinx, told in code what a book is; formulas become MathML, so that no page needs a network."""

import io
import re
import shutil
from pathlib import Path

from msgan_lessons import __version__
from msgan_lessons.runs.html import formula_to_mathml

__all__ = ["build_site", "setup"]

ASSETS = Path(__file__).with_name("book_assets")
LICENCES = (
    "<p>Text and code: MIT licence. Images, emoji and speech keep theirs: "
    '<a href="data.html">Data</a>.</p>'
)
THEME = {
    "use_download_button": False,  # the notebooks that Sphinx reads were changed for the book
    "use_fullscreen_button": False,
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "toc_title": "On this page",
    "search_bar_text": "Search the book ...",
    "back_to_top_button": False,
    "footer_content_items": "extra-footer.html",
    "extra_footer": LICENCES,
}
SETTINGS = {
    "project": "Multi-scale GANs",
    "version": __version__,
    "release": __version__,
    "html_title": "Multi-scale GANs",
    "language": "en",
    "smartquotes": False,
    "extensions": ["myst_nb", "msgan_lessons.editions.book_sphinx"],
    "exclude_patterns": ["static"],
    "nb_execution_mode": "off",
    "nb_ipywidgets_js": {},
    "nb_merge_streams": True,
    "myst_enable_extensions": ["dollarmath", "amsmath"],
    "html_math_renderer": "mathml",
    "html_theme": "sphinx_book_theme",
    "html_theme_options": THEME,
    "html_sidebars": {"**": ["brand.html", "search-button-field.html", "sbt-sidebar-nav.html"]},
    "html_static_path": [str(ASSETS / "static")],
    "html_context": {"default_mode": "auto"},
    "html_css_files": ["book.css"],
    "html_js_files": [("book.js", {"defer": "defer"})],
    "templates_path": [str(ASSETS / "templates")],
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_show_copyright": False,
    "html_show_sphinx": False,
    "html_use_index": False,
}
UNSEEN = "visually-hidden"  # the theme's class for what is read aloud alone
UNREAD = (
    ".buildinfo", "objects.inv", "_sources", "_static/**/*.map", "_static/*.html",
    "_static/locales", "_static/images/logo_*",
)  # fmt: skip


def build_site(source: Path, target: Path, work: Path) -> None:
    """Build the pages of a folder with Sphinx; a warning is an error.

    Parameters
    ----------
    source : Path
        Notebooks, MyST Markdown, and static/ with files that are copied.
    target : Path
        An empty folder.
    work : Path
        For what Sphinx keeps between two builds.

    Raises
    ------
    ValueError
        If Sphinx warns of something; the sentence holds its first words.
    """
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    said = io.StringIO()
    static = [*SETTINGS["html_static_path"], str(source / "static")]
    settings = {**SETTINGS, "html_static_path": static}
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
    """Register with Sphinx what a book needs: formulas, and a name for every column.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        Calls this function itself.

    Returns
    -------
    dict
        What Sphinx asks of an extension.
    """
    app.add_html_math_renderer("mathml", (_inline_formula, None), (_formula, None))
    app.connect("doctree-read", _name_columns)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline_formula(translator, node) -> None:
    _add(translator, formula_to_mathml(node.astext(), display=False))


def _formula(translator, node) -> None:
    _add(translator, formula_to_mathml(node.astext(), display=True))


def _name_columns(_app, doctree) -> None:
    """Let a screen reader say something for a column whose head is empty."""
    from docutils import nodes

    for head in doctree.findall(nodes.thead):
        for entry in head.findall(nodes.entry):
            if not entry.astext().strip():
                entry.children.clear()
                entry += nodes.paragraph("", "", nodes.inline("", "item", classes=[UNSEEN]))


def _add(translator, markup: str) -> None:
    from docutils.nodes import SkipNode

    translator.body.append(markup)
    raise SkipNode
