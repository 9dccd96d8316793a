"""The value of the game, its optimum and the divergences, against SciPy and in closed form."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy
from seeded import normal
from torch.nn.functional import logsigmoid

from msgan_lessons.objective import (
    jensen_shannon_divergence,
    kl_divergence,
    minimax_value,
    optimal_discriminator,
    value_at_optimum,
)

P, Q = normal(2, 5, 40, seed=3, dtype=torch.float64).softmax(-1)


def test_minimax_value_is_the_formula_in_probabilities():
    real, fake = normal(2, 50, dtype=torch.float64)
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    formula = d_real.log().mean() + (1 - d_fake).log().mean()
    torch.testing.assert_close(minimax_value(real, fake), formula)
    assert float(minimax_value(torch.zeros(7), torch.zeros(3))) == pytest.approx(-math.log(4))


def test_minimax_value_is_finite_where_probabilities_round_to_zero():
    value = minimax_value(torch.tensor([-200.0]), torch.tensor([200.0]))
    assert float(value) == pytest.approx(-400)


def test_divergences_agree_with_scipy():
    torch.testing.assert_close(kl_divergence(P, Q), torch.from_numpy(entropy(P, Q, axis=-1)))
    expected = torch.from_numpy(jensenshannon(P, Q, axis=-1) ** 2)  # SciPy returns the root
    torch.testing.assert_close(jensen_shannon_divergence(P, Q), expected)
    torch.testing.assert_close(jensen_shannon_divergence(Q, P), expected)


def test_divergences_of_distributions_that_are_alike_or_share_nothing():
    one, other, half = torch.eye(2)[0], torch.eye(2)[1], torch.full((2,), 0.5)
    assert float(jensen_shannon_divergence(one, other)) == pytest.approx(math.log(2))
    assert float(jensen_shannon_divergence(P[0], P[0])) == pytest.approx(0, abs=1e-12)
    assert float(kl_divergence(half, one)) == math.inf


def test_value_at_optimum_is_2_jsd_minus_log_4():
    expected = 2 * jensen_shannon_divergence(P, Q) - math.log(4)
    torch.testing.assert_close(value_at_optimum(P, Q), expected)


def test_no_other_discriminator_beats_the_optimal_one():
    d = optimal_discriminator(P, Q)
    for shift in (-0.1, -0.01, 0.01, 0.1):
        other = (d + shift).clamp(1e-6, 1 - 1e-6)
        value = (P * other.log() + Q * (1 - other).log()).sum(-1)
        assert (value < value_at_optimum(P, Q)).all()
    logits = d.logit().requires_grad_(True)
    value = (P * logsigmoid(logits) + Q * logsigmoid(-logits)).sum()
    assert torch.autograd.grad(value, logits)[0].abs().max() < 1e-12


def test_optimal_discriminator_is_one_half_where_nothing_lives():
    d = optimal_discriminator(torch.tensor([0.0, 1.0]), torch.tensor([0.0, 0.0]))
    assert d.tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([0.5, 0.6], [0.5, 0.5], "first distribution must sum to 1 over its last axis, got 1.1"),
        ([0.5, 0.5], [0.5, 0.4], "second distribution must sum to 1"),
        ([1.5, -0.5], [0.5, 0.5], "first distribution must be finite and >= 0"),
        ([0.5, 0.5], [1.0], r"must have one shape, got \(2,\) and \(1,\)"),
    ],
)
def test_divergences_refuse_what_is_no_distribution(p, q, message):
    with pytest.raises(ValueError, match=message):
        jensen_shannon_divergence(torch.tensor(p), torch.tensor(q))


def test_numpy_arrays_are_welcome():
    p = np.array([0.25, 0.75])
    assert float(jensen_shannon_divergence(p, p)) == pytest.approx(0)
