"""Forecast intervals: what they promise, on average and where they are narrow or wide."""

import math

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.settings import Setting, random_halves
from viewcast.evaluation.conformal import LEVELS, coverage_table, half_widths
from viewcast.evaluation.difficulty import conformal_quantile, difficulty
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts


@pytest.mark.parametrize("coverage", [0.8, 0.95])
def test_a_new_score_is_below_the_quantile_as_often_as_promised(coverage):
    rng = np.random.default_rng(2)
    sizes = np.abs(rng.standard_t(4, (4000, 100)))
    covered = [row[99] <= conformal_quantile(row[:99], coverage) for row in sizes]
    assert np.mean(covered) == pytest.approx(coverage, abs=0.02)


def test_too_few_scores_give_an_interval_without_end():
    assert conformal_quantile(np.ones(10), 0.95) == math.inf


def made(seed: int, n: int = 1200, noise=lambda signal: np.exp(0.7 * signal)) -> tuple[Setting, Forecasts]:
    """Photos whose noise depends on their forecast."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=n)
    ids = np.array([f"{i:04d}" for i in range(n)], dtype=object)
    target = signal + noise(signal) * rng.normal(size=n)
    setting = Setting("one_per_user", ids, ids, target, random_halves(n, 2, 5, [seed]), np.zeros(n, int))
    nothing = np.zeros((1, 2))
    return setting, Forecasts("one_per_user", "social", ids, np.tile(signal, (2, 1)), nothing, nothing, nothing == 0)


def test_difficulty_is_found_and_its_fold_is_not_seen():
    rng = np.random.default_rng(4)
    x, folds = rng.normal(size=(3000, 2)), rng.integers(-1, 5, 3000)
    errors = np.exp(x[:, 0]) * rng.normal(size=3000)
    found = difficulty(x, errors, folds)
    assert np.corrcoef(np.log(found), x[:, 0])[0, 1] > 0.99
    altered = np.where(folds == 2, errors * 100, errors)
    np.testing.assert_array_equal(difficulty(x, np.where(folds < 0, np.nan, errors), folds), found)
    # Of fold 2, only the choice of the penalty and nothing else may know its errors.
    changed = difficulty(x, altered, folds)
    assert np.abs(np.log(changed / found))[folds == 2].max() < np.abs(np.log(changed / found))[folds == 1].max() / 5


def test_coverage_holds_in_every_tenth_of_widths():
    covered = np.zeros((len(LEVELS), 10))
    for seed in range(25):
        setting, model = made(seed)
        table = coverage_table([setting], {"one_per_user": [("social", model)]})
        tenths = table[table["tenth"] != "all"]
        covered += [tenths[f"coverage{percent}"].astype(float).to_numpy() for percent in LEVELS]
    for percent, row in zip(LEVELS, covered / 25, strict=True):
        np.testing.assert_allclose(row, percent / 100, atol=0.035)


def test_a_forecast_far_outside_does_not_make_an_endless_interval():
    setting, model = made(1)
    far = model.prediction.copy()
    far[0, np.flatnonzero(setting.folds[0] == TEST)[0]] = 1e4
    model = Forecasts(*(far if name == "prediction" else getattr(model, name) for name in list(vars(model))[:7]))
    widths = half_widths(setting, model, [], 0, np.arange(1200))[80]
    assert widths[0] <= 1.01 * np.sort(widths)[-2] * 3


def test_models_that_disagree_widen_the_interval():
    """The noise goes with how far another model's forecast is, which the forecast itself does not tell."""
    setting, model = made(3, n=4000, noise=lambda signal: np.ones_like(signal))
    rng = np.random.default_rng(5)
    apart = np.abs(rng.normal(size=4000))
    setting.target[:] = model.prediction[0] + (0.3 + apart) * rng.normal(size=4000)
    other = Forecasts(*vars(model).values())
    other.prediction[:] = model.prediction
    other = Forecasts(
        "one_per_user", "content", model.photo_id, model.prediction + apart, *list(vars(model).values())[4:7]
    )
    widths = half_widths(setting, model, [other], 0, np.arange(4000))[80]
    assert np.corrcoef(widths, apart[setting.folds[0] == TEST])[0, 1] > 0.9


def test_what_is_not_available_has_a_row_that_says_why():
    empty = np.empty((2, 0))
    setting = Setting("user_mix", *[np.array([], dtype=object)] * 2, np.array([]), empty, np.array([]), "no user")
    table = coverage_table([setting], {})
    assert table.loc[0, ["setting", "model", "coverage80", "note"]].tolist() == ["user_mix", "n/a", "n/a", "no user"]
    assert isinstance(table, pd.DataFrame) and len(table) == 1
