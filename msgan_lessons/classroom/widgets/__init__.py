"""Things to touch: sliders that redraw a picture, guesses, a quiz, a game.

The only modules that import ipywidgets and anywidget. No `interact`, no Output widget: under
papermill they can wait for ever. Without a front end each thing shows its static picture or text.
"""

from msgan_lessons.classroom.widgets.live_view import live, replay
from msgan_lessons.classroom.widgets.questions import guess, quiz, real_or_fake, reveal, self_test
from msgan_lessons.classroom.widgets.touch_view import Screen, explore, touch, upload

__all__ = [
    "Screen",
    "explore",
    "guess",
    "live",
    "quiz",
    "real_or_fake",
    "replay",
    "reveal",
    "self_test",
    "touch",
    "upload",
]
