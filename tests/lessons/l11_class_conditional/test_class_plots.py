"""Pictures of classes, truncation and ingredients say what they show."""

import pytest
import torch

from msgan_lessons.lessons.l11_class_conditional import pictures

CLASSES = ("T-shirt/top", "Trouser", "Ankle boot")


def row(**changes):
    known = {"accuracy": 0.5, "frechet": 10.0, "precision": 0.4, "recall": 0.3, "coverage": 0.2}
    return {**known, "by_class": [0.2, 0.5, 0.8], **changes}


def test_the_sheet_names_sources_and_classes():
    picture = pictures.class_sheet(
        {"real": torch.zeros(3, 1, 8, 8), "drawn": torch.zeros(6, 1, 8, 8)}, CLASSES, "look"
    )
    assert "3 classes (T-shirt/top, Trouser, Ankle boot)" in picture.alt
    assert picture.alt.endswith("rows: real, drawn.")
    assert picture.caption == "look"


def test_images_that_do_not_come_in_rounds_are_refused():
    with pytest.raises(ValueError, match="rounds of 3 classes, got 4"):
        pictures.class_sheet({"drawn": torch.zeros(4, 1, 8, 8)}, CLASSES, "look")
    with pytest.raises(ValueError, match="equally many"):
        pictures.image_table([[torch.zeros(1, 4, 4)], []], ["a", "b"], [], "alt", "look")


def test_accuracy_tells_every_g_and_at_most_six():
    picture = pictures.class_accuracy({"a": row(), "b": row(accuracy=0.7)}, row(), CLASSES, "?")
    assert "real images 0.50, a 0.50, b 0.70" in picture.alt
    with pytest.raises(ValueError, match="at most 6 G, got 7"):
        pictures.class_accuracy({str(i): row() for i in range(7)}, row(), CLASSES, "?")


def test_the_curve_tells_every_threshold_and_needs_two():
    rows = [row(threshold=t, recall=t / 10) for t in (0.5, 3.0)]
    alt = pictures.truncation_curve({"kept": rows, "measured": rows}, row(), "?").alt
    assert "kept: at 0.5 precision 0.40, recall 0.05, accuracy 0.50, distance 10.0, at 3 " in alt
    assert "; measured: at 0.5" in alt
    for curves in ({}, {"kept": rows[:1]}):
        with pytest.raises(ValueError, match="must each hold at least two thresholds"):
            pictures.truncation_curve(curves, row(), "?")


def test_the_dots_tell_mean_and_range_of_each_variant():
    rows = [row(model="full", frechet=x) for x in (9.0, 12.0)] + [row(model="no labels")]
    alt = pictures.ablation_dots(rows, row(), "?").alt
    assert "full 0.50 (0.50 to 0.50) and 10.50 (9.00 to 12.00)" in alt
    assert "no labels 0.50 and 10.00" in alt
    with pytest.raises(ValueError, match="at least one variant, got none"):
        pictures.ablation_dots([], row(), "?")


def test_the_table_averages_seeds_and_shows_steps_where_it_knows_them():
    text = pictures.score_table(
        {"real": row(), "full": [row(frechet=9.0, step=1200), row(frechet=12.0, step=1200)]}
    )
    lines = text.splitlines()
    assert lines[1].split() == ["real", "-", "0.500", "10.00", "0.400", "0.300", "0.200"]
    assert lines[2].split() == ["full", "1,200", "0.500", "10.50", "0.400", "0.300", "0.200"]
    assert len({len(line) for line in lines}) == 1
