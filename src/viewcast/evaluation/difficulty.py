"""How large an error is to be expected of a forecast, and what is seldom exceeded.

What the tables' intervals and those of single pictures share, without the libraries of tables, which take a second to
import.
"""

from __future__ import annotations

import math

import numpy as np

#: Ridge penalties of the difficulty, in photos; the last all but forbids it, so that the width is constant.
_PENALTIES = (1.0, 10.0, 100.0, 1e3, 1e6)

#: Added to an error before its logarithm, as a share of the median error: an exact hit has no logarithm.
_FLOOR = 0.01


def conformal_quantile(scores: np.ndarray, coverage: float) -> float:
    """The size that a new photo's score stays under with the given probability (split conformal prediction: Lei et al.,
    JASA 113, 2018, DOI 10.1080/01621459.2017.1307116).

    Out-of-fold scores come from models of four fifths of the half, so that the interval is, if anything, too wide.

    :param scores: (n,) sizes of the training photos' scores, each of a model that did not see the photo.
    :param coverage: the probability, in 0..1.
    :returns: the ceil((n + 1) coverage)-th smallest score; infinity where n is too small for this coverage.

    >>> conformal_quantile(np.arange(1.0, 20.0), 0.8)
    16.0
    """
    rank = math.ceil((len(scores) + 1) * coverage)
    return float(np.partition(scores, rank - 1)[rank - 1]) if rank <= len(scores) else math.inf


def difficulty(inputs: np.ndarray, errors: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """How large an error is to be expected for each photo.

    The logarithm of the error's size is regressed on the inputs (multiplicative heteroscedasticity: Harvey,
    Econometrica 44, 1976, DOI 10.2307/1913974) by a ridge, whose penalty the folds choose.

    :param inputs: (n, d) float.
    :param errors: (n,) out-of-fold errors in the target's units, not read where ``folds`` is negative.
    :param folds: (n,) the fold of a training photo, negative for others.
    :returns: (n,) float64, positive, in the target's units: for a training photo by a model that did not see its fold.
    """
    train = folds >= 0
    centre, spread = inputs[train].mean(axis=0), inputs[train].std(axis=0)
    x = (inputs - centre) / np.where(spread > 0, spread, 1)
    size = np.abs(errors[train])
    y = np.zeros(len(errors))
    y[train] = np.log(size + max(_FLOOR * np.median(size), 1e-12))
    parts = [(train & (folds != fold), folds == fold) for fold in np.unique(folds[train])]
    paths = [_ridge_path(x[known], y[known], x[held]) for known, held in parts]
    loss = sum(((path - y[held]) ** 2).sum(axis=1) for path, (_, held) in zip(paths, parts, strict=True))
    best = int(np.argmin(loss))
    expected = np.empty(len(errors))
    for path, (_, held) in zip(paths, parts, strict=True):
        expected[held] = path[best]
    expected[~train] = _ridge_path(x[train], y[train], x[~train])[best]
    return np.exp(expected)


def _ridge_path(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Forecasts (penalties, m) for ``new`` (m, d) of ridges on x (n, d), whose intercept is free; none is beyond those
    for x itself, since an exponential will be taken of it.
    """
    values, vectors = np.linalg.eigh((centred := x - x.mean(axis=0)).T @ centred)
    projected = vectors.T @ (centred.T @ (y - y.mean()))
    known, moved = centred @ vectors, (new - x.mean(axis=0)) @ vectors
    path = []
    for penalty in _PENALTIES:
        weights = projected / (np.maximum(values, 0) + penalty)
        fitted = known @ weights
        path.append(y.mean() + np.clip(moved @ weights, fitted.min(), fitted.max()))
    return np.stack(path)
