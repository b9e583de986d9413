"""Bootstrap intervals against resampling done the plain way."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from viewcast.corpus.settings import TEST, Setting, random_halves
from viewcast.evaluation.intervals import bootstrap, compare, weighted_spearman


def test_weighted_equals_plain_resampling():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 12, 80).astype(float), rng.normal(size=80).round(1)
    counts = rng.multinomial(80, np.full(80, 1 / 80), size=25)
    expected = [spearmanr(np.repeat(x, row), np.repeat(y, row)).statistic for row in counts]
    np.testing.assert_allclose(weighted_spearman(x, y, counts.astype(float)), expected, atol=1e-12)


def test_no_spread_is_zero():
    assert weighted_spearman(np.ones(9), np.arange(9.0), np.ones((2, 9))).tolist() == [0, 0]


@pytest.fixture
def made() -> Setting:
    rng = np.random.default_rng(3)
    n = 900
    ids = np.array([f"{i:04d}" for i in range(n)], dtype=object)
    return Setting("one_per_user", ids, ids, rng.normal(size=n), random_halves(n, 10, 5, [1]), np.zeros(n, int))


def test_interval_covers_and_comparison_is_paired(made):
    rng = np.random.default_rng(4)
    shared = rng.normal(size=900)
    good = np.tile(made.target + 1.5 * shared, (10, 1))
    better = np.tile(made.target + 1.4 * shared, (10, 1))
    noise = rng.normal(size=900)
    draws = bootstrap(made, {"good": good, "better": better, "noise": noise}, draws=300, seed=[1])
    low, high = np.quantile(draws["noise"], [0.025, 0.975])
    assert low < 0 < high and 0.08 < high - low < 0.25
    # unpaired, the two would overlap by far: sd of each is about 0.025, their difference is 0.03
    pairs = [("better", "good"), ("good", "better"), ("noise", "noise")]
    verdicts = [compare(draws[better], draws[than])[3] for better, than in pairs]
    assert verdicts == ["beyond noise", "worse beyond noise", "within noise"]
    rho = np.mean([spearmanr(good[s][f == TEST], made.target[f == TEST]).statistic for s, f in enumerate(made.folds)])
    assert draws["good"].mean() == pytest.approx(rho, abs=0.01)


def test_missing_cues_are_left_out(made):
    cue = made.target.copy()
    cue[::3] = np.nan
    draws = bootstrap(made, {"cue": cue}, draws=100, seed=[1])
    assert np.allclose(draws["cue"], 1)
