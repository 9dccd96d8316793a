import pytest
import torch

from msgan_lessons.lessons.l03_generator import pictures


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 7])
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (2, 1), (3, 2)])
def test_writes_are_what_a_transposed_convolution_of_ones_adds_up(kernel, stride, padding):
    layer = torch.nn.ConvTranspose2d(1, 1, kernel, stride, padding, bias=False)
    torch.nn.init.ones_(layer.weight)
    expected = layer(torch.ones(1, 1, 5, 5))[0, 0]
    assert torch.equal(pictures.writes(kernel, stride, padding, size=5).float(), expected.detach())
