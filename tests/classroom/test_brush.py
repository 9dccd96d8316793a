import torch

from msgan_lessons.classroom.touching import Paint, brush_mask


def test_radius_0_covers_the_pixel_and_radius_1_its_neighbours_too():
    middle = torch.tensor([2.5, 2.5])
    assert brush_mask(middle, middle, 5, 0).nonzero().tolist() == [[0, 2, 2]]
    cross = brush_mask(middle, middle, 5, 1)[0]
    assert cross.sum() == 5
    assert cross[2].sum() == cross[:, 2].sum() == 3


def test_a_way_is_covered_without_gaps():
    mask = brush_mask(torch.tensor([0.5, 0.5]), torch.tensor([15.5, 7.5]), 16, 0)[0]
    assert mask.any(1).all()
    assert mask[:, :8].any(0).all()
    assert not mask[:, 8:].any()


def test_a_border_cuts_the_brush():
    mask = brush_mask(torch.tensor([0.0, 4.0]), torch.tensor([0.0, 4.0]), 4, 1)[0]
    assert mask.nonzero().tolist() == [[0, 2], [0, 3], [1, 3]]


def test_a_stroke_adds_once_and_the_next_one_adds_again():
    paint = Paint([4, 8])
    for place in ((0.5, 0.1), (0.5, 0.9), (0.5, 0.1)):
        paint.stroke(1, place, number=1, radius=1, strength=0.5)
    assert paint.layers[1].unique().tolist() == [0.0, 0.5]
    paint.stroke(1, (0.5, 0.5), number=2, radius=0, strength=0.5)
    assert paint.layers[1].max() == 1.0
    assert (paint.layers[1] == 1).sum() == 1
    assert not paint.layers[0].any()


def test_points_of_two_strokes_are_not_joined():
    paint = Paint([16])
    paint.stroke(0, (0.0, 0.0), number=1, radius=0, strength=1)
    paint.stroke(0, (0.99, 0.99), number=2, radius=0, strength=1)
    assert paint.layers[0].sum() == 2


def test_a_stroke_that_changes_the_scale_begins_there_anew():
    paint = Paint([4, 8])
    paint.stroke(0, (0.1, 0.9), number=1, radius=0, strength=1)
    paint.stroke(1, (0.9, 0.1), number=1, radius=0, strength=1)
    assert [int(layer.sum()) for layer in paint.layers] == [1, 1]


def test_clear_takes_all_away_and_the_stroke_too():
    paint = Paint([4])
    paint.stroke(0, (0.1, 0.1), number=1, radius=0, strength=1)
    paint.clear()
    assert not paint.layers[0].any()
    paint.stroke(0, (0.9, 0.9), number=1, radius=0, strength=1)
    assert paint.layers[0].sum() == 1
