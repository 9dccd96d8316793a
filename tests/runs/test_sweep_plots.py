"""A number against a parameter."""

import io

import pytest
from PIL import Image

from msgan_lessons.runs import table_page
from msgan_lessons.runs.table_page import MOST_LINES, sweep_figure, with_interval


@pytest.fixture
def axis(monkeypatch):
    """The axes of the figure that is drawn last."""
    kept = []
    monkeypatch.setattr(
        table_page,
        "new_figure",
        lambda *a, make=table_page.new_figure: kept.append(make(*a)) or kept[-1],
    )
    return lambda: kept[-1][1]


def test_the_alt_text_holds_means_intervals_and_seeds_and_says_what_it_leaves_out():
    picture = sweep_figure({"": {"hinge": [1, 2, 3], "wgan": [5]}}, "loss", "frechet")
    assert picture.alt == (
        "frechet against loss, mean over seeds: loss=hinge: 2.0 ± 2.5 (3 seeds); "
        "loss=wgan: 5 (1 seed)."
    )
    assert "95 % interval (Student's t)" in picture.caption
    assert Image.open(io.BytesIO(picture.png)).size[0] == 560
    long = sweep_figure({"": {i: [i] for i in range(20)}}, "x", "y")
    assert long.alt.endswith("and 8 more in the table.")


@pytest.mark.parametrize(
    ("places", "scale"),
    [([0.001, 0.1], "log"), ([1, 30], "linear"), ([1, 31], "log"), ([0, 100], "linear"),
     ([-5, 500], "linear"), ([3], "linear")],
)  # fmt: skip
def test_numbers_stand_on_an_axis_and_far_ones_on_a_logarithmic_one(axis, places, scale):
    sweep_figure({"": {place: [1.0, 2.0] for place in places}}, "x", "y")
    assert axis().get_xscale() == scale


@pytest.mark.parametrize("places", [["a", "b"], [True, False], ["a", 1]])
def test_anything_else_stands_side_by_side(axis, places):
    sweep_figure({"": {place: [1.0] for place in places}}, "x", "y")
    assert [t.get_text() for t in axis().get_xticklabels()] == list(map(str, places))
    assert axis().lines[-1].get_linestyle() == "None"


def test_bars_reach_as_far_as_the_interval_and_one_seed_has_none(axis):
    sweep_figure({"": {1: [1.0, 2.0, 3.0], 2: [7.0]}}, "g_lr", "scores.frechet")
    assert (axis().get_xlabel(), axis().get_ylabel()) == ("g_lr", "scores.frechet")
    (bar,) = axis().containers[0].lines[2][0].get_segments()
    assert bar[:, 1].tolist() == pytest.approx([2 - 2.484, 2 + 2.484], abs=1e-3)


def test_more_lines_than_styles_are_left_out_and_it_is_said(axis):
    lines = {f"loss={i}": {1: [i], 2: [i]} for i in range(MOST_LINES + 2)}
    picture = sweep_figure(lines, "x", "y")
    assert picture.caption.endswith("8 of 10 combinations are drawn.")
    assert len(axis().get_legend().get_texts()) == MOST_LINES


@pytest.mark.parametrize("lines", [{}, {"a": {}}, {"a": {1: []}}])
def test_a_line_without_a_number_is_refused(lines):
    with pytest.raises(ValueError, match="lines must hold at least one number each"):
        sweep_figure(lines, "x", "y")


@pytest.mark.parametrize(
    ("values", "text"),
    [([5], "5"), ([2, 2], "2 ± 0"), ([1e-9, 3e-9], "2e-09 ± 1.3e-08"), ([100, 300], "200 ± 1271"),
     ([1e8, 3e8], "2e+08 ± 1.3e+09"), ([0.5, 0.51, 0.52], "0.510 ± 0.025")],
)  # fmt: skip
def test_a_mean_is_written_as_far_as_it_is_known(values, text):
    assert with_interval(values) == text
