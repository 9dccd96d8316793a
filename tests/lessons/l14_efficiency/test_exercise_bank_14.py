import pytest
import torch
from torch import nn

from msgan_lessons.family import dcgan
from msgan_lessons.lessons.l14_efficiency.exercises import BANK, PARAMETERS_AT_64
from msgan_lessons.lessons.l14_efficiency.measured import counted_flops


def operations(kernel=4, backward=False):
    layer, image = nn.Conv2d(64, 128, kernel, 2, 1, bias=False), torch.zeros(1, 64, 16, 16)
    image.requires_grad_(backward)
    return counted_flops(lambda: layer(image).sum().backward() if backward else layer(image))


def test_torchs_counter_gives_the_first_answer():
    assert operations() == BANK["14.1"].right


def test_it_gives_the_hints_of_another_kernel_and_of_both_directions():
    assert "3x3 kernel" in BANK["14.1"].hints[operations(kernel=3)]
    assert "forward and backward" in BANK["14.1"].hints[operations(backward=True)]


def test_the_second_answer_is_what_one_step_leaves_in_memory():
    pair = dcgan(resolution=64)
    weights = [p for net in (pair.generator, pair.discriminator) for p in net.parameters()]
    assert sum(p.numel() for p in weights) == PARAMETERS_AT_64
    optimizer = torch.optim.Adam(weights)
    for p in weights:
        p.grad = torch.zeros_like(p)
    optimizer.step()
    averages = [x for s in optimizer.state.values() for x in s.values() if x.ndim]
    held = sum(x.nbytes for x in (*weights, *(p.grad for p in weights), *averages))
    assert held / 1e6 == BANK["14.2"].right


@pytest.mark.parametrize(
    ("resolution", "players", "words"),
    [
        (32, ("generator", "discriminator"), "resolution=32"),
        (64, ("generator",), "G alone"),
        (64, ("discriminator",), "D alone"),
    ],
)
def test_neighbours_of_the_second_answer_are_as_the_hints_say(resolution, players, words):
    pair = dcgan(resolution=resolution)
    count = sum(p.numel() for player in players for p in getattr(pair, player).parameters())
    assert words in BANK["14.2"].hints[16 * count / 1e6]
