"""One process that trains alone stands where several could."""

import inspect
import re

from msgan_lessons import training
from msgan_lessons.parallel.processes import Processes
from msgan_lessons.training import OneProcess, TrainConfig

ANSWERS = {name for name in dir(OneProcess()) if not name.startswith("_")}


def test_it_answers_all_that_a_game_asks_of_several_processes():
    source = inspect.getsource(training) + inspect.getsource(training)
    asked = set(re.findall(r"self\.processes\.(\w+)", source))
    assert {"share", "count", "loss"} <= asked <= ANSWERS


def test_it_has_nothing_that_several_processes_lack():
    assert set(dir(Processes)) >= ANSWERS


def test_it_leaves_everything_as_it_is():
    alone, batch, row, config = OneProcess(), [1, 2], {"d_loss": 0.5, "none": None}, TrainConfig()
    for answer, given in ((alone.share, batch), (alone.mean, row), (alone.loss, config.loss)):
        assert answer(given) is given
    assert [alone.agree(flag) for flag in (True, False)] == [True, False]
