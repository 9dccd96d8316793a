"""A lesson's prose, cut into pages that fit on a slide."""

import math
import re
from dataclasses import dataclass

__all__ = ["ROOM", "pages", "prose_lines"]

ROOM = 16.0  # lines of prose on a slide, below its heading
WIDTH = 92  # letters in a line
MARKUP = (
    (r"!?\[([^\]]*)\]\([^)]*\)", r"\1"),  # links
    (r"\\(?:mathbb|mathcal|mathrm|text|operatorname|left|right)\b", ""),
    (r"\\[a-zA-Z]+", "x"),
    (r"[*`${}\\]", ""),
)
FENCE, MATH = "```", "$$"
ITEM = re.compile(r"(?:[-*]|\d+\.) ")


@dataclass(frozen=True)
class _Piece:
    """What is never cut: a sentence, an item, a row, a formula; arguments as they are named."""

    text: str
    lines: float
    opens: bool  # whether a blank line stands before it
    head: str = ""  # stands above it again at the top of a page


def pages(markdown: str, room: float = ROOM) -> list[str]:
    r"""Cut prose into pages: between blocks where it can, else between sentences, items or rows.

    Parameters
    ----------
    markdown : str
        One sentence a line.
    room : float
        Lines of text on a page.

    Returns
    -------
    list of str
        At least one; nothing is left out.

    Examples
    --------
    >>> pages("One.\n\nTwo.", room=1)
    ['One.', 'Two.']
    """
    filled, page, left = [], "", room
    pieces = _pieces(markdown)
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
        leads = following and (piece.text.startswith("#") or piece.text.rstrip().endswith(":"))
        if page and piece.lines + (following.lines if leads else 0) > left:
            filled.append(page)
            page, left = "", room
        gap = "\n\n" if piece.opens else "\n"
        page = page + gap + piece.text if page else piece.head + piece.text
        left -= piece.lines
    return [*filled, page]


def prose_lines(markdown: str) -> float:
    """Estimate how tall prose is.

    Parameters
    ----------
    markdown : str
        One sentence a line.

    Returns
    -------
    float
        In lines of text.
    """
    return sum(piece.lines for piece in _pieces(markdown))


def _share(text: str, width: int = WIDTH) -> float:
    """Return how many lines a sentence takes among others; it need not begin a line."""
    for pattern, shown in MARKUP:
        text = re.sub(pattern, shown, text)
    return len(text) / width


def _height(text: str, width: int = WIDTH) -> int:
    """Return how many lines a text takes that begins on a line of its own."""
    return max(1, math.ceil(_share(text, width)))


def _pieces(markdown: str) -> list[_Piece]:
    found = []
    for block in _blocks(markdown):
        lines = block.splitlines()
        if block.startswith((FENCE, MATH)) or not block.strip():
            found.append(_Piece(block, _tall(block), True))
        elif block.startswith("|") and len(lines) > 2:
            head = "\n".join(lines[:2]) + "\n"
            rows = [_Piece(row, _row(row), False, head) for row in lines[2:]]
            first = _Piece(head + rows[0].text, rows[0].lines + _row(lines[0]), True)
            found += [first, *rows[1:]]
        else:
            parts, tall = (_items(lines), _height) if ITEM.match(block) else (lines, _share)
            found += [_Piece(part, tall(part) + (i == 0), i == 0) for i, part in enumerate(parts)]
    return found


def _blocks(markdown: str) -> list[str]:
    """Cut at blank lines, but not inside formulas and code."""
    blocks, block, inside = [], [], ""
    for line in markdown.strip().splitlines():
        for mark in (MATH, FENCE):
            if inside in ("", mark) and line.count(mark) % 2:
                inside = "" if inside else mark
        if line.strip() or inside:
            block.append(line)
        elif block:
            blocks.append("\n".join(block))
            block = []
    return [*blocks, "\n".join(block)]


def _items(lines: list[str]) -> list[str]:
    """Join what belongs to one item of a list."""
    items = []
    for line in lines:
        if ITEM.match(line) or not items:
            items.append(line)
        else:
            items[-1] += "\n" + line
    return items


def _tall(block: str) -> float:
    if block.startswith(FENCE):
        return 0.8 * len(block.splitlines())
    rows = block.count(r"\\") + 1
    return rows * (2.2 if re.search(r"\\frac|\\sum|\\min|\\max|\\prod", block) else 1.4) + 1.2


def _row(row: str) -> float:
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
    share = 1.5 * WIDTH / len(cells)
    return 1.2 * max(_height(row), *(_height(cell, round(share)) for cell in cells))
