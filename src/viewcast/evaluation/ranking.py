"""Measures of ranking beside Spearman's rho."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import kendalltau


def kendall(forecast: np.ndarray, target: np.ndarray) -> float:
    """Kendall's tau-b; 0 where all forecasts, or all targets, are equal."""
    if np.ptp(forecast) == 0 or np.ptp(target) == 0:
        return 0.0
    return float(kendalltau(forecast, target).statistic)


def pairwise_accuracy(forecast: np.ndarray, target: np.ndarray) -> float:
    """Share of the pairs of photos with different targets whose order the forecast gets right; an equal forecast
    counts half. In O(n log n) from Kendall's tau-b. 0.5 is chance; 0.5 where all targets are equal.
    """
    n = len(target)
    pairs = n * (n - 1) / 2
    tied_forecast, tied_target = (_tied_pairs(values) for values in (forecast, target))
    if pairs == tied_target or pairs == tied_forecast:
        return 0.5
    tau = kendalltau(forecast, target).statistic
    surplus = tau * math.sqrt((pairs - tied_forecast) * (pairs - tied_target))
    return float((surplus / (pairs - tied_target) + 1) / 2)


def _tied_pairs(values: np.ndarray) -> float:
    counts = np.unique(values, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())


def precision_at_top(forecast: np.ndarray, target: np.ndarray, share: float = 0.1) -> float:
    """Of the ``share`` of photos with the highest forecast, how many are among as many with the highest target."""
    k = max(1, round(share * len(target)))
    top = set(np.argsort(-forecast, kind="stable")[:k])
    return len(top & set(np.argsort(-target, kind="stable")[:k])) / k
