"""The target: how popular a photo is."""

from __future__ import annotations

import numpy as np

SECONDS_PER_DAY = 86_400.0

#: Definition of the target -> what it is, for the axis of a figure.
UNITS = {
    "log2_rate_plus_one": "log2(views per day + 1)",
    "log2_views_plus_one_rate": "log2((views + 1) per day)",
    "log2_views_plus_one": "log2(views + 1)",
}


def popularity(
    views: np.ndarray, days: np.ndarray, definition: str = "log2_rate_plus_one", *, min_days: float = 1.0
) -> np.ndarray:
    """Log-normalised view count (paper section 3, figure 2c).

    :param views: (n,) view counts, at least 0.
    :param days: (n,) days from upload to the reading of the views.
    :param definition: ``log2_rate_plus_one`` is log2(views/days + 1), the form that the first author states
        elsewhere ("if the score is 5, we expect roughly 2^5 = 32 views per day"); ``log2_views_plus_one_rate``
        is log2((views + 1)/days), which also ranks photos without a view; ``log2_views_plus_one`` is
        log2(views + 1), without regard to time. The paper's wording allows the first two.
    :param min_days: floor of ``days``, so that a minutes-old photo is not divided by nearly nothing.
    :returns: (n,) float64.
    :raises ValueError: an unknown definition.
    """
    views = np.asarray(views, dtype=np.float64)
    days = np.maximum(np.asarray(days, dtype=np.float64), min_days)
    if definition == "log2_rate_plus_one":
        return np.log2(views / days + 1)
    if definition == "log2_views_plus_one_rate":
        return np.log2((views + 1) / days)
    if definition == "log2_views_plus_one":
        return np.log2(views + 1)
    raise ValueError(f"unknown definition of popularity: {definition}")
