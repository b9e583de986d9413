"""From popularity back to views, as people count them."""

from __future__ import annotations

import numpy as np

#: Definition of the target (``corpus.target``) -> what :func:`to_views` gives.
COUNTED = {
    "log2_rate_plus_one": "views per day",
    "log2_views_plus_one_rate": "views per day",
    "log2_views_plus_one": "views",
}


def to_views(popularity: np.ndarray | float, definition: str) -> np.ndarray | None:
    """What ``corpus.target.popularity`` was made of: float64 of the same shape, 0 at least.

    :param definition: of the target; None is returned for one that does not count views.
    """
    values = np.exp2(np.asarray(popularity, dtype=np.float64))
    if definition == "log2_views_plus_one_rate":
        return np.asarray(values)
    return np.maximum(values - 1, 0) if definition in COUNTED else None
