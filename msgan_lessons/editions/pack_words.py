"""Small words of the instructor's pack: plain texts and tables as Markdown, values as typed."""

import re
from collections.abc import Sequence

__all__ = ["begun", "plain", "table", "typed"]

SIGNS = re.compile(r"([*<$|])")
CODE = re.compile(r"(`[^`]*`)")


def plain(text: str) -> str:
    r"""Write a plain text so that Markdown shows it as it is; what stands in backticks is code.

    Parameters
    ----------
    text : str
        Of the teaching notes or the exercise bank.

    Returns
    -------
    str

    Examples
    --------
    >>> plain("D* and `p * q`")
    'D\\* and `p * q`'
    """
    parts = CODE.split(" ".join(text.split()))
    return "".join(p if p.startswith("`") else SIGNS.sub(r"\\\1", p) for p in parts)


def begun(text: str) -> str:
    """Begin a sentence with a capital letter, unless it begins with a symbol: x, p_data.

    Parameters
    ----------
    text : str
        A sentence.

    Returns
    -------
    str

    Examples
    --------
    >>> begun("a mean."), begun("x goes first.")
    ('A mean.', 'x goes first.')
    """
    first = text.split(" ", 1)[0].rstrip(",.:;")
    is_word = first.isalpha() and (len(first) > 1 or first == "a")
    return text[:1].upper() + text[1:] if is_word else text


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table.

    Parameters
    ----------
    heading : sequence of str
        One a column.
    rows : sequence of sequence of str
        Each as long as the heading; Markdown.

    Returns
    -------
    str
    """
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def typed(value: object) -> str:
    """Write a value as a student types it.

    Parameters
    ----------
    value : object
        An answer.

    Returns
    -------
    str

    Examples
    --------
    >>> typed(-1.3862943), typed("mean")
    ('-1.38629', '"mean"')
    """
    return f"{value:.6g}" if isinstance(value, float) else repr(value).replace("'", '"')
