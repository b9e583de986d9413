"""The social cues (paper section 5): who uploaded the photo, and what was written beside it."""

from __future__ import annotations

from collections.abc import Sequence, Sized

import numpy as np
import pandas as pd

from viewcast.corpus.target import SECONDS_PER_DAY
from viewcast.corpus.user_means import MEAN_CUES, SUMS, make_sums
from viewcast.errors import ViewcastError

#: Table 2's columns in its order. User cues are shared by all photos of a user (but for the means that leave
#: photos out), photo cues belong to one photo.
USER_CUES = (
    *MEAN_CUES, "photo_count", "contacts", "groups", "groups_admin", "groups_invite_only", "group_members",
    "member_duration", "is_pro",
)  # fmt: skip
PHOTO_CUES = ("tags", "title_length", "description_length")
CUES = USER_CUES + PHOTO_CUES

#: Counts with heavy tails, which a linear model takes as log2(1 + x). The mean of popularities is a
#: logarithm already.
LOGARITHMIC = (
    "photo_count", "contacts", "groups", "groups_admin", "groups_invite_only", "group_members",
    "member_duration", *PHOTO_CUES,
)  # fmt: skip


def make_cues(
    photos: pd.DataFrame, users: pd.DataFrame, *, mean_views_unit: str = "popularity", extra: Sequence[str] = ()
) -> pd.DataFrame:
    """Every cue of every photo, and what the users' means of views are made of.

    :param photos: photos.parquet.
    :param users: users.parquet.
    :param mean_views_unit: one of ``user_means.UNITS``: the users' mean_views are means of popularities (paper: "mean
        of number of normalized views"), of view counts, or of views per day.
    :param extra: numeric columns of ``photos`` that are cues too.
    :returns: photo_id, the columns ``user_means.SUMS``, of which each split makes its means of views
        (:class:`UserMeans`), and one float64 column per other name in :data:`CUES`, then ``extra``; NaN where the
        corpus lacks the cue.
    :raises ViewcastError: a column of ``extra`` is missing, not numeric, or bears the name of another cue; a cue is
        infinite, or a count is negative.

    The users' means and how many photos they are of (``mean_views_photos``, else ``photo_count``) come from the
    users table where it has them, otherwise from the corpus's own photos. Lengths are in characters, durations in
    days, tags a count; a missing title, like an empty one, has length 0, while a corpus without titles has none.
    """
    cues = photos[["photo_id", "user_id"]].merge(users, on="user_id", how="left", validate="many_to_one")
    result = pd.DataFrame({"photo_id": photos["photo_id"].to_numpy()})
    result = result.join(make_sums(photos.reset_index(drop=True), cues, mean_views_unit))
    for name in ("photo_count", "contacts", "groups", "groups_admin", "groups_invite_only", "group_members"):
        result[name] = cues[name].to_numpy(dtype=float)
    crawled = pd.to_datetime(photos["crawled_at"].reset_index(drop=True), utc=True)
    duration = (crawled - pd.to_datetime(cues["member_since"], utc=True)).dt.total_seconds()
    result["member_duration"] = duration.to_numpy(dtype=float) / SECONDS_PER_DAY
    result.loc[result["member_duration"] < 0, "member_duration"] = 0.0
    result["is_pro"] = cues["is_pro"].to_numpy(dtype=float)
    result["tags"] = _length(photos["tags"])
    result["title_length"] = _length(photos["title"])
    result["description_length"] = _length(photos["description"])
    for name in extra:
        if name in (*result, *CUES) or name not in photos or not pd.api.types.is_numeric_dtype(photos[name]):
            numeric = [column for column in photos.select_dtypes("number") if column not in CUES]
            raise ViewcastError(
                f"social.extra_cues: {name} is no numeric column of the photos table, or a cue already. Its numeric "
                f"columns are {', '.join(numeric)}."
            )
        result[name] = photos[name].to_numpy(dtype=float, na_value=np.nan)
    _check(result)
    return result


def with_cue(cues: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The cues with one more, made elsewhere.

    :param cues: as of :func:`make_cues`.
    :param table: photo_id, and a column of the cue's name; a photo that it lacks has NaN.
    :raises ViewcastError: there is a cue of that name, or the new one is infinite.
    """
    (name,) = table.columns.drop("photo_id")
    if name in cues:
        raise ViewcastError(f"social.extra_cues: {name} is a cue that is computed. Give the column another name.")
    found = cues.assign(**{name: table.set_index("photo_id")[name].reindex(cues["photo_id"]).to_numpy(dtype=float)})
    _check(found)
    return found


def _check(cues: pd.DataFrame) -> None:
    """No cue may be infinite, and no count negative: a regression would take such a number at its word."""
    for name in cues.columns.difference(["photo_id", "mean_views_unit"], sort=False):
        values = cues[name].to_numpy(dtype=float)
        wrong = np.isinf(values) | ((values < 0) & (name in (*LOGARITHMIC, "is_pro")))
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            raise ViewcastError(
                f"The cue {name} of the photo {cues['photo_id'].iloc[first]} is {values[first]:g}, and so it is wrong "
                f"in {int(wrong.sum())} photos: a cue must be finite, and a count cannot be negative. Leave the cell "
                "empty where the value is not known."
            )


def design_matrix(cues: pd.DataFrame, names: tuple[str, ...], train: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The cues as inputs of a linear model.

    :param cues: rows of :func:`make_cues`.
    :param names: which cues.
    :param train: (n,) bool: the photos that train, from which alone the filling of gaps is learned.
    :returns: (n, d) float64 and the columns' names. Heavy-tailed counts are log2(1 + x), and so are cues beyond
        :data:`CUES` that are nowhere negative among the training photos (below 0, another photo's then counts as 0).
        A gap is filled with the median of the training photos and marked in a column ``<cue>_missing``; a cue that
        they lack wholly, or that is constant among them, is left out.
    """
    columns, labels = [], []
    for name in names:
        values = cues[name].to_numpy(dtype=float)
        missing = np.isnan(values)
        if name in LOGARITHMIC or (name not in CUES and np.min(values[train & ~missing], initial=0) >= 0):
            values = np.log2(1 + np.maximum(values, 0))
        if missing[train].all():
            continue
        filled = np.where(missing, np.median(values[train & ~missing]), values)
        if np.ptp(filled[train]) > 0:
            columns.append(filled)
            labels.append(name)
        if missing[train].any() and not missing[train].all():
            columns.append(missing.astype(float))
            labels.append(f"{name}_missing")
    matrix = np.stack(columns, axis=1) if columns else np.empty((len(cues), 0))
    return matrix, labels


def extra_cues(cues: pd.DataFrame) -> tuple[str, ...]:
    """The cues beyond :data:`CUES` in a table of :func:`make_cues`."""
    return tuple(name for name in cues.columns if name not in ("photo_id", *SUMS, *CUES))


def _length(values: pd.Series) -> np.ndarray:
    """Lengths, NaN throughout where the corpus has no such column."""
    if values.isna().all():
        return np.full(len(values), np.nan)
    return values.map(lambda value: len(value) if isinstance(value, Sized) else 0).to_numpy(dtype=float)
