"""Rank correlation, the paper's measure (section 3.2)."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata


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
    rank_x, rank_y = rankdata(x) - (len(x) + 1) / 2, rankdata(y) - (len(y) + 1) / 2
    norm = np.sqrt((rank_x @ rank_x) * (rank_y @ rank_y))
    return float(rank_x @ rank_y / norm) if norm > 0 else 0.0
