import torch
from torch import nn

from msgan_lessons.datasets.images import open_images
from msgan_lessons.discriminator import DocumentDiscriminator
from msgan_lessons.lessons.l04_discriminator.exercises import BANK
from msgan_lessons.lessons.l04_discriminator.pictures import receptive_field
from msgan_lessons.pyramid import bilinear_upsample, box_downsample, image_pyramid


def field(*strides: int) -> tuple[int, int]:
    return receptive_field(nn.Sequential(*(nn.Conv2d(1, 1, 4, stride) for stride in strides)))


def test_the_patch_of_five_layers_and_of_those_in_the_hints():
    hints, strides = BANK["04.1"].hints, (2, 2, 2, 1, 1)
    assert field(*strides) == (BANK["04.1"].right, 8)
    assert "the distance of neighbouring patches" in hints[field(*strides)[1]]
    assert "the first layer" in hints[field(*strides[:1])[0]]
    assert "after three layers" in hints[field(*strides[:3])[0]]
    assert "after four layers" in hints[field(*strides[:4])[0]]
    assert "the fourth layer has stride 1" in hints[field(2, 2, 2, 2, 1)[0]]
    assert "their strides" in hints[field(1, 1, 1, 1, 1)[0]]


def test_interpolation_leaves_one_six_one_eighths_at_the_next_scale():
    line = torch.zeros(1, 1, 8, 8)
    line[..., 4] = 8
    again = box_downsample(bilinear_upsample(line))
    assert again[0, 0, 4].tolist() == [0, 0, 0, 1, 6, 1, 0, 0]


def test_the_claim_on_the_coarser_scales_holds_for_squares_alone():
    images = open_images("fashion_mnist", resolution=32, split="test").images(slice(20))
    small = box_downsample(images)
    squares = small.repeat_interleave(2, -1).repeat_interleave(2, -2)
    for blurred, holds in ((squares, True), (bilinear_upsample(small), False)):
        pairs = zip(image_pyramid(images, 3), image_pyramid(blurred, 3), strict=True)
        *coarse, finest = (torch.allclose(a, b) for a, b in pairs)
        assert all(coarse) == holds
        assert any(coarse) == holds  # without squares, on no scale
        assert not finest


def test_the_head_is_the_one_that_the_documents_d_lacks():
    D = DocumentDiscriminator()
    features = torch.randn(2, 512, 8, 8, generator=torch.Generator().manual_seed(0))
    weight = next(p for p in D.head.parameters() if p.ndim == 4)
    mine = BANK["04.3"].reference(features, weight[0])
    assert torch.allclose(mine, nn.functional.conv2d(features, weight).flatten(), atol=1e-4)
