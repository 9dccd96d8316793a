"""What every widget needs: is someone there, and how to show a panel with a static twin."""

import os

import ipywidgets

__all__ = ["bundle", "is_headless"]

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def is_headless() -> bool:
    """Tell whether this kernel has no one at its controls (runner, tests: MSGAN_HEADLESS=1).

    Returns
    -------
    bool
    """
    return os.environ.get("MSGAN_HEADLESS") == "1"


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
