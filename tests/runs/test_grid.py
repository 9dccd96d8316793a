"""A grid in, checked points out; anything else is one sentence."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgan_lessons.runs.grid import MOST_POINTS, grid_points, parse_grid, point_name
from msgan_lessons.runs.lessons import choose_lessons, find_lessons

SCALES, LOSSES, LESSON = choose_lessons(["02", "06", "07"], find_lessons())


def points(*words, pairs=(), preset="", lesson=LESSON):
    return grid_points(lesson, parse_grid(words, lesson), pairs, preset)


def test_the_issues_own_example_has_ten_points_and_the_last_name_changes_fastest():
    found = [p.values for p in points("loss=hinge,non_saturating", "seed=0:5")]
    assert found[:6] == [{"loss": "hinge", "seed": s} for s in range(5)] + [
        {"loss": "non_saturating", "seed": 0}
    ]
    assert len(found) == 10


@given(st.integers(0, 40), st.integers(0, 40), st.integers(-5, 5).filter(bool))
def test_a_range_is_pythons(start, stop, step):
    word = f"seed={start}:{stop}:{step}"
    expected = [str(v) for v in range(start, stop, step)]
    if not expected:
        with pytest.raises(ValueError, match="--grid seed has an empty range"):
            parse_grid([word], LESSON)
    else:
        assert parse_grid([word], LESSON) == {"seed": expected}


def test_ranges_and_values_stand_in_one_list_and_a_range_serves_a_float():
    assert parse_grid(["seed=7,0:2,10:30:10"], LESSON)["seed"] == ["7", "0", "1", "10", "20"]
    assert [p.values["max_seconds"] for p in points("max_seconds=1:3")] == [1.0, 2.0]


def test_a_plus_joins_the_parts_of_one_value_where_the_parameter_is_a_list():
    found = points("losses=hinge,hinge+lsgan", lesson=LOSSES)
    assert [p.request.given["losses"] for p in found] == ["hinge", "hinge,lsgan"]
    with pytest.raises(ValueError, match="loss must be one of .* got 'hinge\\+lsgan'"):
        points("loss=hinge+lsgan")


def test_a_colon_in_a_text_is_no_range(tmp_path):
    assert parse_grid([f"data=folder:{tmp_path}"], LESSON)["data"] == [f"folder:{tmp_path}"]


def test_each_point_holds_the_fixed_parameters_and_the_preset_too():
    request = points("seed=3", pairs=["steps=5"], preset="smoke")[0].request
    assert request.given == {"seed": 3, "steps": 5, "preset": "smoke"}
    assert request.preset == "smoke"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "--grid must name at least one parameter, got nothing."),
        (("seed",), "--grid must be NAME=V1,V2 or NAME=A:B, got 'seed'."),
        (("=3",), "--grid must be NAME=V1,V2 or NAME=A:B, got '=3'."),
        (("sed=3",), "sed is not a parameter of 07_training; did you mean 'seed'?"),
        (("seed=1", "seed=2"), "--grid seed is given twice."),
        (("seed=",), "--grid seed must have at least one value, got 'seed='."),
        (("seed=1,,2",), "--grid seed has an empty value, got 'seed=1,,2'."),
        (("seed=1,1",), "--grid seed has a value twice, got 1."),
        (("seed=0:3,2",), "--grid seed has a value twice, got 2."),
        (("seed=1,01",), "--grid seed has a value twice, got 1 and 01."),
        (("max_seconds=10,1e1",), "--grid max_seconds has a value twice, got 10 and 1e1."),
        (("seed=5:5",), "--grid seed has an empty range, got '5:5'."),
        (("seed=0:9:0",), "--grid seed must have a step other than 0, got '0:9:0'."),
        (("seed=0:999999999999",), "--grid must have at most 2,000 points; seed makes them 999,"),
        (("seed=0:100", "steps=1:100"), "points; steps makes them 9,900."),
        (("seed=-1:2",), "seed must be an int from 0 to 2,147,483,647, got -1."),
        (("seed=0.5",), "seed must be an int from 0 to 2,147,483,647, got '0.5'."),
        (("loss=hinge,hinje",), "got 'hinje'; did you mean 'hinge'?"),
    ],
)  # fmt: skip
def test_a_wrong_grid_is_refused_in_one_sentence(words, sentence):
    with pytest.raises((TypeError, ValueError)) as caught:
        points(*words)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_values_that_do_not_go_together_are_refused_wherever_they_stand_in_the_grid():
    with pytest.raises(ValueError, match="n_scales must be at most 2 for resolution=8"):
        points("n_scales=2,4", "resolution=32,8", lesson=SCALES)


def test_a_name_in_the_grid_and_fixed_too_is_refused():
    with pytest.raises(ValueError, match="seed is in --grid and in -p; give one of them."):
        points("seed=1", pairs=["seed=1"])
    with pytest.raises(ValueError, match="preset is in --grid and in --preset"):
        points("preset=smoke,class", preset="smoke")


NAMES = st.sampled_from(["seed", "loss", "resolution", "max_seconds", "sed", ""])
TEXTS = st.text("0123456789:,.-+e", max_size=8) | st.text(string.printable, max_size=8)
WORDS = st.lists(st.builds("{}={}".format, NAMES, TEXTS) | TEXTS, max_size=3)


def sentence_or_count(words):
    try:
        return len(points(*words))
    except (TypeError, ValueError, FileNotFoundError) as error:
        return str(error)


@settings(max_examples=400, deadline=None)
@given(WORDS)
def test_whatever_is_typed_becomes_points_or_one_sentence(words):
    found = sentence_or_count(words)
    assert found in range(1, MOST_POINTS + 1) or (isinstance(found, str) and found)


VALUES = st.text(max_size=60) | st.integers() | st.booleans() | st.floats(allow_nan=False)


@given(st.dictionaries(st.sampled_from(["seed", "data", "loss"]), VALUES, min_size=1))
def test_a_folders_name_is_short_and_plain(values):
    name = point_name(values)
    assert len(name.encode()) <= 140
    assert set(name) <= set(string.ascii_letters + string.digits + "=,+%-._~")
    assert name not in (".", "..")


def test_long_values_that_begin_alike_have_different_folders():
    names = {point_name({"data": "folder:/" + "a" * 200 + end}) for end in "bc"}
    assert len(names) == 2
