"""The same optimum as independent solvers, on everything that can go wrong with a matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from svr_problems import objective, optimum, problem, random_folds, scaled
from threadpoolctl import threadpool_limits

from viewcast.errors import ViewcastError
from viewcast.svr import SVRParameters, cross_validate, load_backend

KINDS = ["plain", "wide", "narrow", "ill", "offset", "constant"]


def check_optimum(X, y, fit, folds, s, scaling="standard"):
    train = folds[s] >= 0
    Z, t, unit = scaled(X, y, train, scaling)
    w, b = optimum(Z[train], t[train], fit.C[s])
    spread, offset = y[train].std(), y[train].mean()
    own = fit.weights[s] * unit
    level = ((X[train] @ fit.weights[s] + fit.intercept[s] - offset) / spread - Z[train] @ own).mean()
    best = objective(Z[train], t[train], w, b, fit.C[s])
    assert objective(Z[train], t[train], own, level, fit.C[s]) <= best * (1 + 1e-5)
    assert np.abs(fit.prediction[s, ~train] - (Z[~train] @ w + b) * spread - offset).max() < 1e-3 * y.std()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
def test_refit_is_the_optimum(kind, C, form, backend):
    X, y = problem(kind)
    folds = random_folds(len(y), 2)
    fit = cross_validate(X, y, folds, SVRParameters(C=(C,)), backend=backend)
    assert fit.converged.all() and fit.gap.max() <= 1e-7
    for s in range(2):
        check_optimum(X, y, fit, folds, s)


@pytest.mark.parametrize("kind", ["plain", pytest.param("wide", marks=pytest.mark.slow), "constant"])
def test_search_is_that_of_independent_fits(kind, form, backend):
    X, y = problem(kind, seed=1)
    folds, parameters = random_folds(len(y), 2, seed=1), SVRParameters()
    fit = cross_validate(X, y, folds, parameters, backend=backend)
    for s in range(2):
        train = folds[s] >= 0
        Z, t, _ = scaled(X, y, train)
        out = np.full((5, len(y)), np.nan)
        for c, C in enumerate(parameters.C):
            for f in range(5):
                fold = folds[s] == f
                w, b = optimum(Z[train & ~fold], t[train & ~fold], C)
                out[c, fold] = Z[fold] @ w + b
        score = np.array([1 - np.mean([np.mean((row - t)[folds[s] == f] ** 2) for f in range(5)]) for row in out])
        np.testing.assert_allclose(fit.cv_score[s], score, atol=1e-3)
        every = spearmanr(out[parameters.C.index(fit.C[s]), train], y[train])[0]
        assert abs(spearmanr(fit.prediction[s, train], y[train])[0] - every) < 1e-3
        assert score[parameters.C.index(fit.C[s])] >= score.max() - 1e-3
        expected = out[parameters.C.index(fit.C[s]), train] * y[train].std() + y[train].mean()
        np.testing.assert_allclose(fit.prediction[s, train], expected, atol=1e-3 * y.std())


@pytest.mark.parametrize("d", [40, 50, 60])
def test_halves_with_more_and_with_fewer_photos_than_features(d, backend):
    """As in the setting that the final model is of: one half is all photos, others lack a part."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, d)).astype(np.float32)
    y = X[:, 0] + rng.normal(size=60)
    folds = np.resize(np.arange(5, dtype=np.int8), (3, 60))
    folds[1, :11] = folds[2, 20:35] = -1
    fit = cross_validate(X, y, folds, SVRParameters(C=(0.1, 1.0)), backend=backend)
    for s in range(3):
        alone = cross_validate(X, y, folds[s : s + 1], SVRParameters(C=(0.1, 1.0)), backend=backend)
        assert fit.converged[s] and fit.C[s] == alone.C[0]
        np.testing.assert_allclose(fit.prediction[s], alone.prediction[0], atol=1e-4)
        np.testing.assert_allclose(fit.weights[s], alone.weights[0], atol=1e-4)


def test_agrees_with_scikit_learn():
    X, y = problem("plain", seed=2)
    folds = random_folds(len(y), 2, seed=2)
    ours = cross_validate(X, y, folds)
    theirs = cross_validate(X, y, folds, SVRParameters(solver="liblinear", tolerance=1e-8))
    np.testing.assert_array_equal(ours.C, theirs.C)
    np.testing.assert_allclose(ours.prediction, theirs.prediction, atol=1e-3 * y.std())
    np.testing.assert_allclose(ours.weights, theirs.weights, atol=1e-3 * np.abs(theirs.weights).max())


