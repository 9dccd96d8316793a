"""The bands that a teacher is told."""

import json

import pytest

from msgan_lessons.base.places import data_folder
from msgan_lessons.classroom.teaching import Band, band, measured, number_at, read_teaching
from msgan_lessons.runs.lessons import find_lessons


def test_every_number_that_a_figure_names_was_recorded_over_seeds():
    named = {
        (lesson.name, figure.metric)
        for lesson in find_lessons()
        for figure in read_teaching(lesson.name).figures
        if figure.metric
    }
    assert named
    found = {pair: band(*pair) for pair in named}
    missing = [pair for pair, seen in found.items() if seen is None or len(seen.seeds) < 2]
    assert missing == [], "run these lessons with two seeds, then data/build_bands.py"


def test_a_band_holds_every_recorded_value():
    recorded = json.loads((data_folder() / "bands.json").read_text())
    for lesson, metrics in recorded["lessons"].items():
        for name, values in metrics.items():
            found = band(lesson, name)
            assert found.low == min(values.values())
            assert found.high == max(values.values())
            assert found.seeds == tuple(map(int, values))
    assert "preset class" in measured()


def test_what_was_not_recorded_has_no_band():
    assert band("05_minimax", "nothing") is None
    assert band("99_nothing", "value_learned") is None


def test_the_value_that_a_perfect_d_reaches_lies_near_the_band():
    """2 JSD - log 4 of lesson 05's two Gaussians is -0.827 (printed in the lesson)."""
    found = band("05_minimax", "value_learned")
    assert found.low - 0.05 < -0.827 < found.high + 0.05


def test_a_number_is_found_by_its_path():
    metrics = {"scores": {"GAN, scales": {"psnr": [1, 2.5]}}, "done": True}
    assert number_at(metrics, "scores.GAN, scales.psnr.1") == 2.5
    for wrong in ("scores", "done", "scores.GAN.psnr", "scores.GAN, scales.psnr.7", ""):
        with pytest.raises(KeyError):
            number_at(metrics, wrong)


def test_a_band_reads_as_a_range():
    assert str(Band(0.25, 0.5, (0, 1, 2))) == "0.25 to 0.5 (seeds 0, 1, 2)"
    assert str(Band(1.0, 1.0, (3,))) == "1 (seed 3)"
