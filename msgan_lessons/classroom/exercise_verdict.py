"""What a check says of an answer: right or not, and two hints that fold out."""

import html
import re
from collections.abc import Sequence

__all__ = ["Verdict", "folded"]


class Verdict:
    """True or false; a notebook shows the hints beneath an answer that is not right.

    Parameters
    ----------
    is_right : bool
        What it counts as.
    clues : sequence of str
        The hints, from a pointer to the way; none are shown with a right answer.
    """

    def __init__(self, is_right: bool, clues: Sequence[str] = ()) -> None:
        self.is_right, self.clues = is_right, () if is_right else tuple(clues)

    def __bool__(self) -> bool:
        return self.is_right

    def __repr__(self) -> str:
        return repr(self.is_right)

    def _ipython_display_(self) -> None:
        if self.clues:
            from IPython.display import display

            plain = f"[{len(self.clues)} hints fold out in a notebook]"
            display({"text/html": folded(self.clues), "text/plain": plain}, raw=True)


def folded(clues: Sequence[str]) -> str:
    """Write hints so that each unfolds by itself, the second inside the first.

    Parameters
    ----------
    clues : sequence of str
        The first is seen first.

    Returns
    -------
    str
        HTML; empty without hints. `Backticks` become code.

    Examples
    --------
    >>> folded(["Look at (3b)."])
    '<details><summary>Hint</summary><p>Look at (3b).</p></details>'
    """
    inner = ""
    for i, clue in reversed(list(enumerate(clues))):
        title = "Another hint" if i else "Hint"
        text = re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(clue))
        inner = f"<details><summary>{title}</summary><p>{text}</p>{inner}</details>"
    return inner
