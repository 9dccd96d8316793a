"""An executed notebook, read and tidied: which cell ran last, what failed, what may be dropped."""

import re
from pathlib import Path

import nbformat

__all__ = ["failure_note", "last_started", "tidy"]

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LONGEST = 300  # characters of a cause


def failure_note(cell: int | None, source: str, cause: str) -> dict:
    r"""Put a failure into three plain values.

    Parameters
    ----------
    cell : int or None
        The number in brackets beside the cell.
    source : str
        The cell's code.
    cause : str
        What was raised, in any number of lines.

    Returns
    -------
    dict
        'cell' (0 where there is none), 'line' (the first that is not a comment) and 'cause' (one
        line of at most 300 characters).

    Examples
    --------
    >>> failure_note(4, "# a comment\n1 / 0", "ZeroDivisionError:\n division by zero")
    {'cell': 4, 'line': '1 / 0', 'cause': 'ZeroDivisionError: division by zero'}
    """
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    code = [line for line in lines if not line.startswith(("#", "%"))]
    first = next(iter(code or lines), "")
    words = " ".join(COLOURS.sub("", cause).split())
    return {"cell": cell or 0, "line": first, "cause": words[:LONGEST] or "no reason given"}


def last_started(notebook: nbformat.NotebookNode) -> int | None:
    """Return the index of the cell that papermill started last.

    Parameters
    ----------
    notebook : NotebookNode
        With papermill's notes.

    Returns
    -------
    int or None
        None where no cell was started.
    """
    notes = [cell.metadata.get("papermill", {}) for cell in notebook.cells]
    return max((i for i, note in enumerate(notes) if note.get("start_time")), default=None)


def tidy(notebook: Path) -> None:
    """Drop this machine's paths and the state of widgets that no one can touch.

    Parameters
    ----------
    notebook : Path
        Changed in place.
    """
    content = nbformat.read(notebook, 4)
    for key in ("input_path", "output_path", "environment_variables"):
        content.metadata.get("papermill", {}).pop(key, None)
    content.metadata.pop("widgets", None)
    nbformat.write(content, notebook)
