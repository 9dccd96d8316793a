"""An executed notebook as one HTML file that needs no network; formulas are MathML."""

import copy
import re
from pathlib import Path

import nbformat
from jinja2 import pass_context
from latex2mathml.converter import convert
from markupsafe import escape
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from msgan_lessons.base.pages import asset

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def export_html(notebook: Path, target: Path) -> Path:
    """Write a notebook as HTML; where a widget has a static twin, that is what is shown."""
    content = _without_widgets(nbformat.read(notebook, 4))
    exporter = _OfflineExporter(raw_template=asset("lesson.html.j2"))
    resources = {"metadata": {"name": notebook.stem, "path": str(notebook.parent)}}
    body, _ = exporter.from_notebook_node(content, resources=resources)
    target.write_text(body, "utf-8")
    return target


def formula_to_mathml(latex: str, *, display: bool) -> str:
    r"""Turn a formula, without its dollars, into MathML; \tag{...} is the number at the right."""
    tag = re.search(r"\\tag\{([^{}]*)\}", latex)
    source = latex.replace(tag.group(0), "") if tag else latex
    source = re.sub(r"\\(begin|end)\{aligned\}", r"\\\1{align*}", source.strip())
    try:
        math = convert(source, display="block" if display else "inline")
    except Exception:  # the converter raises many kinds; a page without one formula beats none
        return f"<code>{escape(latex)}</code>"
    math = _mend(math, display).replace("<math ", f'<math alttext="{escape(source)}" ', 1)
    if not display:
        return math
    number = f"<span>({escape(tag.group(1))})</span>" if tag else ""
    return f'<div class="formula">{math}{number}</div>'


def markdown_to_html(text: str) -> str:
    """Turn Markdown into HTML with its formulas as MathML; HTML in it is shown, not obeyed."""
    renderer = _Renderer(escape=True, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(text)


def _mend(math: str, display: bool) -> str:
    """Mend what the converter writes otherwise than TeX would set it."""
    math = math.replace("<mi>&#x0007E;</mi>", "<mo>&#x0223C;</mo>")  # its tilde is ASCII's
    space = '<mspace width="0.17em" />'
    if display:  # the limits of min and max stand below
        limits = r"<msub>(<mo>(?:min|max)</mo>)(<mi>[^<]*</mi>)</msub>"
        math = re.sub(limits, rf"<munder>\1\2</munder>{space}", math)
    name = r"<m([io])>(?:log|exp|tanh|sin|cos)</m\1>"
    alone = "(?<!<msub>)(?<!<msup>)(?<!<msubsup>)"  # a space there would be a second base
    math = re.sub(rf"{alone}{name}(?=<m(?!o\b))", rf"\g<0>{space}", math)
    return re.sub(rf"(?<=</mi>)(?={name})", space, math)


class _Renderer(IPythonRenderer):
    """Markdown with its formulas as MathML."""

    def block_math(self, body: str) -> str:
        return formula_to_mathml(body, display=True)

    def inline_math(self, body: str) -> str:
        return formula_to_mathml(body, display=False)

    def latex_environment(self, name: str, body: str) -> str:
        return formula_to_mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)


class OfflineMarkdown:
    """Formulas as MathML, for an exporter of nbconvert."""

    @pass_context
    def markdown2html(self, context, source: str) -> str:
        """Turn Markdown into HTML; nbconvert calls this."""
        cell = context.get("cell", {})
        renderer = _Renderer(escape=False, attachments=cell.get("attachments", {}))
        return MarkdownWithMath(renderer=renderer).render(source)


class _OfflineExporter(OfflineMarkdown, HTMLExporter):
    """The lab template without its scripts."""


def _without_widgets(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    plain = copy.deepcopy(notebook)
    plain.metadata.pop("widgets", None)
    for cell in plain.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
    return plain
