"""Student's interval against scipy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from msgan_lessons.runs.tables import mean_and_interval, t_quantile, t_two_sided_cdf


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 9, 10, 29, 200])
def test_the_share_within_t_is_scipys(df):
    for t in (0.0, 0.1, 1.0, 2.5, 40.0):
        assert t_two_sided_cdf(t, df) == pytest.approx(1 - 2 * stats.t.sf(t, df), abs=1e-13)


@pytest.mark.parametrize("level", [0.0, 0.5, 0.95, 0.99])
def test_the_quantile_is_scipys(level):
    for df in (1, 2, 3, 4, 9, 50):
        expected = stats.t.ppf((1 + level) / 2, df)
        assert t_quantile(df, level) == pytest.approx(expected, rel=1e-11, abs=1e-15)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12))
def test_the_interval_is_scipys(values):
    mean, half = mean_and_interval(values)
    assert mean == pytest.approx(np.mean(values), rel=1e-9, abs=1e-9)
    expected = stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
    assert half == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_the_interval_of_equal_values_has_no_width():
    assert mean_and_interval([0.1] * 5) == (pytest.approx(0.1), pytest.approx(0, abs=1e-15))


def test_one_seed_has_no_interval():
    assert mean_and_interval([3]) == (3, None)


def test_about_95_of_100_intervals_hold_the_true_mean():
    draws = np.random.default_rng(0).normal(size=(2000, 5))
    held = [abs(mean) <= half for mean, half in map(mean_and_interval, draws.tolist())]
    assert abs(np.mean(held) - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="values must hold at least one number, got none"):
        mean_and_interval([])
    with pytest.raises(ValueError, match="df must be at least 1, got 0"):
        t_quantile(0)
    with pytest.raises(ValueError, match=r"level must be in \[0, 1\), got 1"):
        t_quantile(3, 1)
    with pytest.raises(ValueError, match="t must be at least 0, got nan"):
        t_two_sided_cdf(math.nan, 3)
