import numpy as np
import pytest
import torch

from msgan_lessons.lessons.l03_generator import pictures


def counted_by_hand(kernel, stride, padding, size):
    line = np.zeros((size - 1) * stride + kernel, int)
    for i in range(size):
        line[i * stride : i * stride + kernel] += 1
    line = line[padding : len(line) - padding]
    return np.outer(line, line)


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 7])
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (2, 1), (3, 2)])
def test_writes_equals_a_count_by_hand(kernel, stride, padding):
    counts = pictures.writes(kernel, stride, padding, size=5)
    assert (counts.numpy() == counted_by_hand(kernel, stride, padding, 5)).all()


@pytest.mark.parametrize(("kernel", "stride", "even"), [(4, 2, True), (3, 2, False), (6, 3, True)])
def test_the_interior_is_even_when_the_stride_divides_the_kernel(kernel, stride, even):
    interior = pictures.writes(kernel, stride, 0, size=8)[kernel:-kernel, kernel:-kernel]
    assert (len(interior.unique()) == 1) == even


def test_writes_agrees_with_torch_on_padding():
    layer = torch.nn.ConvTranspose2d(1, 1, 4, 2, 1, bias=False)
    torch.nn.init.ones_(layer.weight)
    expected = layer(torch.ones(1, 1, 6, 6))[0, 0]
    assert torch.equal(pictures.writes(4, 2, 1).float(), expected.detach())


@pytest.mark.parametrize("wrong", [(0, 1, 0), (1, 0, 0), (1, 1, -1)])
def test_writes_refuses_sizes_that_make_no_sense(wrong):
    with pytest.raises(ValueError, match="at least 1 and padding at least 0, got"):
        pictures.writes(*wrong)


def test_writes_refuses_padding_that_leaves_nothing():
    with pytest.raises(ValueError, match="padding must leave at least one pixel"):
        pictures.writes(3, 1, 4, size=6)


def test_transposed_writes_says_the_size_and_the_counts():
    alt = pictures.transposed_writes(2, 2).alt
    assert "makes 12x12 of 6x6" in alt
    assert ", ".join(["1"] * 12) in alt


def test_drawn_scales_names_every_scale():
    scales = [torch.zeros(3, 1, 4, 4), torch.zeros(3, 1, 8, 8)]
    picture = pictures.drawn_scales(scales, scales, count=2)
    assert "a row of 2 targets" in picture.alt
    assert "4x4, 8x8" in picture.alt


def test_drawn_scales_refuses_scales_that_differ():
    with pytest.raises(ValueError, match="the same scales, got"):
        pictures.drawn_scales([torch.zeros(1, 1, 4, 4)], [torch.zeros(1, 1, 8, 8)])


def test_new_codes_names_its_rows():
    rows = {"fitted": torch.zeros(2, 3, 8, 8), "new codes": torch.zeros(2, 3, 8, 8)}
    assert "fitted; new codes" in pictures.new_codes(rows).alt
    with pytest.raises(ValueError, match="equally many images"):
        pictures.new_codes(rows | {"new codes": torch.zeros(1, 3, 8, 8)})


def test_the_row_shown_is_written_even_where_the_stride_leaves_gaps():
    assert "written 1, 1, 0, 1, 1, 0" in pictures.transposed_writes(2, 3).alt
