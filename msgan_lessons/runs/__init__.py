"""A run from its parameters to its folder, its page and its scores; many runs: sweep and report."""

from msgan_lessons.base.record import check, current_run
from msgan_lessons.base.streams import Streams, choose_device
from msgan_lessons.runs.parameters import start_lesson

__all__ = ["Streams", "check", "choose_device", "current_run", "start_lesson"]
