import pytest
import torch
from torch.nn import functional as F

from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_02 import BANK_02
from msgan_lessons.classroom.exercise_types import Function, Value
from msgan_lessons.pyramid import laplacian_pyramid, reconstruct
from msgan_lessons.resampling import bilinear_upsample, box_downsample


def by_bands(images, strength):
    coarse, finest = laplacian_pyramid(images, 2)
    return reconstruct([coarse, strength * finest])


def by_difference(images, strength):
    return images + (strength - 1) * (images - bilinear_upsample(box_downsample(images)))


def by_torch_alone(images, strength):
    small = F.avg_pool2d(images, 2)
    low = F.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
    return low * (1 - strength) + images * strength


def test_the_bands_of_32x32_hold_1360_numbers(capsys):
    assert sum(b.numel() for b in laplacian_pyramid(torch.zeros(1, 1, 32, 32), 4)) == 1360
    assert exercises.check("02.1", 1360)
    assert exercises.check("02.1", 16 + 64 + 256 + 1024.0)


def test_dropping_pixels_breaks_the_mean_alone():
    images = torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    bands = laplacian_pyramid(images, 3, down=lambda x: x[..., ::2, ::2])
    assert torch.allclose(reconstruct(bands), images, atol=1e-5)
    assert not torch.allclose(bands[0].mean((1, 2, 3)), images.mean((1, 2, 3)), atol=1e-5)
    assert exercises.check("02.2", "mean")
    assert exercises.check("02.2", " Mean ")


@pytest.mark.parametrize("answer", [by_bands, by_difference, by_torch_alone])
def test_every_right_form_of_sharpening_is_accepted(answer):
    assert exercises.check("02.3", answer)


VALUES = [(n, w, h) for n, e in BANK_02.items() if isinstance(e, Value) for w, h in e.hints.items()]
MISTAKES = [
    (n, w, h) for n, e in BANK_02.items() if isinstance(e, Function) for h, w in e.mistakes.items()
]


@pytest.mark.parametrize(("number", "wrong", "hint"), VALUES + MISTAKES)
def test_every_known_mistake_is_refused_with_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert capsys.readouterr().out == f"not right: {hint}\n"


@pytest.mark.parametrize("number", BANK_02)
def test_an_unfinished_answer_is_not_yet_wrong(number, capsys):
    unfinished = (lambda *_: ...) if isinstance(BANK_02[number], Function) else ...
    assert not exercises.check(number, unfinished)
    assert capsys.readouterr().out.startswith("not yet")
