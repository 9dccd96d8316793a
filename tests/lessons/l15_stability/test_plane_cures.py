import itertools

import pytest
import torch
from torch import nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l15_stability.modes import BASELINE, CURES, GAMMA, Cure, find_cure

SINGLE = {  # what each cure alone changes
    "minimax": ("loss", "minimax"),
    "R1": ("r1_gamma", GAMMA),
    "relativistic": ("loss", "relativistic"),
}
LAYERS = {"pac 2": {"pac": 2}, "minibatch_stddev": None, "spectral norm": None}


def build(name):
    return find_cure(name).networks(Streams(0))


def changes(cure):
    ours, base = cure.settings.as_dict(), BASELINE.as_dict()
    return {key: ours[key] for key in ours if ours[key] != base[key]}


@pytest.mark.parametrize("name", SINGLE)
def test_a_cure_of_the_loss_changes_one_setting_and_no_network(name):
    cure, (key, value) = CURES[name], SINGLE[name]
    assert changes(cure) == {key: value}
    assert not cure.averaged
    for ours, base in zip(build(name), build("non-saturating"), strict=True):
        states = zip(ours.state_dict().items(), base.state_dict().items(), strict=True)
        assert all(a == b and torch.equal(x, y) for (a, x), (b, y) in states)


def test_r2_is_one_setting_more_than_r1():
    assert changes(CURES["R1 + R2"]) == changes(CURES["R1"]) | {"r2_gamma": GAMMA}


@pytest.mark.parametrize("name", LAYERS)
def test_a_cure_of_d_changes_d_alone(name):
    cure = CURES[name]
    assert changes(cure) == {}
    assert len(cure.discriminator) == 1
    (g, d), (base_g, base_d) = build(name), build("non-saturating")
    assert all(map(torch.equal, g.state_dict().values(), base_g.state_dict().values()))
    points = torch.randn(8, 2)
    assert len(d(points)) == (4 if name == "pac 2" else 8)
    shapes = [
        [tuple(m.weight.shape) for m in x.modules() if isinstance(m, nn.Linear)]
        for x in (d, base_d)
    ]
    differ = [a != b for a, b in zip(*shapes, strict=True)]
    assert differ == {"pac 2": [True, False, False], "minibatch_stddev": [False, True, False]}.get(
        name, [False] * 3
    )


def test_ema_changes_what_is_measured_and_nothing_else():
    cure = CURES["EMA"]
    assert (changes(cure), dict(cure.discriminator), cure.averaged) == ({}, {}, True)


def test_together_is_the_sum_of_its_cures():
    together = CURES["together"]
    parts = ("relativistic", "R1 + R2", "pac 2", "EMA")
    assert changes(together) == {k: v for n in parts for k, v in changes(CURES[n]).items()}
    assert dict(together.discriminator) == CURES["pac 2"].discriminator
    assert together.averaged


def test_annealed_is_together_without_pac_and_alone_plays_longer_and_changes_gamma():
    annealed = CURES["together annealed"]
    assert changes(annealed) == changes(CURES["together"])
    assert (dict(annealed.discriminator), annealed.averaged) == ({}, True)
    assert [cure.longer for cure in CURES.values()] == [1] * 10 + [10]
    assert [name for name, cure in CURES.items() if cure.gamma_from] == ["together annealed"]


def test_gamma_falls_by_the_same_factor_and_then_stays():
    cure = CURES["together annealed"]
    gammas = [cure.settings_at(t)["r1_gamma"] for t in (0, 0.2, 0.4, 0.6, 0.8, 1, 1.1)]
    assert (gammas[0], gammas[4:]) == (pytest.approx(0.2), [pytest.approx(GAMMA)] * 3)
    factors = [late / early for early, late in itertools.pairwise(gammas[:5])]
    assert factors == pytest.approx([(GAMMA / 0.2) ** 0.25] * 4)
    assert cure.settings_at(0.3)["r2_gamma"] == cure.settings_at(0.3)["r1_gamma"]


def test_learning_rates_stay_as_long_as_the_cure_says():
    def rates(name):
        return [CURES[name].settings_at(t)["g_lr"] / 2e-3 for t in (0, 0.4, 0.5, 0.7, 0.75, 1, 2)]

    assert rates("R1") == pytest.approx([1, 1, 1, 0.6, 0.5, 0.01, 0.01])
    assert rates("together annealed")[:4] == pytest.approx([1, 1, 0.5 / 0.6, 0.5])
    assert CURES["R1"].settings_at(0.7)["d_lr"] == pytest.approx(0.6 * 2e-3)
    assert "r1_gamma" not in CURES["R1"].settings_at(0.7)


def test_an_unknown_cure_is_refused():
    with pytest.raises(
        ValueError, match="cure must be one of non-saturating, minimax, .* 'prayer'"
    ):
        find_cure("prayer")
    with pytest.raises(ValueError, match="r1_gamma must be >= 0, got -1"):
        Cure("wrong", {"r1_gamma": -1}).settings  # noqa: B018
