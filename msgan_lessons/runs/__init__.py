"""Everything that a run needs: settings, randomness, records, checkpoints, the runner."""

from msgan_lessons.base.record import check, current_run
from msgan_lessons.base.streams import Streams, choose_device
from msgan_lessons.runs.parameters import start_lesson

__all__ = ["Streams", "check", "choose_device", "current_run", "start_lesson"]
