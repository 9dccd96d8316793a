"""Things to touch: sliders that redraw a picture, guesses, a quiz, a game.

The only modules that import ipywidgets and anywidget. No `interact`, no Output widget: under
papermill they can wait for ever. Without a front end each thing shows its static picture or text.
"""

from msgan_lessons.classroom.widgets.base import is_headless
from msgan_lessons.classroom.widgets.explorer import Explorer, explore
from msgan_lessons.classroom.widgets.guess import Guess, guess, locked_guess, reveal
from msgan_lessons.classroom.widgets.live_view import Live, live
from msgan_lessons.classroom.widgets.panel import Panel
from msgan_lessons.classroom.widgets.quiz import Quiz, quiz
from msgan_lessons.classroom.widgets.real_or_fake import RealOrFake, real_or_fake
from msgan_lessons.classroom.widgets.replay_view import Replay, replay
from msgan_lessons.classroom.widgets.screen import Screen
from msgan_lessons.classroom.widgets.self_test import SelfTest, self_test
from msgan_lessons.classroom.widgets.touch_view import Touch, touch
from msgan_lessons.classroom.widgets.upload_view import Upload, upload

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
