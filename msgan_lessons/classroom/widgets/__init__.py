"""Things to touch: sliders that redraw a picture, guesses, a quiz, a game.

The only modules that import ipywidgets and anywidget. No `interact`, no Output widget: under
papermill they can wait for ever. Without a front end each thing shows its static picture or text.
"""

from msgan_lessons.classroom.widgets.live_view import Live, Replay, live, replay
from msgan_lessons.classroom.widgets.panel import Panel, is_headless
from msgan_lessons.classroom.widgets.questions import (
    Guess,
    Quiz,
    SelfTest,
    guess,
    locked_guess,
    quiz,
    reveal,
    self_test,
)
from msgan_lessons.classroom.widgets.real_or_fake import RealOrFake, real_or_fake
from msgan_lessons.classroom.widgets.touch_view import (
    Explorer,
    Screen,
    Touch,
    Upload,
    explore,
    touch,
    upload,
)

__all__ = [
    "Explorer",
    "Guess",
    "Live",
    "Panel",
    "Quiz",
    "RealOrFake",
    "Replay",
    "Screen",
    "SelfTest",
    "Touch",
    "Upload",
    "explore",
    "guess",
    "is_headless",
    "live",
    "locked_guess",
    "quiz",
    "real_or_fake",
    "replay",
    "reveal",
    "self_test",
    "touch",
    "upload",
]
