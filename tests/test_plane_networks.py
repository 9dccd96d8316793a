import pytest
import torch

from msgan_lessons.plane_networks import PlaneDiscriminator, PlaneGenerator


@pytest.mark.parametrize("latent_dim", [1, 2, 9])
def test_shapes(latent_dim):
    g, d = PlaneGenerator(latent_dim), PlaneDiscriminator()
    points = g(torch.zeros(5, latent_dim))
    assert points.shape == (5, 2)
    assert d(points).shape == (5,)
    assert g.latent_dim == latent_dim


def test_each_point_is_judged_by_itself():
    d, points = PlaneDiscriminator(8), torch.randn(4, 2)
    torch.testing.assert_close(d(points)[2:3], d(points[2:3]))


def test_parameters_are_counted_by_hand():
    count = sum(p.numel() for p in PlaneDiscriminator(8).parameters())
    assert count == (2 * 8 + 8) + (8 * 8 + 8) + (8 + 1)


@pytest.mark.parametrize("sizes", [{"latent_dim": 0}, {"hidden": 0}])
def test_a_size_below_one_is_refused(sizes):
    (name,) = sizes
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        PlaneGenerator(**sizes)
