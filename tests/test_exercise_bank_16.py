import math

import pytest
import torch

from msgan_lessons import metrics
from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_16 import BANK_16

VALUES = [number for number in BANK_16 if number != "16.3"]


def coverage_by_the_package(real, fake, k):
    return metrics.coverage(real, fake, k=k)


def coverage_by_sort(real, fake, k):
    radius = torch.cdist(real, real).sort(dim=1).values[:, k]
    return (torch.cdist(real, fake).min(dim=1).values <= radius).float().mean()


def coverage_by_topk(real, fake, k):
    radius = torch.cdist(real, real).topk(k + 1, largest=False).values.amax(1)
    return float((torch.cdist(fake, real) < radius).any(0).float().mean())


def coverage_by_loop(real, fake, k):
    covered = 0
    for i, row in enumerate(real):
        others = torch.cat([real[:i], real[i + 1 :]])
        radius = (others - row).norm(dim=1).kthvalue(k).values
        covered += bool(((fake - row).norm(dim=1) <= radius).any())
    return covered / len(real)


@pytest.mark.parametrize("number", VALUES)
def test_right_value_is_accepted_and_unfinished_is_not(number, capsys):
    assert exercises.check(number, BANK_16[number].right)
    assert not exercises.check(number, ...)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "wrong", "hint"), [(n, w, h) for n in VALUES for w, h in BANK_16[n].hints.items()]
)
def test_known_wrong_value_gets_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize(
    "answer",
    [coverage_by_the_package, coverage_by_sort, coverage_by_topk, coverage_by_loop],
)
def test_every_right_form_of_coverage_is_accepted(answer):
    assert exercises.check("16.3", answer)


@pytest.mark.parametrize(("hint", "mistake"), BANK_16["16.3"].mistakes.items())
def test_known_mistake_gets_its_hint(hint, mistake, capsys):
    assert not exercises.check("16.3", mistake)
    assert hint in capsys.readouterr().out


def test_one_class_of_ten_is_as_far_from_uniform_as_the_answer_says():
    labels = torch.zeros(50, dtype=torch.int64)
    assert metrics.mode_kl(labels, 10) == pytest.approx(BANK_16["16.1"].right)
    assert BANK_16["16.1"].right == pytest.approx(math.log(10))


def test_coverage_with_the_lessons_outlier_is_the_answer():
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randn(100, 2, generator=generator), torch.randn(50, 2, generator=generator)
    outlier = torch.cat([real, torch.tensor([[100.0, 100.0]])])
    assert metrics.coverage(outlier, fake + 50, k=3) == pytest.approx(BANK_16["16.2"].right)
