"""Student's interval against a printed table, and what it promises."""

import math

import numpy as np
import pytest

from msgan_lessons.runs.tables import mean_and_interval

TABLE = {1: 12.7062047, 2: 4.3026527, 4: 2.7764451, 9: 2.2621572, 29: 2.0452296}  # df: t(0.975)


@pytest.mark.parametrize(("df", "t"), TABLE.items())
def test_half_the_interval_is_t_times_the_standard_error(df, t):
    values = np.random.default_rng(df).normal(3, 2, size=df + 1).tolist()
    mean, half = mean_and_interval(values)
    assert mean == pytest.approx(math.fsum(values) / len(values), rel=1e-12)
    assert half == pytest.approx(t * np.std(values, ddof=1) / math.sqrt(df + 1), rel=1e-7)


def test_the_interval_of_equal_values_has_no_width_and_one_seed_has_none():
    assert mean_and_interval([0.1] * 5) == (pytest.approx(0.1), pytest.approx(0, abs=1e-15))
    assert mean_and_interval([3]) == (3, None)


def test_about_95_of_100_intervals_hold_the_true_mean():
    draws = np.random.default_rng(0).normal(size=(2000, 5))
    held = [abs(mean) <= half for mean, half in map(mean_and_interval, draws.tolist())]
    assert abs(np.mean(held) - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000)


def test_no_value_is_refused():
    with pytest.raises(ValueError, match="values must hold at least one number, got none"):
        mean_and_interval([])
