import math

import pytest
import scipy.stats
import torch
from torch import nn
from torch.nn import functional as F

from msgan_lessons.applications.projection import ProjectionDiscriminator
from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_11 import BANK_11

VALUES = [number for number in BANK_11 if number != "11.3"]


def projection_by_loop(psi, V, maps, labels):
    logits = []
    for i, label in enumerate(labels):
        phi = maps[i].flatten(1).sum(1)
        logits.append(psi[i] + (V[label] @ phi))
    return torch.stack(logits)


def projection_by_one_hot(psi, V, maps, labels):
    y = F.one_hot(labels, len(V)).float()
    return psi + torch.einsum("bn,nc,bchw->b", y, V, maps)


def projection_by_embedding(psi, V, maps, labels):
    pooled = maps.mean((2, 3)) * maps[0, 0].numel()
    return (F.embedding(labels, V) * pooled).sum(dim=1) + psi


@pytest.mark.parametrize("number", VALUES)
def test_right_value_is_accepted_and_unfinished_is_not(number, capsys):
    assert exercises.check(number, BANK_11[number].right)
    assert not exercises.check(number, ...)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize("right", [320, 320.0, torch.tensor(320)])
def test_the_count_may_be_of_any_type(right):
    assert exercises.check("11.1", right)


@pytest.mark.parametrize("right", [0.77, 0.774, 0.7737, scipy.stats.truncnorm(-2, 2).var()])
def test_the_variance_may_be_rounded_computed_or_exact(right):
    assert exercises.check("11.2", right)


@pytest.mark.parametrize(
    ("number", "wrong", "hint"), [(n, w, h) for n in VALUES for w, h in BANK_11[n].hints.items()]
)
def test_known_wrong_value_gets_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize(
    "answer", [projection_by_loop, projection_by_one_hot, projection_by_embedding]
)
def test_every_right_form_of_the_projection_is_accepted(answer):
    assert exercises.check("11.3", answer)


@pytest.mark.parametrize(("hint", "mistake"), BANK_11["11.3"].mistakes.items())
def test_known_mistake_gets_its_hint(hint, mistake, capsys):
    assert not exercises.check("11.3", mistake)
    assert hint in capsys.readouterr().out


def test_the_answers_are_what_mathematics_and_the_package_say():
    table = nn.ModuleList([nn.Embedding(10, 16), nn.Embedding(10, 16)])
    assert sum(p.numel() for p in table.parameters()) == BANK_11["11.1"].right
    density, within = math.exp(-2) / math.sqrt(2 * math.pi), math.erf(2 / math.sqrt(2))
    assert 1 - 4 * density / within == pytest.approx(BANK_11["11.2"].right, rel=0.01)
    D = ProjectionDiscriminator(channels=(8, 4, 4, 2), spectral_norm=False, attention=0)
    images, labels = torch.randn(3, 1, 32, 32), torch.tensor([0, 9, 4])
    psi, features = D.trunk.judge(images)
    logits = BANK_11["11.3"].reference(psi, D.embedding.weight, features[-1], labels)
    torch.testing.assert_close(D(images, labels), logits, atol=1e-5, rtol=1e-4)
