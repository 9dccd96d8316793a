"""The instructor's pack as one HTML page: formulas as MathML, figures inside, no scripts."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msgan_lessons.runs.gallery import STYLE
from msgan_lessons.runs.html import markdown_to_html

__all__ = ["Part", "pack_page"]

PACK_STYLE = """
header, main { max-width: 60rem; }
h1 { font-size: 1.9rem; } h2 { font-size: 1.5rem; } h3 { font-size: 1.2rem;
  margin: 1.6rem 0 0.3rem; }
h4 { font-size: 1.02rem; margin: 1.1rem 0 0.2rem; }
li { margin: 0.15rem 0; }
table { border-collapse: collapse; margin: 0.6rem 0; font-size: 0.95rem; }
.wide { overflow-x: auto; }
.wide:focus-visible { outline: 3px solid var(--link); }
th, td { border-bottom: 1px solid var(--line); padding: 0.25rem 0.8rem 0.25rem 0; text-align: left;
  vertical-align: top; overflow-wrap: normal; }
td:last-child { font-variant-numeric: tabular-nums; }
pre { background: var(--paper); border: 1px solid var(--line); border-radius: 6px; margin: 0.5rem 0;
  padding: 0.5rem 0.8rem; overflow-x: auto; overflow-wrap: normal; }
.highlight .k, .highlight .kn, .highlight .ow { font-weight: 600; }
.formula { overflow: auto hidden; }
@media print { body { background: none; } article { break-before: page; break-inside: auto;
  border: 0; } }
"""
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "img-src data:; media-src data:; style-src 'unsafe-inline'; base-uri 'none'\">"
)
MARK = re.compile(r"<p>FIGURES ([^<]*)</p>")
FENCE = re.compile(r"(^```.*?^```$)", re.M | re.S)


@dataclass(frozen=True)
class Part:
    """A page of the pack.

    Parameters
    ----------
    name : str
        Its anchor.
    text : str
        Markdown; a paragraph 'FIGURES heading' stands for the figures of that heading.
    figures : mapping
        Heading to figures, HTML.
    """

    name: str
    text: str
    figures: Mapping[str, Sequence[str]] = field(default_factory=dict)


def pack_page(title: str, index: str, parts: Sequence[Part]) -> str:
    """Write all parts on one page.

    Parameters
    ----------
    title : str
        Of the page.
    index : str
        Markdown; it comes first and links to the anchors of the parts.
    parts : sequence of Part
        In order.

    Returns
    -------
    str
        HTML.
    """
    body = "".join(
        f'<article id="{part.name}">{_figures(_html(_lower(part.text)), part.figures)}</article>'
        for part in parts
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">{POLICY}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title><style>{STYLE}{PACK_STYLE}</style></head>
<body><main>{_html(index)}{body}</main></body></html>
"""


def _html(text: str) -> str:
    page = markdown_to_html(text)
    opening = '<div class="wide" tabindex="0" role="group" aria-label="table"><table>'
    page = page.replace("<table>", opening).replace("</table>", "</table></div>")
    return page.replace("<pre>", '<pre tabindex="0">')  # what scrolls is reached by keyboard


def _lower(text: str) -> str:
    """Set each heading one level lower: on the page they stand below one title."""
    parts = FENCE.split(text)
    return "".join(
        p if p.startswith("```") else re.sub(r"^(#+ )", r"#\1", p, flags=re.M) for p in parts
    )


def _figures(page: str, figures: Mapping[str, Sequence[str]]) -> str:
    def found(match: re.Match) -> str:
        inside = "".join(figures.get(html.unescape(match.group(1)), ()))
        return f'<div class="figures">{inside}</div>'

    return MARK.sub(found, page)
