"""Folds that are ordered in time: what comes later has no say, and what has no forecast takes no part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from svr_problems import problem, random_folds

from viewcast.errors import ViewcastError
from viewcast.svr import SVRParameters, cross_validate, fit_many, fuse

FORWARD = SVRParameters(forward=True)


@pytest.mark.parametrize("kind", ["narrow", "wide"])
def test_forward_folds_learn_from_earlier_folds_alone(kind, form, backend):
    """Whatever comes later may be anything; and what does stand there is what independent fits give."""
    X, y = problem(kind, seed=3)
    folds, grid = random_folds(len(y), 2, seed=3), (0.01, 0.1, 1.0)
    parameters = SVRParameters(C=grid, forward=True)
    fit = cross_validate(X, y, folds, parameters, backend=backend)
    theirs = cross_validate(X, y, folds, SVRParameters(C=grid, forward=True, solver="liblinear", tolerance=1e-8))
    (many,) = fit_many([(X, y, folds)], parameters, backend=backend)
    assert fit.converged.all() and np.isnan(fit.prediction[folds == 0]).all()
    for other in (theirs, many):
        np.testing.assert_array_equal(fit.C, other.C)
        np.testing.assert_allclose(fit.cv_score, other.cv_score, atol=1e-3)
        np.testing.assert_allclose(fit.prediction, other.prediction, atol=2e-3 * y.std())

    one, late = SVRParameters(C=(1.0,), forward=True), y.copy()
    late[folds[0] == 4] = np.random.default_rng(0).permutation(y[folds[0] == 4])
    before, after = (cross_validate(X, target, folds[:1], one, backend=backend) for target in (y, late))
    known, test = folds[0] > 0, folds[0] == -1
    np.testing.assert_allclose(before.prediction[0, known], after.prediction[0, known], atol=1e-3 * y.std())
    assert np.abs(before.prediction[0, test] - after.prediction[0, test]).max() > 0.1 * y.std()


def test_a_fusion_forward_in_time_goes_without_the_photos_that_have_no_forecast():
    """It is what a fusion over the later folds, numbered anew, gives; and a fusion of fusions has two folds fewer."""
    rng, n = np.random.default_rng(4), 500
    folds, y = random_folds(n, 2), rng.standard_normal(n)
    inputs = y + rng.normal(size=(3, 2, n)) * np.array([1, 1.5, 2])[:, None, None]
    inputs[:, folds == 0] = np.nan
    shifted = np.where(folds > 0, folds - 1, np.where(folds == 0, -2, folds)).astype(np.int8)
    fused = fuse(inputs, y, folds, FORWARD)
    expected = fuse(inputs, y, shifted, replace(FORWARD, folds=4))
    np.testing.assert_array_equal(fused.prediction, expected.prediction)
    np.testing.assert_array_equal(np.isnan(fused.prediction), (folds == 0) | (folds == 1))
    again = fuse(np.stack([fused.prediction, inputs[0]]), y, folds, FORWARD)
    np.testing.assert_array_equal(np.isnan(again.prediction), (folds >= 0) & (folds <= 2))
    np.testing.assert_array_equal(
        np.isnan(fuse(again.prediction[None], y, folds, FORWARD).prediction), (folds >= 0) & (folds <= 3)
    )


def test_too_few_folds_forward_and_gaps_elsewhere_are_named():
    rng, folds = np.random.default_rng(5), random_folds(90, 1, folds=3)
    inputs, y = rng.standard_normal((1, 1, 90)), rng.standard_normal(90)
    inputs[:, (folds == 0) | (folds == 1)] = np.nan
    with pytest.raises(ViewcastError, match="of 3 folds forward in time, 1 have forecasts"):
        fuse(inputs, y, folds, SVRParameters(folds=3, forward=True))
    with pytest.raises(ViewcastError, match="not finite"):
        fuse(inputs, y, folds, SVRParameters(folds=3))
    inputs[0, 0, np.flatnonzero(folds[0] == 1)[0]] = 1.0
    with pytest.raises(ViewcastError, match="not finite"):
        fuse(inputs, y, folds, SVRParameters(folds=3, forward=True))


def test_free_weights_are_those_of_the_plain_regression():
    rng, n = np.random.default_rng(12), 300
    folds, y = random_folds(n, 3), rng.normal(size=n)
    inputs = np.concatenate([y + rng.normal(size=(2, 3, n)), -y + 2 * rng.normal(size=(1, 3, n))])
    free = fuse(inputs, y, folds, nonnegative=False)
    for s in range(3):
        plain = cross_validate(inputs[:, s].T, y, folds[s : s + 1])
        np.testing.assert_allclose(free.weights[s], plain.weights[0], rtol=1e-3)
        assert free.weights[s, 2] < 0 and fuse(inputs, y, folds).weights[s, 2] == 0
