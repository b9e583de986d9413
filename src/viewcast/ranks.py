"""Ranks, and the paper's measure (section 3.2): Spearman's rank correlation.

Both are written here, although SciPy has them, because importing ``scipy.stats`` takes longer than most jobs do; the
tests compare them with SciPy's values.
"""

from __future__ import annotations

import numpy as np


def midranks(x: np.ndarray) -> np.ndarray:
    """Ranks of numbers, ties at their mean rank.

    :param x: (n,) numbers without NaN.
    :returns: (n,) float64, from 1 for the smallest to n.

    >>> midranks(np.array([10, 20, 20, 40])).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rank correlation (1904, DOI 10.2307/1412159), ties at their mean rank.

    The paper's measure (section 3.2) between predicted and actual popularity.

    :param x, y: (n,) numbers without NaN.
    :returns: a number in [-1, 1]. If all of ``x`` or all of ``y`` are equal, there is no order to compare, and 0 is
        returned (SciPy gives NaN): a model that forecasts a constant then scores as one that guesses.
    :raises ValueError: the lengths differ, or are 0.

    >>> spearman(np.array([1, 2, 3]), np.array([10, 30, 20]))
    0.5
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.shape != y.shape or x.ndim != 1 or len(x) == 0:
        raise ValueError(f"two vectors of one length are needed, not {x.shape} and {y.shape}")
    rank_x, rank_y = midranks(x) - (len(x) + 1) / 2, midranks(y) - (len(y) + 1) / 2
    norm = np.sqrt((rank_x @ rank_x) * (rank_y @ rank_y))
    return float(rank_x @ rank_y / norm) if norm > 0 else 0.0
