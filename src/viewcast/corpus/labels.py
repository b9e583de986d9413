"""Labels that cannot be right, or hardly: counted and named, and kept."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from viewcast.corpus.target import SECONDS_PER_DAY
from viewcast.errors import ViewcastError
from viewcast.tables.reading import read_table
from viewcast.tables.report import ColumnReport
from viewcast.tables.rows import Rows
from viewcast.tables.times import times
from viewcast.tables.values import counts, identifiers

logger = logging.getLogger(__name__)

#: What a label can be doubted for -> in words.
DOUBTS = {
    "more_faves_than_views": "more faves than views",
    "views_fell": "a view count that is smaller than an earlier one of the same photo",
    "stray_zero": "no view, though old, and of a user whose other photos have many",
}

#: :func:`stray_zeros`: from so many days on a photo is old, and so many old photos tell what is usual for their user.
#: Views of photos of one user spread by one to two octaves. So at a median of 32 views, no view at all is five octaves
#: under it, which chance gives to one photo in some hundreds; and where more than a tenth of a user's old photos have
#: none, they are no accident.
OLD_DAYS, OLD_PHOTOS, USUAL_VIEWS, FEW_ZEROS = 30.0, 11, 32.0, 0.1

_LOG = ("photo_id", "views", "observed_at")


def doubted(photos: pd.DataFrame, log: pd.DataFrame | None = None) -> pd.Series:
    """Why each photo's label is to be doubted.

    :param photos: the columns photo_id, user_id, views, faves, uploaded_at, crawled_at, and days where it is known.
    :param log: of :func:`read_views_log`, or None.
    :returns: (n,) names of :data:`DOUBTS` with blanks between them; empty for a label that nothing is said of.
    """
    views, faves = (photos[name].to_numpy(dtype=float, na_value=np.nan) for name in ("views", "faves"))
    fell = np.zeros(len(photos), dtype=bool) if log is None else photos["photo_id"].isin(fallen(log)).to_numpy()
    days = (photos["crawled_at"] - photos["uploaded_at"]).dt.total_seconds().to_numpy(dtype=float) / SECONDS_PER_DAY
    if "days" in photos:
        days = np.where(np.isnan(days), photos["days"].to_numpy(dtype=float), days)
    found = {
        "more_faves_than_views": (views >= 0) & (faves > views),
        "views_fell": fell,
        "stray_zero": stray_zeros(photos["user_id"], views, days),
    }
    said = pd.Series("", index=photos.index, dtype=object)
    for name, wrong in found.items():
        said[wrong] = said[wrong].str.cat([name] * int(wrong.sum()), sep=" ").str.strip()
    return said


def stray_zeros(user: pd.Series, views: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Photos without a view that are old, and whose users' other photos have many.

    :param user: (n,) users; :param views, days: (n,) float64, NaN where they are not known.
    :returns: (n,) bool: photos of 0 views and at least :data:`OLD_DAYS` whose user has :data:`OLD_PHOTOS` such old
        ones, of :data:`USUAL_VIEWS` or more in the median, of which a share of :data:`FEW_ZEROS` or less has no view.
    """
    old = (days >= OLD_DAYS) & (views >= 0)
    of_user = pd.Series(np.where(old, views, np.nan)).groupby(pd.factorize(user)[0])
    zeros = pd.Series(np.where(old, views == 0, np.nan)).groupby(pd.factorize(user)[0])
    usual = (of_user.transform("count") >= OLD_PHOTOS) & (of_user.transform("median") >= USUAL_VIEWS)
    return (old & (views == 0) & usual & (zeros.transform("mean") <= FEW_ZEROS)).to_numpy()


def fallen(log: pd.DataFrame) -> np.ndarray:
    """The photos one of whose sightings has fewer views than an earlier one; views once counted stay counted."""
    known = log.dropna(subset=["views", "observed_at"])
    # Of several sightings at one moment none is the later.
    known = known.sort_values(["photo_id", "observed_at", "views"], kind="stable")
    same = known["photo_id"].eq(known["photo_id"].shift())
    return known.loc[same & (known["views"] < known["views"].shift()), "photo_id"].unique()


def read_views_log(path: str | Path) -> pd.DataFrame:
    """A table of sightings: photo_id, views (float64, NaN where it cannot be read) and observed_at (UTC).

    :raises ViewcastError: it cannot be read, or lacks one of these columns.
    """
    source = read_table(path, key="corpus.views_log")
    missing = [name for name in _LOG if name not in source]
    if missing:
        raise ViewcastError(
            f"The table {path} (corpus.views_log) has no column {', '.join(missing)}: it holds the sightings of "
            f"photos, one a row, as {', '.join(_LOG)}. It has: {', '.join(map(str, source.columns))}."
        )
    read = {}
    for name, converter in zip(_LOG, (identifiers, counts, times), strict=True):
        report = ColumnReport(name, name, source.attrs.get("rows") or Rows.after_header(len(source)))
        read[name] = converter(source[name], report)
        report.say("views log")
    return pd.DataFrame(read)


def tell(photos: pd.DataFrame) -> dict[str, int]:
    """Count the doubts of photos (column ``doubt``) by name, and say in the log which photos are meant."""
    found = {}
    meant = photos[photos["doubt"] != ""]
    for name, words in DOUBTS.items():
        wrong = [name in names.split() for names in meant["doubt"]]
        found[name] = sum(wrong)
        if any(wrong):
            few = ", ".join(map(str, meant.loc[wrong, "photo_id"].head(3)))
            logger.warning(
                "%d photos have %s, such as %s (doubt %s in results/corpus/problems.csv); they take part all the same",
                found[name], words, few, name,
            )  # fmt: skip
    return found
