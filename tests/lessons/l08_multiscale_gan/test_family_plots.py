"""What the pictures of the family show is what the networks do."""

import copy
import io

import numpy as np
import pytest
import torch
from PIL import Image
from seeded import normal

from msgan_lessons import family
from msgan_lessons.lessons.l08_multiscale_gan import pictures
from msgan_lessons.losses import LOSSES
from msgan_lessons.metrics import signals

K = 3  # scales: 4x4, 8x8, 16x16
LOWER = [[j >= k for k in range(K)] for j in range(K)]  # formula (11): finer images, coarser blocks
FULL = [[True] * K] * K


def small_pair(name):
    torch.manual_seed(0)
    pair = family.build(name, resolution=16, width=2)
    return pair.generator, pair.discriminator, normal(4, pair.generator.latent_dim, seed=1)


@pytest.mark.parametrize(
    ("name", "sizes", "paths"),
    [
        ("dcgan", [16], [[True] * K]),
        ("lapgan", [4, 8, 16], np.eye(K, dtype=bool).tolist()),
        ("progan", [16], [[True] * K]),
        ("msggan", [4, 8, 16], LOWER),
        ("multiscale_d", [4, 8, 16], FULL),
    ],
)
def test_gradients_take_the_paths_of_the_model(name, sizes, paths):
    seen, norms = signals.scale_gradients(*small_pair(name))
    assert seen == sizes
    assert (norms > 0).tolist() == paths


def test_blocks_that_rest_receive_nothing():
    g, d, z = small_pair("progan")
    for network in (g, d):
        network.grow_to(2, 0.5)
    seen, norms = signals.scale_gradients(g, d, z)
    assert seen == [8]
    assert (norms > 0).tolist() == [[True, True, False]]


def test_where_one_image_is_judged_the_norm_is_that_of_the_whole_gradient():
    g, d, z = small_pair("dcgan")
    twin = copy.deepcopy(g)
    norms = signals.scale_gradients(g, d, z)[1]
    LOSSES["non_saturating"].generator(d(twin(z))).backward()
    for k, block in enumerate(twin.blocks):
        flat = torch.cat([p.grad.flatten() for p in block.parameters()])
        torch.testing.assert_close(norms[0, k], flat.norm())


def test_the_whole_gradient_is_no_longer_than_its_terms_together():
    for name in ("msggan", "multiscale_d"):
        g, d, z = small_pair(name)
        norms = signals.scale_gradients(g, d, z)[1].sum(0)
        LOSSES["non_saturating"].generator(d(g(z))).backward()
        for k, block in enumerate(g.blocks):
            whole = torch.cat([p.grad.flatten() for p in block.parameters()]).norm()
            assert 0 < whole.item() <= norms[k].item() * (1 + 1e-5)


def test_samples_stand_at_their_scale_and_missing_ones_leave_white():
    samples = {"fine": [-torch.ones(5, 1, 8, 8)], "both": [-torch.ones(5, 3, s, s) for s in (4, 8)]}
    picture = pictures.family_samples(samples, -torch.ones(4, 1, 8, 8), "Look.", count=2)
    assert "fine at 8; both at 4, 8; real at 4, 8" in picture.alt
    pixels = np.asarray(Image.open(io.BytesIO(picture.png)).convert("L"))
    dark = (pixels < 5).sum()
    assert dark > 9 * 36**2  # 2 images each at 5 places
    assert pictures.family_samples({"fine": samples["fine"]}, torch.ones(2, 1, 8, 8), "L").png
