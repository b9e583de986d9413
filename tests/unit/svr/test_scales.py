"""Features of any scale get the right answer or a clear error, and a fit that diverged never counts as converged."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.svm import LinearSVR
from svr_problems import problem, random_folds

from viewcast.errors import ViewcastError
from viewcast.svr import SVRParameters, cross_validate, fit_many, fit_nested, fuse
from viewcast.svr.newton import Iterate, Regressions, relative, solve
from viewcast.svr.systems import EigenSystem

LOSSES = ["squared_epsilon_insensitive", "epsilon_insensitive"]


def fits_of(X, y, folds, parameters):
    """The same cross-validation by every route."""
    yield cross_validate(X, y, folds, parameters)
    yield fit_many([(X, y, folds)], parameters)[0]
    yield fit_nested([([X] * 6, y, folds[0])], parameters)[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scales", [[1e25], [1e-30], [1.0, 1e25], [1e-30, 1.0], [1e-30, 1e-5, 1e20, 1e25]], ids=str)
def test_columns_of_any_scale_give_what_unit_columns_give(scales, loss, dtype, form):
    X, y = problem("narrow")
    X = X.astype(np.float32)
    factor = np.resize(scales, X.shape[1])
    folds, parameters = random_folds(len(y), 1), SVRParameters(C=(0.1, 10.0), loss=loss)
    expected = cross_validate(X, y, folds, parameters)
    for fit in fits_of((X * factor).astype(dtype), y, folds, parameters):
        assert fit.converged.all() and fit.C[0] == expected.C[0]
        np.testing.assert_allclose(fit.weights * factor, expected.weights, atol=1e-2 * np.abs(expected.weights).max())
        test = folds[0] == -1
        np.testing.assert_allclose(fit.prediction[0, test], expected.prediction[0, test], atol=1e-2 * y.std())


@pytest.mark.parametrize("scale", [1e25, 1e-30])
def test_a_whole_matrix_of_any_scale_may_be_scaled_globally(scale, form):
    X, y = problem("narrow")
    folds, parameters = random_folds(len(y), 1), SVRParameters(scaling="global")
    expected = cross_validate(X, y, folds, parameters)
    fit = cross_validate((X * scale).astype(np.float32), y, folds, parameters)
    assert fit.converged.all()
    np.testing.assert_allclose(fit.prediction, expected.prediction, atol=1e-3 * y.std())


@pytest.mark.parametrize("scale", [1e-36, 1e36, 1e-170, 1e170, 1e307])
def test_a_column_beyond_single_precision_is_named(scale):
    X, y = problem("narrow")
    X[:, 7] *= scale
    for route in range(3):
        with pytest.raises(ViewcastError, match="column 7 of the features"):
            for number, _ in enumerate(fits_of(X, y, random_folds(len(y), 1), SVRParameters())):
                assert number < route, "an earlier route should have raised"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named(value):
    X, y = problem("narrow")
    X[5, 3] = value
    with pytest.raises(ViewcastError, match="row 5 are not finite in column 3"):
        cross_validate(X, y, random_folds(len(y), 1))


@pytest.mark.parametrize("kind", ["narrow", "plain", pytest.param("wide", marks=pytest.mark.slow)])
def test_unscaled_features_are_those_of_scikit_learn(kind, form, backend):
    """The paper says nothing of scaling: C then weighs the numbers as they stand, far from zero and of any unit."""
    X, y = problem(kind)
    rng = np.random.default_rng(1)
    X = X * rng.lognormal(0, 1, X.shape[1]) + rng.normal(0, 3, X.shape[1])
    folds, grid = random_folds(len(y), 2), (1e-4, 1e-3)
    fit = cross_validate(X, y, folds, SVRParameters(C=grid, scaling="none"), backend=backend)
    assert fit.converged.all() and fit.gap.max() <= 1e-7
    for s in range(2):
        train = folds[s] >= 0
        offset, spread = y[train].mean(), y[train].std()
        model = LinearSVR(
            C=fit.C[s], epsilon=0.1, loss="squared_epsilon_insensitive", dual="auto", tol=1e-9, intercept_scaling=300,
            max_iter=100_000, random_state=0,
        ).fit(X[train], (y[train] - offset) / spread)  # fmt: skip
        np.testing.assert_allclose(fit.weights[s] / spread, model.coef_, atol=5e-3 * np.abs(model.coef_).max())
    others = fit_many([(X, y, folds)], SVRParameters(C=grid, scaling="none"), backend=backend)
    if kind != "wide":  # where liblinear's regularised intercept tells
        others.append(cross_validate(X, y, folds, SVRParameters(C=grid, scaling="none", solver="liblinear")))
    for other in others:
        np.testing.assert_array_equal(fit.C, other.C)
        np.testing.assert_allclose(fit.cv_score, other.cv_score, atol=5e-3)
        np.testing.assert_allclose(fit.prediction, other.prediction, atol=5e-3 * y.std())
    nested = fit_nested([([X] * 6, y, folds[0])], SVRParameters(C=grid, scaling="none"), backend=backend)[0]
    np.testing.assert_allclose(nested.prediction[0], fit.prediction[0], atol=2e-3 * y.std())


@pytest.mark.parametrize("scale", [1e-15, 1e15])
def test_unscaled_features_that_no_c_fits_are_named(scale):
    X, y = problem("narrow")
    X[:, 4] *= 3
    with pytest.raises(ViewcastError, match="Column 4 varies most"):
        cross_validate(X * scale, y, random_folds(len(y), 1), SVRParameters(scaling="none"))


@pytest.mark.parametrize("gap, scale, share", [(0, 0, 0), (1, 2, 0.5), (1, 0, np.inf), (0, 2, 0)])
def test_the_relative_gap_of_finite_numbers(gap, scale, share):
    assert relative(np.array([float(gap)]), np.array([float(scale)]))[0] == share


@pytest.mark.parametrize("gap", [0.0, 1.0, np.nan, np.inf])
@pytest.mark.parametrize("scale", [0.0, 1.0, np.nan, np.inf])
def test_the_relative_gap_of_anything_else_is_infinite(gap, scale):
    if not (np.isfinite(gap) and np.isfinite(scale)):
        assert relative(np.array([gap]), np.array([scale]))[0] == np.inf


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_a_fit_that_diverges_is_not_converged_and_spoils_no_other(plain, bad):
    rng = np.random.default_rng(0)
    good = rng.standard_normal((50, 4)).astype(np.float32)
    wrong = good.copy()
    wrong[3] = bad
    system = EigenSystem([wrong, good], [np.ones(4, np.float32)] * 2, 1.0)
    target = rng.standard_normal((2, 50)).astype(np.float32)
    problems = Regressions(target, np.ones_like(target), np.arange(2), np.ones(2, np.float32), 0.1)
    at = solve(system, problems, 1e-5, Iterate.zero(problems, 4), plain)
    assert at.gap[0] == np.inf and at.gap[1] <= 1e-5


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_diverged_fold_marks_its_split_through_every_route(monkeypatch):
    """The certificate of any fold must reach the fit that is handed out, also of many problems and of a fusion."""
    from viewcast.svr import cross_validation, many, nested
    from viewcast.svr import search as searching

    def spoiled(system, problems, tolerance, start, plain):
        at = solve(system, problems, tolerance, start, plain)
        at.gap[-1] = np.nan
        return at

    X, y = problem("narrow")
    folds = random_folds(len(y), 2)
    for module in (searching, nested):
        monkeypatch.setattr(module, "solve", spoiled)
    monkeypatch.setattr(cross_validation, "solve", lambda system, problems, tolerance, start, plain: start)
    assert cross_validate(X, y, folds).converged.tolist() == [True, False]
    assert many.fit_many([(X, y, folds)])[0].converged.tolist() == [True, False]
    assert not fit_nested([([X] * 6, y, folds[0])])[0].converged.any()
    inputs = y + np.random.default_rng(0).normal(size=(2, 2, len(y)))
    assert fuse(inputs, y, folds).converged.tolist() == [True, False]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_target_within_the_tube_is_learned_without_error(loss):
    """Two values closer together than the tube: nothing is lost, and nothing divided by nothing."""
    X, _ = problem("narrow")
    y, folds = np.zeros(len(X)), random_folds(len(X), 1)
    y[folds[0] == 2] = 1.0
    fit = cross_validate(X, y, folds, SVRParameters(loss=loss, epsilon=50.0))
    assert fit.converged.all() and (fit.gap == 0).all() and np.abs(fit.weights).max() == 0
