"""Measures of ranking beside Spearman's rho. The paper has none of them."""

from __future__ import annotations

import math

import numpy as np


def kendall(forecast: np.ndarray, target: np.ndarray) -> float:
    """Kendall's tau-b (Kendall 1945, DOI 10.1093/biomet/33.3.239).

    :param forecast, target: (n,) numbers without NaN.
    :returns: in [-1, 1]; 0 where all forecasts, or all targets, are equal (SciPy gives NaN).

    >>> round(kendall(np.array([1, 2, 3]), np.array([10, 30, 20])), 3)
    0.333
    """
    if np.ptp(forecast) == 0 or np.ptp(target) == 0:
        return 0.0
    return _kendalltau(forecast, target)


def pairwise_accuracy(forecast: np.ndarray, target: np.ndarray) -> float:
    """Share of the pairs of photos with different targets whose order the forecast gets right.

    In O(n log n), from Kendall's tau-b.

    :param forecast, target: (n,) numbers without NaN.
    :returns: in [0, 1]; an equal forecast counts half, so that 0.5 is chance. 0.5 also where all forecasts, or all
        targets, are equal.

    >>> round(pairwise_accuracy(np.array([1, 2, 3]), np.array([10, 30, 20])), 3)
    0.667
    """
    n = len(target)
    pairs = n * (n - 1) / 2
    tied_forecast, tied_target = (_tied_pairs(values) for values in (forecast, target))
    if pairs == tied_target or pairs == tied_forecast:
        return 0.5
    tau = _kendalltau(forecast, target)
    surplus = tau * math.sqrt((pairs - tied_forecast) * (pairs - tied_target))
    return float((surplus / (pairs - tied_target) + 1) / 2)


def _kendalltau(forecast: np.ndarray, target: np.ndarray) -> float:
    from scipy.stats import kendalltau  # more than a second, which jobs that measure nothing are spared

    return float(kendalltau(forecast, target).statistic)


def _tied_pairs(values: np.ndarray) -> float:
    counts = np.unique(values, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())


def precision_at_top(forecast: np.ndarray, target: np.ndarray, share: float = 0.1) -> float:
    """Of the photos with the highest forecasts, the share that is among as many with the highest targets.

    :param forecast, target: (n,) numbers without NaN; of equal ones the first count as the highest.
    :param share: of the photos that are taken, at least one.
    :returns: in [0, 1]; ``share`` is chance.

    >>> precision_at_top(np.array([4, 3, 2, 1]), np.array([4, 1, 3, 2]), share=0.5)
    0.5
    """
    k = max(1, round(share * len(target)))
    top = set(np.argsort(-forecast, kind="stable")[:k])
    return len(top & set(np.argsort(-target, kind="stable")[:k])) / k
