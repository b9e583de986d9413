"""The cross-validation by one scikit-learn fit after another: slow, and independent of the solver here."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVR

from viewcast.folds import TEST
from viewcast.svr.parameters import CrossValidation, SVRParameters
from viewcast.svr.selection import choose, cross_validation_scores

# LIBLINEAR regularises the intercept; this makes the penalty on a unit of it negligible.
INTERCEPT_SCALING = 10.0

#: Centre (d,) and multiplier (d,) of a design.
Scaled = tuple[np.ndarray, np.ndarray]


def split_scaling(X: np.ndarray, scaling: str) -> Scaled:
    """Centre and multiplier of every column.

    :param X: (m, d) float64, the training rows.
    :param scaling: as in ``SVRParameters``.
    :returns: two arrays (d,) float64; the multiplier of a constant column is 0.
    """
    centre, deviation = X.mean(axis=0), X.std(axis=0)
    varies = np.ptp(X, axis=0) > 0
    if not varies.any():
        return centre, np.zeros_like(centre)
    if scaling == "none":  # centred all the same, which the free intercept makes up for
        return centre, varies.astype(np.float64)
    if scaling == "global":
        return centre, varies / np.sqrt((deviation[varies] ** 2).sum())
    return centre, np.where(varies, 1 / np.where(varies, deviation, 1) / np.sqrt(varies.sum()), 0)


def fit_one(X: np.ndarray, y: np.ndarray, C: float, parameters: SVRParameters) -> tuple[np.ndarray, float, bool]:
    """One fit by scikit-learn's ``LinearSVR``.

    :param X: (m, d), scaled.
    :param y: (m,) targets.
    :returns: weights (d,), intercept, and whether scikit-learn gave no warning of convergence.
    """
    centre = y.mean()
    squared = parameters.loss == "squared_epsilon_insensitive"
    model = LinearSVR(
        C=C,
        loss=parameters.loss,
        epsilon=parameters.epsilon,
        tol=parameters.tolerance,
        dual="auto" if squared else True,
        intercept_scaling=INTERCEPT_SCALING,
        random_state=0,
        max_iter=20_000,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(X, y - centre)
    good = not caught and bool(np.isfinite(model.coef_).all())
    return model.coef_, float(np.ravel(model.intercept_)[0]) + centre, good


def cross_validate(X: np.ndarray, y: np.ndarray, folds: np.ndarray, parameters: SVRParameters) -> CrossValidation:
    """As ``viewcast.svr.cross_validate``, by one scikit-learn fit after another.

    :param X: (n, d).
    :param y, folds: (S, n).
    :returns: as there, but gaps are NaN, and ``converged`` is scikit-learn's.
    """
    fit = CrossValidation.empty(y, folds, X.shape[1], parameters)
    for s in range(len(folds)):
        scaling = split_scaling(X[folds[s] >= 0].astype(np.float64), parameters.scaling)
        _fit_split(fit, s, [X] * (parameters.folds + 1), y[s], folds[s], [scaling] * (parameters.folds + 1), parameters)
    return fit


def fit_nested(
    designs: Sequence[np.ndarray], y: np.ndarray, folds: np.ndarray, parameters: SVRParameters
) -> CrossValidation:
    """As ``viewcast.svr.fit_nested``, for one problem.

    :param y, folds: (1, n).
    :returns: as there, but gaps are NaN, and ``converged`` is scikit-learn's.
    """
    fit = CrossValidation.empty(y, folds, designs[0].shape[1], parameters)
    trains = [folds[0] >= 0] + [parameters.trains(folds[0], k) for k in range(parameters.folds)]
    used = [0] + [1 + k for k in parameters.forecast_folds]
    scalings = {i: split_scaling(designs[i][trains[i]].astype(np.float64), parameters.scaling) for i in used}
    _fit_split(fit, 0, designs, y[0], folds[0], scalings, parameters)
    return fit


def _fit_split(
    fit: CrossValidation,
    s: int,
    designs: Sequence[np.ndarray],
    y: np.ndarray,
    folds: np.ndarray,
    scalings: Sequence[Scaled] | Mapping[int, Scaled],
    parameters: SVRParameters,
) -> None:
    """Fill in split s from designs[0] for the refit and designs[1 + k] for fold k; y and folds are (n,)."""
    fit.gap[s] = fit.cv_gap[s] = np.nan
    half, test = folds >= 0, folds == TEST
    if np.ptp(y[half]) == 0:
        return
    offset, spread = y[half].mean(), y[half].std()
    target = (y - offset) / spread

    def trained(i: int, rows: np.ndarray, C: float) -> tuple[np.ndarray, float]:
        centre, multiplier = scalings[i]
        w, b, good = fit_one((designs[i][rows] - centre) * multiplier, target[rows], C, parameters)
        fit.converged[s] &= good
        return w * multiplier, float(b - (w * multiplier) @ centre)

    out = np.full((len(parameters.C), len(y)), np.nan)
    for c, C in enumerate(parameters.C):
        for k in parameters.forecast_folds:
            w, b = trained(1 + k, parameters.trains(folds, k), C)
            out[c, folds == k] = designs[1 + k][folds == k] @ w + b
    scored = folds >= parameters.forecast_folds[0]
    fit.cv_score[s] = cross_validation_scores(out[:, scored], target[scored], folds[scored])
    best = choose(fit.cv_score[s])
    w, b = trained(0, half, parameters.C[best])
    fit.C[s] = parameters.C[best]
    fit.weights[s], fit.intercept[s] = w * spread, b * spread + offset
    fit.prediction[s, half] = out[best, half] * spread + offset
    fit.prediction[s, test] = designs[0][test] @ fit.weights[s] + fit.intercept[s]
