"""Small protocols, and a reference optimum that shares nothing with the solver."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize


def random_folds(n, splits, seed=0, folds=5):
    """Random halves with folds, (splits, n) int8."""
    out = np.full((splits, n), -1, dtype=np.int8)
    for s in range(splits):
        half = np.random.default_rng([seed, s]).permutation(n)[: n // 2]
        out[s, half] = np.arange(len(half)) % folds
    return out


def problem(kind, seed=0):
    """(X, y) of one awkward kind."""
    rng = np.random.default_rng(seed)
    n, d = {"wide": (120, 400), "narrow": (400, 12)}.get(kind, (240, 60))
    X = rng.standard_normal((n, d))
    if kind == "ill":
        X = X @ (rng.standard_normal((d, d)) * np.logspace(0, -4, d)[:, None])
    if kind == "offset":
        X = X * np.logspace(-3, 3, d) + 1e4
    if kind == "constant":
        X[:, 3], X[:, 5], X[:, 7] = 2.0, X[:, 4], -X[:, 4]
    signal = X[:, :5] - X[:, :5].mean(axis=0)
    y = (signal / signal.std(axis=0).clip(1e-9)).sum(axis=1) + 2 * rng.standard_normal(n)
    return X, y


def scaled(X, y, train, scaling="standard"):
    """All rows and targets in the solver's units, and what a weight is multiplied by to get there, float64."""
    centre, deviation = X[train].mean(axis=0), X[train].std(axis=0)
    varies = np.ptp(X[train], axis=0) > 0
    if scaling == "global":
        unit = np.sqrt((deviation**2).sum())
    else:
        unit = np.where(varies, deviation, 1) * np.sqrt(varies.sum())
    return (X - centre) / unit * varies, (y - y[train].mean()) / y[train].std(), unit / y[train].std()


def objective(Z, t, w, b, C, epsilon=0.1, plain=False):
    """The primal objective."""
    outside = np.maximum(np.abs(t - Z @ w - b) - epsilon, 0)
    return w @ w / 2 + C * (outside.sum() if plain else (outside**2).sum())


def optimum(Z, t, C, epsilon=0.1):
    """Weights and intercept of the squared loss by L-BFGS in float64, polished by exact Newton steps."""
    A = np.column_stack([Z, np.ones(len(Z))])
    ridge = np.ones(A.shape[1])
    ridge[-1] = 0

    def value(v):
        r = t - A @ v
        out = np.sign(r) * np.maximum(np.abs(r) - epsilon, 0)
        return (ridge * v) @ v / 2 + C * out @ out, ridge * v - 2 * C * A.T @ out

    v = minimize(value, np.zeros(A.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x
    for _ in range(30):
        f, g = value(v)
        active = A[np.abs(t - A @ v) > epsilon]
        step = np.linalg.lstsq(np.diag(ridge) + 2 * C * active.T @ active, -g, rcond=None)[0]
        size = 1.0
        while value(v + size * step)[0] > f and size > 1e-10:
            size /= 2
        v = v + size * step
        if np.abs(g).max() < 1e-10:
            break
    return v[:-1], v[-1]
