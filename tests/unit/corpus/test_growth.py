"""Growth of views: curves and their shapes, against a plain loop over photos."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.growth import (
    FAST,
    KEPT,
    MIDDLE,
    MIN_VIEWS,
    POINTS,
    SHAPES,
    growth_shapes,
    make_curves,
    summarise_growth,
)

UPLOADED = pd.Timestamp("2014-01-01", tz="UTC")


def log_of(seen: dict[str, list[tuple[float, float | None]]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A log and photos: photo -> pairs of an age in days and a count."""
    rows = [
        {"photo_id": photo, "views": views, "observed_at": UPLOADED + pd.Timedelta(days=age)}
        for photo, pairs in seen.items()
        for age, views in pairs
    ]
    log = pd.DataFrame(rows, columns=["photo_id", "views", "observed_at"])
    log["views"] = pd.array([None if pd.isna(x) else int(x) for x in log["views"].astype(object)], dtype="Int64")
    log["observed_at"] = pd.to_datetime(log["observed_at"], utc=True)
    return log, pd.DataFrame({"photo_id": list(seen), "uploaded_at": UPLOADED})


def shapes_of(**seen: list[tuple[float, float | None]]) -> dict[str, str]:
    return growth_shapes(make_curves(*log_of(seen))).set_index("photo_id")["shape"].to_dict()


def test_shapes_by_hand():
    assert shapes_of(
        fast=[(5, 90), (10, 100)],
        even=[(5, 50), (10, 100)],
        late=[(5, 10), (10, 100)],
        bound=[(5, 75), (10, 100)],
        few=[(5, 19), (10, 19)],
        narrow=[(9, 90), (10, 100)],
        once=[(10, 100)],
    ) == {
        "fast": "fast",
        "even": "steady",
        "late": "late",
        "bound": "fast",
        "few": "unclear",
        "narrow": "unclear",
        "once": "unclear",
    }


def test_counts_that_are_missing_fall_or_lie_before_the_upload():
    log, photos = log_of({"a": [(4, 30), (2, 40), (-1, 7), (0, 0), (6, None), (8, 50), (8, 45)]})
    curves = make_curves(log, photos)
    assert curves["age"].tolist() == [2, 4, 8] and curves["views"].tolist() == [40, 40, 50]


def test_a_photo_without_an_upload_time_is_left_out():
    log, photos = log_of({"a": [(1, 30), (2, 40)], "b": [(1, 30), (2, 40)]})
    photos.loc[0, "uploaded_at"] = pd.NaT
    assert make_curves(log, photos)["photo_id"].tolist() == ["b", "b"]
    assert make_curves(log, photos.iloc[1:])["photo_id"].tolist() == ["b", "b"]
    assert make_curves(log, photos.iloc[:0]).empty


def test_nothing():
    found = growth_shapes(make_curves(*log_of({})))
    assert found.empty and list(found) == ["photo_id", "days", "views", "early", "shape"]


def by_hand(age: list[float], views: list[float]) -> tuple[float, str]:
    """The share of the views in the first half of the time and the shape, as they are told in words."""
    early = float(np.interp(age[-1] / 2, [0, *age], [0, *views])) / views[-1] if views[-1] else math.nan
    if views[-1] < MIN_VIEWS or not any(MIDDLE[0] <= one / age[-1] <= MIDDLE[1] for one in age):
        return early, "unclear"
    return early, "fast" if early >= FAST else "late" if early <= 1 - FAST else "steady"


def some_growth(photos: int, sightings: int) -> dict[str, list[tuple[float, float | None]]]:
    """Photos that are seen once or several times, at random ages."""
    rng = np.random.default_rng(0)
    seen: dict[str, list[tuple[float, float | None]]] = {}
    for number in range(photos):
        size = int(rng.integers(1, sightings))
        age = np.sort(rng.choice(400, size, replace=False) + 1).astype(float)
        views = np.cumsum(rng.integers(0, 30, size=size) ** 2)
        seen[f"p{number:03}"] = list(zip(age.tolist(), views.tolist(), strict=True))
    return seen


def test_against_a_loop():
    seen = some_growth(300, 8)
    found = growth_shapes(make_curves(*log_of(seen))).set_index("photo_id")
    assert set(found["shape"]) == set(SHAPES)
    for photo, pairs in seen.items():
        early, shape = by_hand([age for age, _ in pairs], [views for _, views in pairs])
        assert found.loc[photo, "early"] == pytest.approx(early, nan_ok=True) and found.loc[photo, "shape"] == shape
        assert (found.loc[photo, "days"], found.loc[photo, "views"]) == pairs[-1]


def test_the_summary_against_a_loop():
    seen = some_growth(400, 6)
    found = summarise_growth(*log_of(seen))
    several = {photo: pairs for photo, pairs in seen.items() if len(pairs) > 1}
    shape_of = {photo: by_hand(*map(list, zip(*pairs, strict=True)))[1] for photo, pairs in several.items()}
    assert found["note"] == "" and found["photos"] == len(several)
    assert found["shapes"] == {shape: list(shape_of.values()).count(shape) for shape in SHAPES}
    curves = [{"shape": shape_of[photo], "pairs": pairs} for photo, pairs in several.items()]
    kept = [{"shape": own["shape"], "pairs": list(zip(own["age"], own["views"], strict=True))} for own in found["kept"]]
    assert len(kept) == KEPT and all(own in curves for own in kept)
    grid = np.linspace(0, 1, POINTS)
    assert list(found["typical"]) == ["fast", "steady", "late"]
    for shape, own in found["typical"].items():
        every = []
        for pairs in (several[photo] for photo in several if shape_of[photo] == shape):
            age, views = np.array([(0, 0), *pairs], dtype=float).T
            every.append(np.interp(grid * age[-1], age, views) / views[-1])
        for name, quantile in (("low", 0.1), ("median", 0.5), ("high", 0.9)):
            np.testing.assert_allclose(own[name], np.quantile(every, quantile, axis=0), atol=1e-12)
    assert summarise_growth(*log_of(seen)) == found
