"""What every widget needs: is someone there, and how to show a panel with a static twin."""

import os

import ipywidgets

__all__ = ["bundle", "has_front_end", "is_headless"]

SERVERS = ("JPY_SESSION_NAME", "VSCODE_PID", "COLAB_RELEASE_TAG")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def is_headless() -> bool:
    """Tell whether this kernel has no one at its controls (runner, tests: MSGAN_HEADLESS=1).

    Returns
    -------
    bool
    """
    return os.environ.get("MSGAN_HEADLESS") == "1"


def has_front_end() -> bool:
    """Tell whether a page may show this kernel's live panels.

    Returns
    -------
    bool
        What MSGAN_HEADLESS says (1: no, 0: yes); without it, whether a Jupyter server, VS Code or
        Colab started this kernel for a document. Plain papermill and nbval did not.
    """
    said = os.environ.get("MSGAN_HEADLESS")
    if said in ("0", "1"):
        return said == "0"
    return any(name in os.environ for name in SERVERS)


def bundle(panel: ipywidgets.Widget, static: dict[str, str]) -> dict[str, object]:
    """Return what a notebook cell shows: the panel, and its static twin for everyone else.

    Parameters
    ----------
    panel : Widget
        Shown where a front end is there.
    static : dict
        MIME type to text, shown where there is none.

    Returns
    -------
    dict
        A MIME bundle.
    """
    if is_headless():
        return dict(static)
    view = {"version_major": 2, "version_minor": 0, "model_id": panel.model_id}
    return {**static, WIDGET_VIEW: view}
