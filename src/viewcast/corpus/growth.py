"""How the views of a photo grow with its age, where its views were read several times.

The paper's conclusion asks for it: two photos of the same popularity, of which "one may have rapidly gained popularity
and then sharply fallen, while another might have slowly and constantly retained popularity".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from viewcast.corpus.target import SECONDS_PER_DAY
from viewcast.store.seal import Layout

#: What :func:`summarise_growth` finds, as a record.
LAYOUT = Layout("summary of growth", 1)

#: Shapes of growth, in the order in which they are told. See :func:`growth_shapes`.
SHAPES = ("fast", "steady", "late", "unclear")

#: The share of views in the first half of a photo's time from which growth is fast: three times those of the second
#: half. Growth is late where it is the other way round.
FAST = 0.75

#: With fewer views the share is mostly chance: of 20 views of a steady photo three quarters or more fall into one given
#: half once in 50 times.
MIN_VIEWS = 20

#: A photo's time is known well enough where a sighting lies in this part of it; otherwise its middle is guessed.
MIDDLE = (0.25, 0.75)

#: So many photos are kept as curves, and so many of each shape make its typical curve, at so many points.
KEPT, OF_A_SHAPE, POINTS = 150, 2000, 41


def make_curves(log: pd.DataFrame, photos: pd.DataFrame) -> pd.DataFrame:
    """Sightings of photos by age.

    Views that were counted stay counted: a later count that is smaller (Flickr corrects counts) is raised to the
    earlier one. Of several sightings at one moment the largest counts. Sightings without a count, and those before the
    upload or at it, are left out.

    :param log: views_log.parquet: ``photo_id``, ``views``, ``observed_at``.
    :param photos: photos.parquet: ``photo_id``, ``uploaded_at``.
    :returns: columns ``photo_id``, ``age`` (days) and ``views`` (float64), by photo, then by age.
    """
    uploaded = pd.to_datetime(photos.set_index("photo_id")["uploaded_at"], utc=True)
    seen = log["observed_at"] - uploaded.reindex(log["photo_id"]).set_axis(log.index)
    curves = pd.DataFrame(
        {
            "photo_id": log["photo_id"],
            "age": seen.dt.total_seconds() / SECONDS_PER_DAY,
            "views": log["views"].astype("Float64").to_numpy(dtype=float, na_value=np.nan),
        }
    )
    curves = curves[(curves["age"] > 0) & (curves["views"] >= 0)]
    curves = curves.groupby(["photo_id", "age"], as_index=False, sort=True)["views"].max()
    curves["views"] = curves.groupby("photo_id")["views"].cummax()
    return curves


def growth_shapes(curves: pd.DataFrame) -> pd.DataFrame:
    """The shape of each photo's growth.

    A photo's time runs from its upload, when it had no view, to its last sighting. Between sightings views are taken to
    grow evenly. The shape goes by the share of the views that came in the first half of the time:

    - ``fast``: three quarters or more (:data:`FAST`): it rose fast and then came to rest, so that its views per day
      in the second half are a third of those in the first, or fewer;
    - ``late``: one quarter or less;
    - ``steady``: in between;
    - ``unclear``: fewer than :data:`MIN_VIEWS` views in all, or no sighting in the middle of the time
      (:data:`MIDDLE`), so that the share would be mostly chance or mostly guessed.

    :param curves: of :func:`make_curves`.
    :returns: a row per photo, by ``photo_id``: ``days`` (age at the last sighting), ``views`` (then), ``early`` (the
        share in the first half; NaN without views) and ``shape``, one of :data:`SHAPES`.
    """
    photo, names = pd.factorize(curves["photo_id"])
    age, views = curves["age"].to_numpy(dtype=float), curves["views"].to_numpy(dtype=float)
    last = np.append(np.flatnonzero(np.diff(photo)), len(photo) - 1) if len(photo) else np.empty(0, dtype=int)
    first = np.append(0, last[:-1] + 1)[: len(last)]
    days, total = age[last], views[last]
    # The sightings around the middle of the time; before the first there is the upload, at age 0 without a view.
    before = np.bincount(photo, age <= days[photo] / 2, minlength=len(names)).astype(int)
    after = first + before
    here = np.maximum(after - 1, 0)
    start_age, start_views = np.where(before > 0, age[here], 0), np.where(before > 0, views[here], 0)
    share = (days / 2 - start_age) / (age[after] - start_age)
    middle = start_views + share * (views[after] - start_views)
    early = np.divide(middle, total, out=np.full(len(total), np.nan), where=total > 0)
    relative = age / days[photo]
    inside = (relative >= MIDDLE[0]) & (relative <= MIDDLE[1])
    clear = (total >= MIN_VIEWS) & (np.bincount(photo, inside, minlength=len(names)) > 0)
    shape = np.select([~clear, early >= FAST, early <= 1 - FAST], ["unclear", "fast", "late"], "steady")
    return pd.DataFrame({"photo_id": names, "days": days, "views": total, "early": early, "shape": shape})


def relative_curve(age: np.ndarray, views: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """One photo's views as a share of its last count.

    :param age, views: (n,) of one photo in :func:`make_curves`, the last count not 0.
    :param grid: shares of the photo's time, in 0..1.
    :returns: an array like ``grid``.

    >>> relative_curve(np.array([10.0, 20.0]), np.array([30.0, 40.0]), np.array([0.0, 0.25, 0.5, 1.0])).tolist()
    [0.0, 0.375, 0.75, 1.0]
    """
    return np.interp(grid, np.append(0, age / age[-1]), np.append(0, views / views[-1]))


def summarise_growth(log: pd.DataFrame | None, photos: pd.DataFrame) -> dict[str, Any]:
    """How the views of a corpus grow, in plain JSON values.

    :param log: sightings, as for :func:`make_curves`, and ``pass`` where a crawl made them; None: there are none.
    :param photos: photos.parquet: ``photo_id``, ``uploaded_at``.
    :returns: ``note`` (why nothing is known; else empty), ``photos`` (how many have a curve), ``shapes`` (shape -> how
        many), ``kept`` (``shape``, ``age`` in days and ``views`` of at most KEPT photos, drawn at random) and
        ``typical`` (shape -> the 10%, 50% and 90% quantiles ``low``, ``median``, ``high`` of the share of the last
        count, at POINTS evenly spaced shares of a photo's time, over at most OF_A_SHAPE photos; of clear shapes).
    """
    if log is None:
        return _nothing(
            "This corpus holds one count of views for each photograph, so their growth is not known. It is known of a "
            "table of sightings (corpus.views_log), and of a crawl of Flickr that is run again with a higher "
            "corpus.flickr.pass_number."
        )
    if "pass" in log and log["pass"].nunique() < 2:
        return _nothing(
            "The crawl has one pass, so the growth of views is not known. Raise corpus.flickr.pass_number and run the "
            "crawl again, some weeks after the first pass or later."
        )
    curves = make_curves(log, photos)
    # A photo of one sighting has no curve.
    curves = curves[curves.groupby("photo_id")["age"].transform("size") > 1]
    if curves.empty:
        return _nothing("No photograph has two counts of views and a known upload time, so no growth can be drawn.")
    shapes = growth_shapes(curves)
    rng = np.random.default_rng([0, 23])
    kept = shapes.iloc[np.sort(rng.permutation(len(shapes))[:KEPT])]
    of_shape = {
        shape: own.iloc[rng.permutation(len(own))[:OF_A_SHAPE]]["photo_id"]
        for shape in SHAPES
        if shape != "unclear" and len(own := shapes[shapes["shape"] == shape])
    }
    wanted = pd.concat([kept["photo_id"], *of_shape.values()]).unique()
    of_photo = dict(list(curves[curves["photo_id"].isin(wanted)].groupby("photo_id")))
    return {
        "note": "",
        "photos": len(shapes),
        "shapes": {shape: int((shapes["shape"] == shape).sum()) for shape in SHAPES},
        "kept": [
            {"shape": shape, **{name: of_photo[photo_id][name].tolist() for name in ("age", "views")}}
            for photo_id, shape in zip(kept["photo_id"], kept["shape"], strict=True)
        ],
        "typical": {shape: _typical([of_photo[photo_id] for photo_id in own]) for shape, own in of_shape.items()},
    }


def _nothing(why: str) -> dict[str, Any]:
    return {"note": why, "photos": 0, "shapes": {}, "kept": [], "typical": {}}


def _typical(photos: list[pd.DataFrame]) -> dict[str, list[float]]:
    grid = np.linspace(0, 1, POINTS)
    every = np.stack([relative_curve(own["age"].to_numpy(), own["views"].to_numpy(), grid) for own in photos])
    low, median, high = np.quantile(every, [0.1, 0.5, 0.9], axis=0)
    return {"low": low.tolist(), "median": median.tolist(), "high": high.tolist()}
