"""What answers a touch: choices that are kept, deeds that are done, strokes of a brush."""

import pytest
import torch

from msgan_lessons.classroom.panel import Action, Slider, Tick
from msgan_lessons.classroom.touching import Paint, Touchable, brush_mask


def test_values_are_kept_deeds_are_done_and_an_unknown_name_is_refused():
    done = []
    thing = Touchable([Slider("psi", "psi", value=1.0), Tick("on", "on"), Action("clear", "Clear")],
                      {"clear": done.append, "view": done.append})  # fmt: skip
    assert thing.values == {"psi": 1.0, "on": False}  # an action has none
    assert thing.set("psi", 0.5) is False
    assert thing.set("view", (0.1, 0.2)) is False
    assert thing.values["psi"] == 0.5
    assert done == [(0.1, 0.2)]
    with pytest.raises(ValueError, match="name must be one of psi, on, clear, view, got 'phi'"):
        thing.set("phi", 1)


def test_a_brush_covers_its_way_without_gaps_and_a_border_cuts_it():
    at = lambda *place: torch.tensor(place)  # noqa: E731
    assert brush_mask(at(2.5, 2.5), at(2.5, 2.5), 5, 0).nonzero().tolist() == [[0, 2, 2]]
    cross = brush_mask(at(2.5, 2.5), at(2.5, 2.5), 5, 1)[0]  # its neighbours too
    assert cross.sum() == 5
    assert cross[2].sum() == cross[:, 2].sum() == 3
    way = brush_mask(at(0.5, 0.5), at(15.5, 7.5), 16, 0)[0]
    assert way.any(1).all()
    assert way.any(0).tolist() == [True] * 8 + [False] * 8
    corner = brush_mask(at(0.0, 4.0), at(0.0, 4.0), 4, 1)[0]
    assert corner.nonzero().tolist() == [[0, 2], [0, 3], [1, 3]]


def painted(sizes, *strokes):
    """Paint after strokes of radius 0 and strength 1: scale, place, number."""
    paint = Paint(sizes)
    for scale, place, number in strokes:
        paint.stroke(scale, place, number=number, radius=0, strength=1)
    return paint


def test_a_stroke_adds_once_and_the_next_one_adds_again():
    paint = Paint([4, 8])
    for place in ((0.5, 0.1), (0.5, 0.9), (0.5, 0.1)):
        paint.stroke(1, place, number=1, radius=1, strength=0.5)
    assert paint.layers[1].unique().tolist() == [0.0, 0.5]
    paint.stroke(1, (0.5, 0.5), number=2, radius=0, strength=0.5)
    assert paint.layers[1].max() == 1.0
    assert (paint.layers[1] == 1).sum() == 1
    assert not paint.layers[0].any()


def test_strokes_are_not_joined_over_a_new_number_a_new_scale_or_a_clearing():
    assert painted([16], (0, (0.0, 0.0), 1), (0, (0.99, 0.99), 2)).layers[0].sum() == 2
    paint = painted([4, 8], (0, (0.1, 0.9), 1), (1, (0.9, 0.1), 1))
    assert [int(layer.sum()) for layer in paint.layers] == [1, 1]
    paint = painted([4], (0, (0.1, 0.1), 1))
    paint.clear()
    assert not paint.layers[0].any()
    paint.stroke(0, (0.9, 0.9), number=1, radius=0, strength=1)
    assert paint.layers[0].sum() == 1
