import pytest
import torch
from torch import nn

from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.losses import gradient_penalty, r1_penalty, r2_penalty
from msgan_lessons.pyramid import image_pyramid


class Linear(nn.Module):
    """D(x) = slope * sum of all pixels of all scales: its gradient is known."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope))

    def forward(self, images):
        scales = [images] if isinstance(images, torch.Tensor) else images
        return self.slope * sum(x.flatten(1).sum(1) for x in scales)


def test_r1_is_the_squared_slope_summed_over_pixels_and_scales():
    scales = image_pyramid(torch.randn(3, 1, 8, 8), 2)  # 16 + 64 pixels
    assert r1_penalty(Linear(0.5), scales).item() == pytest.approx(0.25 * 80)
    assert r2_penalty(Linear(0.5), scales[-1]).item() == pytest.approx(0.25 * 64)


def test_r1_can_be_minimised():
    d = Linear(0.5)
    r1_penalty(d, torch.randn(3, 1, 4, 4)).backward()
    assert float(d.slope.grad) == pytest.approx(2 * 0.5 * 16)


def test_r1_agrees_with_finite_differences():
    torch.manual_seed(0)
    d = MultiScaleDiscriminator(resolution=8, channels=(8, 4), minibatch_stddev=False).double()
    x = torch.randn(1, 1, 8, 8, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda v: d(v.double()), x.float())
    assert r1_penalty(d.float(), x).item() == pytest.approx(
        float(jacobian.square().sum()), rel=1e-3
    )


def test_a_patch_d_is_penalised_for_its_mean_logit():
    patches = lambda x: torch.cat([x, x], 1)  # noqa: E731 - two logits a pixel, each of slope 1
    x = torch.randn(5, 1, 4, 4)
    assert r1_penalty(patches, x).item() == pytest.approx(16 * (2 / 32) ** 2)


def test_gradient_penalty_is_zero_for_slope_one_and_1_for_a_flat_d():
    x, y = torch.randn(2, 6, 1, 4, 4)
    assert gradient_penalty(Linear(0.25), x, y).item() == pytest.approx(0, abs=1e-6)
    assert gradient_penalty(Linear(0.0), x, y).item() == pytest.approx(1, abs=1e-5)
    assert gradient_penalty(Linear(1.0), x, y).item() == pytest.approx(9, rel=1e-5)


def test_gradient_penalty_looks_between_real_and_fake():
    seen = []

    def spy(images):
        seen.append(images)
        return images.flatten(1).sum(1)

    real, fake = torch.zeros(64, 1, 2, 2), torch.ones(64, 1, 2, 2)
    gradient_penalty(spy, real, fake, torch.Generator().manual_seed(0))
    mixed = seen[0].detach().flatten(1)
    assert ((mixed >= 0) & (mixed <= 1)).all()
    assert (mixed == mixed[:, :1]).all()  # one epsilon an image
    assert mixed[:, 0].unique().numel() == 64


def test_penalties_of_points_in_the_plane_are_those_of_their_slope():
    """D(x, y) = 3 x + 4 y has the slope 5 everywhere; every point is judged once."""
    seen = []

    def d(points):
        seen.append(points.shape)
        return 3 * points[:, 0] + 4 * points[:, 1]

    real, fake = torch.rand(6, 2), torch.rand(6, 2)
    assert gradient_penalty(d, real, fake).item() == pytest.approx(16)
    assert r1_penalty(d, real).item() == pytest.approx(25)
    assert seen == [(6, 2), (6, 2)]


def test_gradient_penalty_with_one_stream_is_the_same_twice():
    x, y = torch.randn(2, 4, 1, 4, 4)
    d = lambda images: images.pow(3).flatten(1).sum(1)  # noqa: E731
    twice = [gradient_penalty(d, x, y, torch.Generator().manual_seed(5)) for _ in range(2)]
    assert torch.equal(*twice)


def test_no_penalty_reaches_g():
    g = torch.ones(2, 1, 4, 4, requires_grad=True)
    d = Linear(1.0)
    r2_penalty(d, g * 2).backward()
    assert g.grad is None
    assert d.slope.grad is not None


def test_gradient_penalty_refuses_other_shapes():
    with pytest.raises(ValueError, match="real and fake images must have the same shapes"):
        gradient_penalty(Linear(1.0), torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 8, 8))
