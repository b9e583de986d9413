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

#: Further readings that count something else than views -> the columns that they need.
COUNTED = {
    "log2_faves_plus_one": ("faves",),
    "log2_comments_plus_one": ("comments",),
    "log2_faves_per_view": ("faves", "views"),
}

#: The popularity less the user's average: see ``viewcast.corpus.relative``.
RELATIVE = "relative_to_user"

#: Of :func:`favour`: so many views with one fave among them are added to a photo's own.
PRIOR_VIEWS = 100


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


def favour(name: str, faves: np.ndarray, comments: np.ndarray, views: np.ndarray) -> np.ndarray:
    """What people did beyond looking, which the paper does not forecast.

    :param name: one of :data:`COUNTED`. ``log2_faves_plus_one`` is log2(faves + 1) and ``log2_comments_plus_one``
        log2(comments + 1), both without regard to time. ``log2_faves_per_view`` is log2((faves + 1) / (views + 100)):
        with :data:`PRIOR_VIEWS` views and one fave added, a photo that hardly anybody has seen counts as one of the
        rate 1 in 100, and not as one that is liked by none or by all.
    :param faves, comments, views: (n,) float64 counts, NaN where they are not known.
    :returns: (n,) float64; NaN where a count that is needed is not known or negative, and, for the rate, where there
        are more faves than views, which cannot be.
    """
    counts = {"faves": faves, "comments": comments, "views": views}
    needed = [np.asarray(counts[column], dtype=np.float64) for column in COUNTED[name]]
    known = np.all([values >= 0 for values in needed], axis=0)
    first = np.where(known, needed[0], 0)
    if len(needed) == 1:
        return np.where(known, np.log2(first + 1), np.nan)
    second = np.where(known, needed[1], 0)
    return np.where(known & (first <= second), np.log2((first + 1) / (second + PRIOR_VIEWS)), np.nan)
