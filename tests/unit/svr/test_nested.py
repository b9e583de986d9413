"""Regressions whose inputs depend on what is held out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.svm import LinearSVR
from svr_problems import problem, random_folds

from viewcast.errors import ViewcastError
from viewcast.svr import SVRParameters, cross_validate, fit_nested

C = (0.01, 1.0, 100.0)


def nested_problem(n, widths, seed):
    """F + 1 designs of the given widths that tell about a target in different ways, and one split's folds."""
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal((n, 3))
    y = truth.sum(axis=1) + rng.standard_normal(n)
    designs = [
        np.hstack([truth + 0.3 * rng.standard_normal((n, 3)), rng.standard_normal((n, width))])[:, :width]
        * rng.lognormal(0, 1, width)
        + rng.normal(0, 5, width)
        for width in widths
    ]
    folds = random_folds(n, 1, seed, folds=len(widths) - 1)[0]
    folds[:7] = -2
    return designs, y, folds


def loop(designs, y, folds, forward):
    """Out-of-fold and test forecasts, scores and chosen C, by one scikit-learn fit after another."""
    half = folds >= 0
    offset, spread = y[half].mean(), y[half].std()
    out, score = np.full((len(C), len(y)), np.nan), np.empty(len(C))

    def forecast(X, train, at, C):
        centre, deviation = X[train].mean(axis=0), X[train].std(axis=0)
        Z = (X - centre) / np.where(deviation > 0, deviation, 1) / np.sqrt(X.shape[1])
        model = LinearSVR(
            C=C, epsilon=0.1, loss="squared_epsilon_insensitive", dual="auto", tol=1e-9, intercept_scaling=30,
            max_iter=100_000, random_state=0,
        )  # fmt: skip
        return model.fit(Z[train], (y[train] - offset) / spread).predict(Z[at])

    numbers = range(1 if forward else 0, len(designs) - 1)
    for c, value in enumerate(C):
        errors = []
        for k in numbers:
            train = half & (folds < k if forward else folds != k)
            out[c, folds == k] = forecast(designs[1 + k], train, folds == k, value)
            errors.append(np.mean((out[c, folds == k] - (y[folds == k] - offset) / spread) ** 2))
        score[c] = 1 - np.mean(errors)
    best = int(np.argmax(score))
    result = out[best] * spread + offset
    result[folds == -1] = forecast(designs[0], half, folds == -1, C[best]) * spread + offset
    return result, score, C[best]


@pytest.mark.parametrize("forward", [False, True])
@pytest.mark.parametrize("widths", [(6, 6, 6, 6), (5, 4, 6, 3), (90, 80, 95, 100)])
def test_nested_fits_are_those_of_a_plain_loop(widths, forward, backend):
    parameters = SVRParameters(C=C, folds=3, forward=forward)
    problems = [nested_problem(n, widths, seed) for seed, n in enumerate((130, 161))]
    for fit, (designs, y, folds) in zip(fit_nested(problems, parameters, backend=backend), problems, strict=True):
        expected, score, chosen = loop(designs, y, folds, forward)
        assert fit.converged.all() and fit.C[0] == chosen and fit.weights.shape == (1, widths[0])
        np.testing.assert_allclose(fit.cv_score[0], score, atol=2e-3)
        np.testing.assert_allclose(fit.prediction[0], expected, atol=4e-3 * y.std())
        known = folds >= (1 if forward else 0)
        np.testing.assert_array_equal(np.isfinite(fit.prediction[0]), known | (folds == -1))
        own = designs[0] @ fit.weights[0] + fit.intercept[0]
        np.testing.assert_allclose(own[folds == -1], fit.prediction[0, folds == -1], atol=1e-4)


def test_equal_designs_give_the_plain_protocol():
    """Its refit to the last digit that the solver promises; its folds up to the rows that scale them."""
    X, y = problem("narrow")
    folds = random_folds(len(y), 3)
    plain = cross_validate(X, y, folds)
    for s, fit in enumerate(fit_nested([([X] * 6, y, row) for row in folds])):
        assert fit.C[0] == plain.C[s]
        np.testing.assert_allclose(fit.weights[0], plain.weights[s], rtol=1e-3, atol=1e-4)
        test = folds[s] == -1
        np.testing.assert_allclose(fit.prediction[0, test], plain.prediction[s, test], atol=1e-3 * y.std())
        np.testing.assert_allclose(fit.prediction[0], plain.prediction[s], atol=0.05 * y.std())


def test_turns_and_the_independent_solver_change_nothing():
    parameters = SVRParameters(C=C, folds=3, forward=True)
    problems = [nested_problem(n, (5, 4, 6, 3), seed) for seed, n in enumerate((90, 60, 140))]
    problems.append((problems[0][0], np.ones(90), problems[0][2]))
    problems[1][0][1] = None  # the design of fold 0, which has no forecast
    together, cramped = fit_nested(problems, parameters), fit_nested(problems, parameters, memory_budget=1)
    slow = fit_nested(problems, SVRParameters(C=C, folds=3, forward=True, solver="liblinear"))
    for one, other, third, (_, y, _) in zip(together, cramped, slow, problems, strict=True):
        np.testing.assert_allclose(one.prediction, other.prediction, atol=1e-4)
        np.testing.assert_allclose(one.prediction, third.prediction, atol=5e-3 * max(y.std(), 1e-9))
    assert (together[3].prediction[0, 7:] == 1).all()


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda d, y, f: (d[:-1], y, f), "need 4 designs"),
        (lambda d, y, f: ([*d[:3], d[3][1:]], y, f), "the design of fold 2"),
        (lambda d, y, f: (d, y, np.where(f == 2, 0, f)), "a fold without any"),
    ],
)
def test_mistakes_are_named(change, words):
    with pytest.raises(ViewcastError, match=words):
        fit_nested([change(*nested_problem(80, (3, 3, 3, 3), 0))], SVRParameters(folds=3))
