"""Hundreds of generated wrong calls: each is refused in one sentence, and nothing runs."""

import contextlib
import io
import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from wrong_calls import LESSONS, wrong_runs, wrong_trainings

from msgan_lessons.__main__ import main
from msgan_lessons.runs import lessons, runner, train

MISTAKES = set()
CALLS = set()
CAREFUL = {
    "derandomize": True, "deadline": None, "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much],
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    def runs(*arguments, **options):
        raise AssertionError("something was started in spite of a wrong parameter")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "run_lesson", runs)
        patch.setattr(train, "train_run", runs)
        patch.setattr(lessons, "find_lessons", lambda: LESSONS)  # read once
        for name in ("MSGAN_PRESET", "WORLD_SIZE", "LOCAL_RANK"):
            patch.delenv(name, raising=False)
        folder = tmp_path_factory.mktemp("wrong")
        patch.chdir(folder)
        yield folder


def refused(place, wrong):
    """Make a call that must be refused; check its sentence, and that it left nothing."""
    mistake, call, named = wrong
    assume(tuple(call) not in CALLS)
    errors, output = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(output):
        assert main([*call, "--out", "out"]) == 2
    sentence = errors.getvalue()
    assert output.getvalue() == ""
    assert re.fullmatch(r"msgan: .{,990}[.?]\n", sentence)
    assert sentence[:-1].isprintable()
    assert "Traceback" not in sentence
    assert re.search(named if isinstance(named, re.Pattern) else re.escape(named), sentence)
    assert list(place.iterdir()) == []
    MISTAKES.add(mistake)
    CALLS.add(tuple(call))


@settings(max_examples=400, **CAREFUL)
@given(wrong_runs())
def test_a_wrong_parameter_of_a_run_is_named_in_one_sentence_and_nothing_runs(place, wrong):
    refused(place, wrong)


@settings(max_examples=100, **CAREFUL)
@given(wrong_trainings())
def test_a_wrong_option_of_a_training_is_named_in_one_sentence_and_nothing_trains(place, wrong):
    refused(place, wrong)


def test_five_hundred_different_wrong_calls_were_made_of_every_kind():
    if not CALLS:
        pytest.skip("the tests above were not chosen")
    assert len(CALLS) == 500
    assert len(MISTAKES) == 8 + 11
