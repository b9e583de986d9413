"""Ranks, and the paper's measure (section 3.2): Spearman's rank correlation.

Written here, though SciPy has both, because ``scipy.stats`` takes longer to import than most jobs take to run;
the tests hold them to SciPy's values.
"""

from __future__ import annotations

import numpy as np


def midranks(x: np.ndarray) -> np.ndarray:
    """Ranks 1..n of the numbers in x (n,), ties at their mean rank; float64."""
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rank correlation, ties at their mean rank.

    :param x, y: (n,) numbers without NaN.
    :returns: in [-1, 1]. If all of ``x`` or all of ``y`` are equal, ranks carry no information and 0 is
        returned (SciPy gives NaN), so that a model that learned nothing scores as chance does.
    :raises ValueError: the lengths differ, or are 0.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.shape != y.shape or x.ndim != 1 or len(x) == 0:
        raise ValueError(f"two vectors of one length are needed, not {x.shape} and {y.shape}")
    rank_x, rank_y = midranks(x) - (len(x) + 1) / 2, midranks(y) - (len(y) + 1) / 2
    norm = np.sqrt((rank_x @ rank_x) * (rank_y @ rank_y))
    return float(rank_x @ rank_y / norm) if norm > 0 else 0.0
