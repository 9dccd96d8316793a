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
