"""Scoring the cross-validation and choosing C."""

from __future__ import annotations

import numpy as np

from viewcast.ranks import midranks


def rank_correlation(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of each row of prediction (k, m) with y (m,): (k,) float64.

    Ties share their mean rank. A constant row (or a constant y) has correlation 0: it ranks nothing.
    """
    ranks = np.apply_along_axis(midranks, 1, prediction)
    ranks -= ranks.mean(axis=1, keepdims=True)
    truth = midranks(y)
    truth -= truth.mean()
    norms = np.sqrt((ranks**2).sum(axis=1) * (truth @ truth))
    return np.divide(ranks @ truth, norms, out=np.zeros(len(ranks)), where=norms > 0)


def cross_validation_scores(out_of_fold: np.ndarray, y: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Mean over folds of the rank correlation inside the fold.

    Args:
        out_of_fold: (k, m) predictions for the training photos at each of k values of C.
        y: (m,) targets.
        folds: (m,) fold numbers.

    Returns: (k,) float64.
    """
    numbers = np.unique(folds)
    return np.mean([rank_correlation(out_of_fold[:, folds == f], y[folds == f]) for f in numbers], axis=0)


def choose(scores: np.ndarray) -> int:
    """Index of the best score; of equal ones the first, which is the most regularised."""
    return int(np.argmax(scores))
