"""The protocol by one scikit-learn fit after another: slow, and independent of the solver here."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVR

from viewcast.svr.parameters import TEST, ProtocolFit, SVRParameters
from viewcast.svr.selection import choose, cross_validation_scores

# LIBLINEAR regularises the intercept; this makes the penalty on a unit of it negligible.
INTERCEPT_SCALING = 10.0


def split_scaling(X: np.ndarray, scaling: str) -> tuple[np.ndarray, np.ndarray]:
    """Centre (d,) and multiplier (d,) of the training rows X (m, d), float64; 0 for a constant column."""
    centre, deviation = X.mean(axis=0), X.std(axis=0)
    varies = np.ptp(X, axis=0) > 0
    if not varies.any():
        return centre, np.zeros_like(centre)
    if scaling == "global":
        return centre, varies / np.sqrt((deviation[varies] ** 2).sum())
    return centre, np.where(varies, 1 / np.where(varies, deviation, 1) / np.sqrt(varies.sum()), 0)


def fit_one(X: np.ndarray, y: np.ndarray, C: float, parameters: SVRParameters) -> tuple[np.ndarray, float, bool]:
    """Weights (d,), intercept and convergence of one fit on scaled X (m, d) and y (m,)."""
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
    return model.coef_, float(np.ravel(model.intercept_)[0]) + centre, not caught


def fit_protocol(X: np.ndarray, y: np.ndarray, folds: np.ndarray, parameters: SVRParameters) -> ProtocolFit:
    """As `viewcast.svr.fit_protocol`, for arrays and targets (S, n); gaps are NaN, converged is scikit-learn's word."""
    n_C, fit = len(parameters.C), ProtocolFit.empty(y, folds, X.shape[1], parameters)
    fit.gap[:] = fit.cv_gap[:] = np.nan
    for s in range(len(folds)):
        train, test, fold = folds[s] >= 0, folds[s] == TEST, folds[s][folds[s] >= 0]
        target = y[s, train]
        if np.ptp(target) == 0:
            continue
        centre, multiplier = split_scaling(X[train].astype(np.float64), parameters.scaling)
        offset, spread = target.mean(), target.std()
        Z, target = (X[train] - centre) * multiplier, (target - offset) / spread
        out = np.empty((n_C, len(Z)))
        for c, C in enumerate(parameters.C):
            for f in range(parameters.folds):
                w, b, good = fit_one(Z[fold != f], target[fold != f], C, parameters)
                out[c, fold == f] = Z[fold == f] @ w + b
                fit.converged[s] &= good
        fit.cv_score[s] = cross_validation_scores(out, target, fold)
        best = choose(fit.cv_score[s])
        w, b, good = fit_one(Z, target, parameters.C[best], parameters)
        fit.converged[s] &= good
        fit.C[s] = parameters.C[best]
        fit.weights[s] = w * multiplier * spread
        fit.intercept[s] = b * spread + offset - fit.weights[s] @ centre
        fit.prediction[s, train] = out[best] * spread + offset
        fit.prediction[s, test] = X[test] @ fit.weights[s] + fit.intercept[s]
    return fit
