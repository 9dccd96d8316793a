import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from msgan_lessons.objective import (
    jensen_shannon_divergence,
    kl_divergence,
    minimax_value,
    optimal_discriminator,
    value_at_optimum,
)


@pytest.fixture
def pair():
    generator = torch.Generator().manual_seed(3)
    return torch.rand(2, 5, 40, generator=generator, dtype=torch.float64).softmax(-1)


def test_minimax_value_is_minus_log_4_when_logits_are_zero():
    assert float(minimax_value(torch.zeros(7), torch.zeros(3))) == pytest.approx(-math.log(4))


def test_minimax_value_is_the_formula_in_probabilities():
    real, fake = torch.randn(2, 50, dtype=torch.float64)
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    formula = d_real.log().mean() + (1 - d_fake).log().mean()
    torch.testing.assert_close(minimax_value(real, fake), formula)


def test_minimax_value_rises_when_d_gets_better():
    worse = minimax_value(torch.full((4,), 0.1), torch.full((4,), -0.1))
    better = minimax_value(torch.full((4,), 2.0), torch.full((4,), -2.0))
    assert worse < better <= 0


def test_minimax_value_is_finite_where_probabilities_round_to_zero():
    value = minimax_value(torch.tensor([-200.0]), torch.tensor([200.0]))
    assert float(value) == pytest.approx(-400)


def test_divergences_agree_with_scipy(pair):
    p, q = pair
    for i in range(len(p)):
        a, b = p[i].numpy(), q[i].numpy()
        assert float(kl_divergence(p[i], q[i])) == pytest.approx(entropy(a, b))
        expected = jensenshannon(a, b) ** 2  # SciPy returns the square root
        assert float(jensen_shannon_divergence(p, q)[i]) == pytest.approx(expected)


def test_jsd_is_symmetric_and_between_0_and_log_2(pair):
    p, q = pair
    torch.testing.assert_close(jensen_shannon_divergence(p, q), jensen_shannon_divergence(q, p))
    assert (jensen_shannon_divergence(p, q) >= 0).all()
    apart = jensen_shannon_divergence(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))
    assert float(apart) == pytest.approx(math.log(2))
    assert float(jensen_shannon_divergence(p[0], p[0])) == pytest.approx(0, abs=1e-12)


def test_kl_divergence_is_infinite_where_q_misses_p():
    assert float(kl_divergence(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0]))) == math.inf


def test_value_at_optimum_is_2_jsd_minus_log_4(pair):
    p, q = pair
    expected = 2 * jensen_shannon_divergence(p, q) - math.log(4)
    torch.testing.assert_close(value_at_optimum(p, q), expected)


def test_no_other_discriminator_beats_the_optimal_one(pair):
    p, q = pair
    d = optimal_discriminator(p, q)
    for shift in (-0.1, -0.01, 0.01, 0.1):
        other = (d + shift).clamp(1e-6, 1 - 1e-6)
        value = (p * other.log() + q * (1 - other).log()).sum(-1)
        assert (value < value_at_optimum(p, q)).all()


def test_gradient_of_the_value_is_zero_at_the_optimal_discriminator(pair):
    p, q = pair
    logits = optimal_discriminator(p, q).logit().requires_grad_(True)
    value = (p * torch.nn.functional.logsigmoid(logits)).sum()
    value = value + (q * torch.nn.functional.logsigmoid(-logits)).sum()
    (slope,) = torch.autograd.grad(value, logits)
    assert slope.abs().max() < 1e-12


def test_optimal_discriminator_is_one_half_where_nothing_lives():
    d = optimal_discriminator(torch.tensor([0.0, 1.0]), torch.tensor([0.0, 0.0]))
    assert d.tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([0.5, 0.6], [0.5, 0.5], "first distribution must sum to 1 over its last axis, got 1.1"),
        ([0.5, 0.5], [0.5, 0.4], "second distribution must sum to 1"),
        ([1.5, -0.5], [0.5, 0.5], "first distribution must be finite and >= 0"),
        ([0.5, 0.5], [1.0], "must have one shape, got \\(2,\\) and \\(1,\\)"),
    ],
)
def test_divergences_refuse_what_is_no_distribution(p, q, message):
    with pytest.raises(ValueError, match=message):
        jensen_shannon_divergence(torch.tensor(p), torch.tensor(q))


def test_numpy_arrays_are_welcome():
    p = np.array([0.25, 0.75])
    assert float(jensen_shannon_divergence(p, p)) == pytest.approx(0)