@pytest.mark.parametrize("kind", ["plain", "wide"])
@pytest.mark.parametrize("C", [0.1, 10.0])
def test_plain_loss(kind, C, form, backend):
    X, y = problem(kind)
    folds = random_folds(len(y), 1)
    parameters = SVRParameters(C=(C,), loss="epsilon_insensitive")
    fit = cross_validate(X, y, folds, parameters, backend=backend)
    assert fit.converged.all() and fit.gap.max() <= 1e-5
    theirs = cross_validate(X, y, folds, SVRParameters(C=(C,), loss=parameters.loss, solver="liblinear"))
    train = folds[0] >= 0
    Z, t, unit = scaled(X, y, train)

    def value(fit):
        w = fit.weights[0] * unit
        level = (
            (X[train] @ fit.weights[0] + fit.intercept[0] - y[train].mean()) / y[train].std() - Z[train] @ w
        ).mean()
        return objective(Z[train], t[train], w, level, C, plain=True)

    # scikit-learn regularises its intercept a little, hence "at most" and not "equal".
    assert value(fit) <= value(theirs) * (1 + 1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(30, 90), st.integers(1, 120), st.sampled_from(["standard", "global"]))
def test_random_problems(seed, n, d, scaling):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) * rng.lognormal(0, 2, d) + rng.normal(0, 10, d)
    y, folds = X[:, 0] + X[:, 0].std() * rng.standard_normal(n), random_folds(n, 1, seed)
    fit = cross_validate(X, y, folds, SVRParameters(scaling=scaling))
    assert fit.converged.all()
    check_optimum(X, y, fit, folds, 0, scaling)


def test_constant_column_has_no_weight_and_unused_rows_no_say():
    X, y = problem("constant")
    folds = random_folds(len(y), 2)
    X[folds[0] >= 0, 9] = 4.0  # constant in the first split's training half alone
    folds[:, :20] = -2
    fit = cross_validate(X, y, folds)
    assert (fit.weights[:, 3] == 0).all() and fit.weights[0, 9] == 0 and fit.weights[1, 9] != 0
    assert np.isnan(fit.prediction[:, :20]).all() and np.isfinite(fit.prediction[:, 20:]).all()
    X[:20], y[:20] = 1e6, np.nan
    np.testing.assert_array_equal(cross_validate(X, y, folds).prediction, fit.prediction)


def test_constant_target_predicts_it():
    X, _ = problem("plain")
    folds = random_folds(len(X), 2)
    fit = cross_validate(X, np.full(len(X), 3.0), folds)
    assert (fit.prediction == 3).all() and not fit.weights.any() and (fit.C == 0.01).all()


def test_an_unreachable_tolerance_is_admitted():
    X, y = problem("ill")
    fit = cross_validate(X, y, random_folds(len(y), 1), SVRParameters(tolerance=1e-30, C=(100.0,)))
    assert not fit.converged.any() and fit.gap.max() > 1e-30


def test_threads_do_not_change_printed_digits():
    X, y = problem("plain")
    folds, fits = random_folds(len(y), 2), []
    with threadpool_limits():  # restores what it was
        for threads in (1, 2):
            fits.append(cross_validate(X, y, folds, backend=load_backend("numpy", threads)))
    np.testing.assert_array_equal(fits[0].C, fits[1].C)
    np.testing.assert_allclose(fits[0].cv_score, fits[1].cv_score, atol=5e-5)
    np.testing.assert_allclose(fits[0].prediction, fits[1].prediction, atol=1e-4 * y.std())


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda X, y, f: (X, y[:-1], f), "need a target"),
        (lambda X, y, f: (X, y, np.where(f == 4, 0, f)), "a fold without any"),
        (lambda X, y, f: (X, y, np.where(f == 4, 7, f)), "fold numbers"),
        (lambda X, y, f: (X, y * np.nan, f), "finite target"),
        (lambda X, y, f: (np.where(np.arange(len(X))[:, None] == 17, np.inf, X), y, f), "row 17"),
        (lambda X, y, f: (X.astype(int), y, f), "float matrix"),
    ],
)
def test_mistakes_are_named(change, words):
    X, y = problem("plain")
    with pytest.raises(ViewcastError, match=words):
        cross_validate(*change(X, y, random_folds(len(y), 1)))


@pytest.mark.parametrize("wrong", [{"C": (1.0, 0.1)}, {"C": ()}, {"folds": 1}, {"epsilon": -1}, {"tolerance": 0}])
def test_parameters_are_checked(wrong):
    with pytest.raises(ViewcastError):
        SVRParameters(**wrong)
