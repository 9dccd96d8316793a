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


def test_the_last_name_of_a_grid_changes_fastest_and_each_point_holds_what_is_fixed():
    told = {"pairs": ["steps=5"], "preset": "smoke"}
    found = points("loss=hinge,non_saturating", "seed=0:2", **told)
    expected = [(loss, seed) for loss in ("hinge", "non_saturating") for seed in range(2)]
    assert [(p.values["loss"], p.values["seed"]) for p in found] == expected
    request = found[0].request
    assert request.given == {"loss": "hinge", "seed": 0, "steps": 5, "preset": "smoke"}
    assert request.preset == "smoke"


@given(st.integers(0, 40), st.integers(0, 40), st.integers(-5, 5).filter(bool))
def test_a_range_is_pythons(start, stop, step):
    word = f"seed={start}:{stop}:{step}"
    expected = [str(v) for v in range(start, stop, step)]
    if not expected:
        with pytest.raises(ValueError, match="--grid seed has an empty range"):
            parse_grid([word], LESSON)
    else:
        assert parse_grid([word], LESSON) == {"seed": expected}


def test_ranges_and_values_stand_in_one_list_and_a_range_serves_a_float_and_no_text(tmp_path):
    assert parse_grid(["seed=7,0:2,10:30:10"], LESSON)["seed"] == ["7", "0", "1", "10", "20"]
    assert [p.values["max_seconds"] for p in points("max_seconds=1:3")] == [1.0, 2.0]
    assert parse_grid([f"data=folder:{tmp_path}"], LESSON)["data"] == [f"folder:{tmp_path}"]


def test_a_plus_joins_the_parts_of_one_value_where_the_parameter_is_a_list():
    found = points("losses=hinge,hinge+lsgan", lesson=LOSSES)
    assert [p.request.given["losses"] for p in found] == ["hinge", "hinge,lsgan"]
    with pytest.raises(ValueError, match="loss must be one of .* got 'hinge\\+lsgan'"):
        points("loss=hinge+lsgan")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "--grid must name at least one parameter, got nothing."),
        (("=3",), "--grid must be NAME=V1,V2 or NAME=A:B, got '=3'."),
        (("seed",), "--grid must be NAME=V1,V2 or NAME=A:B, got 'seed'."),
        (("seed=1", "seed=2"), "--grid seed is given twice."),
        (("seed=",), "--grid seed must have at least one value, got 'seed='."),
        (("seed=1,,2",), "--grid seed has an empty value, got 'seed=1,,2'."),
        (("seed=1,1",), "--grid seed has a value twice, got 1."),
        (("seed=5:5",), "--grid seed has an empty range, got '5:5'."),
        (("seed=-1:2",), "seed must be an int from 0 to 2,147,483,647, got -1."),
        (("sed=3",), "sed is not a parameter of 07_training; did you mean 'seed'?"),
        (("seed=0:3,2",), "--grid seed has a value twice, got 2."),
        (("seed=1,01",), "--grid seed has a value twice, got 1 and 01."),
        (("max_seconds=10,1e1",), "--grid max_seconds has a value twice, got 10 and 1e1."),
        (("seed=0:9:0",), "--grid seed must have a step other than 0, got '0:9:0'."),
        (("seed=0:999999999999",), "--grid must have at most 2,000 points; seed makes them 999,"),
        (("seed=0:100", "steps=1:100"), "points; steps makes them 9,900."),
        (("seed=0.5",), "seed must be an int from 0 to 2,147,483,647, got '0.5'."),
        (("loss=hinge,hinje",), "got 'hinje'; did you mean 'hinge'?"),
    ],
)
def test_a_wrong_grid_is_refused_in_one_sentence(words, sentence):
    with pytest.raises((TypeError, ValueError)) as caught:
        points(*words)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_in_the_grid_and_what_is_fixed_must_go_together():
    for words, told, sentence in [
        (["seed=1"], {"pairs": ["seed=1"]}, "seed is in --grid and in -p; give one of them."),
        (["preset=smoke,class"], {"preset": "smoke"}, "preset is in --grid and in --preset"),
        (["n_scales=2,4", "resolution=32,8"], {"lesson": SCALES}, "at most 2 for resolution=8"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            points(*words, **told)


NAMES = st.sampled_from(["seed", "loss", "resolution", "max_seconds", "sed", ""])
TEXTS = st.text("0123456789:,.-+e", max_size=8) | st.text(string.printable, max_size=8)
WORDS = st.lists(st.builds("{}={}".format, NAMES, TEXTS) | TEXTS, max_size=3)


@settings(max_examples=200, deadline=None)
@given(WORDS)
def test_whatever_is_typed_becomes_points_or_one_sentence(words):
    try:
        said = 1 <= len(points(*words)) <= MOST_POINTS
    except (TypeError, ValueError, FileNotFoundError) as error:
        said = str(error)
    assert said


VALUES = st.text(max_size=60) | st.integers() | st.booleans() | st.floats(allow_nan=False)


@given(st.dictionaries(st.sampled_from(["seed", "data", "loss"]), VALUES, min_size=1))
def test_a_folders_name_is_short_and_plain(values):
    name = point_name(values)
    assert len(name.encode()) <= 140
    assert set(name) <= set(string.ascii_letters + string.digits + "=,+%-._~")
    assert name not in (".", "..")
    other = point_name({**values, "data": "folder:/" + "a" * 200 + "b"})
    assert other != point_name({**values, "data": "folder:/" + "a" * 200 + "c"})
