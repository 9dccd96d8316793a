import pytest

from msgan_lessons.classroom.panel import Action, Slider, Tick
from msgan_lessons.classroom.touching import Touchable


@pytest.fixture
def thing():
    done = []
    thing = Touchable([Slider("psi", "psi", value=1.0), Tick("on", "on"), Action("clear", "Clear")],
                      {"clear": done.append, "view": done.append})  # fmt: skip
    thing.done = done
    return thing


def test_values_are_those_of_the_controls_and_actions_have_none(thing):
    assert thing.values == {"psi": 1.0, "on": False}


def test_a_value_is_kept_and_a_deed_is_done(thing):
    assert thing.set("psi", 0.5) is False
    assert thing.set("view", (0.1, 0.2)) is False
    assert thing.values["psi"] == 0.5
    assert thing.done == [(0.1, 0.2)]


def test_an_unknown_name_is_refused(thing):
    with pytest.raises(ValueError, match="name must be one of psi, on, clear, view, got 'phi'"):
        thing.set("phi", 1)
