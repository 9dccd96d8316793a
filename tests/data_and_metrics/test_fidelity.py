"""PSNR by its formula, SSIM against kornia; laws of the perceptual distance."""

import kornia
import numpy as np
import pytest
import torch

from msgan_lessons.metrics import psnr, ssim
from msgan_lessons.metrics.features import classifier_layers, perceptual_distance

STREAM = torch.Generator().manual_seed(0)
REAL = torch.rand(3, 3, 32, 32, generator=STREAM) * 2 - 1
FAKE = (REAL + 0.3 * torch.randn(3, 3, 32, 32, generator=STREAM)).clamp(-1, 1)


def test_psnr_is_its_formula_pair_by_pair():
    errors = (REAL.numpy() - FAKE.numpy()).astype(float) ** 2
    assert psnr(REAL, FAKE).numpy() == pytest.approx(10 * np.log10(4 / errors.mean((1, 2, 3))))


def test_ssim_is_kornias_pair_by_pair():
    maps = kornia.metrics.ssim((FAKE + 1) / 2, (REAL + 1) / 2, 11, padding="valid")
    assert torch.allclose(ssim(REAL, FAKE).float(), maps.mean((1, 2, 3)), atol=1e-5)
    assert torch.allclose(ssim(REAL, FAKE), ssim(REAL.double(), FAKE.double()))
    assert torch.allclose(ssim(REAL, FAKE)[1:2], ssim(REAL[1:2], FAKE[1:2]))


def test_equal_images_have_the_highest_figures():
    assert psnr(REAL, REAL).tolist() == pytest.approx([106.02] * 3, abs=0.01)
    assert ssim(REAL, REAL).tolist() == pytest.approx([1.0] * 3)
    paper = torch.ones(1, 3, 32, 32)  # rounding of a variance is largest here
    assert ssim(paper, paper).item() == pytest.approx(1.0)
    assert ssim(paper.double(), paper.double()).item() == pytest.approx(1.0, abs=1e-9)
    assert perceptual_distance(REAL, REAL).tolist() == [0.0] * 3


def test_more_noise_is_farther_in_every_measure():
    worse = (REAL + 0.9 * torch.randn(3, 3, 32, 32, generator=STREAM)).clamp(-1, 1)
    assert (psnr(REAL, FAKE) > psnr(REAL, worse)).all()
    assert (ssim(REAL, FAKE) > ssim(REAL, worse)).all()
    assert (perceptual_distance(REAL, FAKE) < perceptual_distance(REAL, worse)).all()


def test_the_perceptual_distance_is_symmetric_and_hand_counted():
    there, back = perceptual_distance(REAL, FAKE), perceptual_distance(FAKE, REAL)
    assert torch.allclose(there, back)
    layers = {0: torch.tensor([[[[3.0]], [[4.0]]]]), 1: torch.tensor([[[[1.0]], [[0.0]]]])}
    one = torch.zeros(1, 1, 1, 1)
    value = perceptual_distance(one, one + 1, lambda x: [layers[int(x.sum())]])
    assert value.item() == pytest.approx((0.6 - 1) ** 2 + 0.8**2)


def test_each_colour_channel_is_an_image_of_its_own():
    colour = classifier_layers(REAL)[0].unflatten(0, (3, 3))
    assert torch.allclose(colour[:, 1], classifier_layers(REAL[:, 1:2])[0], atol=1e-6)


def test_g_can_learn_from_the_perceptual_distance():
    images = FAKE.clone().requires_grad_(True)
    perceptual_distance(images, REAL).mean().backward()
    assert images.grad.isfinite().all()
    assert images.grad.abs().sum() > 0
    white = torch.ones(1, 1, 8, 8, requires_grad=True)  # flat: some features are all zero
    perceptual_distance(white, -torch.ones(1, 1, 8, 8)).sum().backward()
    assert white.grad.isfinite().all()
