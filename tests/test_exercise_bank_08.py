import pytest
import torch

from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_08 import BANK_08
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.growth import GrowthSchedule

VALUES = [number for number in BANK_08 if number != "08.3"]


def matching_by_loop(real_features, fake_features):
    terms = []
    for real, fake in zip(real_features, fake_features, strict=True):
        terms.append((real.mean(dim=0) - fake.mean(dim=0)).abs().mean())
    return sum(terms) / len(terms)


def matching_by_l1_loss(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    terms = [torch.nn.functional.l1_loss(f.mean(0), r.detach().mean(0)) for r, f in pairs]
    return torch.stack(terms).mean()


def matching_by_norm(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    terms = [(r.mean(0) - f.mean(0)).norm(p=1) / r[0].numel() for r, f in pairs]
    return torch.tensor(terms).mean()


def matching_as_a_number(real_features, fake_features):
    return float(matching_by_loop(real_features, fake_features))


@pytest.mark.parametrize("number", VALUES)
def test_right_value_is_accepted_and_unfinished_is_not(number, capsys):
    assert exercises.check(number, BANK_08[number].right)
    assert not exercises.check(number, ...)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize("right", [" Carry", "carry"])
def test_the_switch_may_be_written_in_any_case(right):
    assert exercises.check("08.1", right)


@pytest.mark.parametrize("right", [(3, 0.25), [3, 0.25], (3.0, 1 / 4)])
def test_the_stage_may_be_a_tuple_or_a_list(right):
    assert exercises.check("08.2", right)


@pytest.mark.parametrize(
    ("number", "wrong", "hint"), [(n, w, h) for n in VALUES for w, h in BANK_08[n].hints.items()]
)
def test_known_wrong_value_gets_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize(
    "answer", [matching_by_loop, matching_by_l1_loss, matching_by_norm, matching_as_a_number]
)
def test_every_right_form_of_feature_matching_is_accepted(answer):
    assert exercises.check("08.3", answer)


@pytest.mark.parametrize(("hint", "mistake"), BANK_08["08.3"].mistakes.items())
def test_known_mistake_gets_its_hint(hint, mistake, capsys):
    assert not exercises.check("08.3", mistake)
    assert hint in capsys.readouterr().out


def test_the_answers_are_what_the_package_does():
    assert GrowthSchedule(phase_images=240, n_scales=3).stage(780) == BANK_08["08.2"].right
    assert GrowthSchedule(phase_images=100, n_scales=3).stage(780) == (3, 1.0)
    sizes = {"resolution": 8, "latent_dim": 4, "channels": (4, 2), "emit": "all"}
    reached = {}
    for carry in ("features", "image"):
        g = MultiScaleGenerator(**sizes, carry=carry)
        g(torch.ones(2, g.latent_dim))[-1].square().sum().backward()
        reached[carry] = next(g.blocks[0].parameters()).grad is not None
    assert reached == {"features": True, "image": False}
