"""Recorded trainings that play in a page: the panel of the notebooks, fed by the page itself.

The panel's own code (classroom/widgets/panel.js) draws; in the place of a kernel, book.js hands
it the frames, from a file beside the page.
"""

import ast
import base64
import html
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from msgan_lessons.classroom.panel import Curves, Slider, View, panel_spec
from msgan_lessons.classroom.widgets import panel as widget
from msgan_lessons.lessons.l01_the_game.game import plane_status, plane_views
from msgan_lessons.lessons.l08_multiscale_gan.lab import lab_replay
from msgan_lessons.runs.recordings import TRACES, recorded_trace
from msgan_lessons.runs.trace import Trace

__all__ = ["Call", "played_call", "player_files", "player_html"]

PANEL_EXPORT = "export default { render };"
SPEED = Slider("__speed", "speed, moments/s", "Steps and speed", 1, 30, 1, 8)


@dataclass(frozen=True)
class Call:
    """What a cell that replays a recorded training asks for.

    Parameters
    ----------
    trace : str
        Key in `recorded_training.TRACES`.
    caption : str
        What to look for.
    """

    trace: str
    caption: str


def played_call(source: str) -> Call | None:
    """Read a cell's call of `widgets.replay`; nothing of it is executed.

    Parameters
    ----------
    source : str
        Python.

    Returns
    -------
    Call or None
        None where no recorded training is replayed, or not one that ships with the course.

    Examples
    --------
    >>> played_call('widgets.replay(recorded_trace("long_training"), caption="When?")')
    Call(trace='long_training', caption='When?')
    >>> played_call("widgets.replay(trace, name='mine')") is None
    True
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic of IPython
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    replays = [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "replay"]
    opened = [
        c.args[0].value
        for c in calls
        if getattr(c.func, "id", "") == "recorded_trace" and isinstance(c.args[0], ast.Constant)
    ]
    if len(replays) != 1 or len(opened) != 1 or opened[0] not in TRACES:
        return None
    words = {k.arg: k.value.value for k in replays[0].keywords if isinstance(k.value, ast.Constant)}
    return Call(opened[0], words.get("caption", ""))


def player_html(call: Call, picture: str) -> str:
    """Put a player around the static picture, which stays where no script runs.

    Parameters
    ----------
    call : Call
        What is played.
    picture : str
        HTML of the static twin.

    Returns
    -------
    str
        HTML.
    """
    caption = html.escape(call.caption, quote=True)
    return (
        f'<div class="msgan-player" data-trace="{call.trace}" data-caption="{caption}">'
        f"{picture}</div>"
    )


def player_files(names: Iterable[str]) -> dict[str, str]:
    """Write the scripts that pages with players load: the panel, and a file for each training.

    A page that was opened by a double click may load scripts, but may not fetch data; so the
    recordings are scripts too.

    Parameters
    ----------
    names : iterable of str
        Keys in `recorded_training.TRACES`.

    Returns
    -------
    dict
        File name to JavaScript.

    Raises
    ------
    ValueError
        If the panel's code has another form than this module knows, or a trace another subject.
    """
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
    views, status = _parts(trace)
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


def _parts(trace: Trace) -> tuple[Sequence[View], Callable[[Mapping], str]]:
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
