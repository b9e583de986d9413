"""The users' means of views against loops written from their definitions, and what they may not know."""

import logging

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.cues import make_cues
from viewcast.corpus.photos import USER_NUMBERS
from viewcast.corpus.user_means import MEAN_VIEWS, UNITS, UserMeans, likelier_unit
from viewcast.errors import ViewcastError
from viewcast.folds import TEST

N, USERS = 120, 9


def photos(seed: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "photo_id": [f"{i:04d}" for i in range(N)],
            "user_id": [f"u{k}" for k in rng.integers(0, USERS, N)],
            "popularity": rng.normal(5, 2, N),
            "views": rng.integers(0, 500, N),
            "days": rng.uniform(1, 90, N),
            "crawled_at": pd.Timestamp("2014-01-11", tz="UTC"),
            "title": None,
            "description": None,
            "tags": None,
        }
    )


def users(frame: pd.DataFrame, **columns) -> pd.DataFrame:
    table = pd.DataFrame({"user_id": sorted(frame["user_id"].unique())})
    table = table.assign(**dict.fromkeys(USER_NUMBERS, np.nan))
    return table.assign(member_since=pd.NaT, **columns)


def means(frame: pd.DataFrame, table: pd.DataFrame, unit: str = "popularity") -> UserMeans:
    cues = make_cues(frame, table, mean_views_unit=unit)
    return UserMeans.of(cues, frame["user_id"].to_numpy(), frame["popularity"].to_numpy())


def folds(seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(N) < 0.5, TEST, rng.integers(0, 5, N)).astype(np.int8)


def visible(i: int, j: int, row: np.ndarray, held: int | None) -> bool:
    """May the mean of photo i hold photo j?"""
    away = (row == TEST) | (row == held)
    return not away[j] and (away[i] or row[i] != row[j])


@pytest.mark.parametrize("held", [None, 2])
@pytest.mark.parametrize("knows", MEAN_VIEWS)
def test_the_corpus_own_means_against_a_loop(knows, held):
    frame, row = photos(), folds()
    found = means(frame, users(frame)).cue(knows, row, held)
    user, y = frame["user_id"].to_numpy(), frame["popularity"].to_numpy()
    for i in range(N):
        others = [
            y[j]
            for j in range(N)
            if user[j] == user[i]
            and (
                {"including_target": True, "leave_one_out": j != i}[knows]
                if knows in ("including_target", "leave_one_out")
                else visible(i, j, row, held)
            )
        ]
        assert found[i] == pytest.approx(np.mean(others) if others else np.nan, nan_ok=True, abs=1e-10)


@pytest.mark.parametrize("unit", ["popularity", "views", "views_per_day"])
@pytest.mark.parametrize("held", [None, 1])
def test_means_over_public_photos_leave_out_exactly_what_is_held_out(unit, held):
    """Every user has 30 further public photos; a fifth of the corpus is not among those that the means are of."""
    frame, row = photos(), folds()
    rng = np.random.default_rng(8)
    frame["in_mean_views"] = rng.random(N) < 0.8
    own = {"popularity": frame["popularity"], "views": frame["views"], "views_per_day": frame["views"] / frame["days"]}
    own = own[unit].to_numpy(dtype=float)
    user, member = frame["user_id"].to_numpy(), frame["in_mean_views"].to_numpy()
    further = {name: rng.uniform(0, 9, 30) for name in sorted(set(user))}
    public = {name: np.r_[own[(user == name) & member], further[name]] for name in further}
    table = users(
        frame,
        mean_views=[public[name].mean() for name in further],
        mean_views_photos=[float(len(public[name])) for name in further],
        photo_count=1e6,
    )
    made = means(frame, table, unit)
    for i in range(N):
        wanted = {
            "cross_fitted": [own[j] for j in range(N) if user[j] == user[i] and member[j] and visible(i, j, row, held)],
            "leave_one_out": [own[j] for j in range(N) if user[j] == user[i] and member[j] and j != i],
            "including_target": [own[j] for j in range(N) if user[j] == user[i] and member[j]],
        }
        for knows, corpus in wanted.items():
            expected = np.mean(np.r_[corpus, further[user[i]]])
            expected = expected if unit == "popularity" else np.log2(1 + expected)
            assert made.cue(knows, row, held)[i] == pytest.approx(expected, rel=1e-9)


def test_no_target_of_the_held_out_part_is_in_its_cues():
    frame, row = photos(), folds()
    table = users(frame, mean_views=6.0, photo_count=500.0)
    other = frame.assign(popularity=np.where((row == TEST) | (row == 3), frame["popularity"] + 7, frame["popularity"]))
    # The public means change with the photos that they are of.
    moved = (other["popularity"] - frame["popularity"]).groupby(frame["user_id"]).sum() / 500
    before = means(frame, table)
    after = means(other, table.assign(mean_views=6.0 + table["user_id"].map(moved).to_numpy()))
    for knows in ("cross_fitted", "training_half"):
        np.testing.assert_allclose(before.cue(knows, row, 3), after.cue(knows, row, 3), atol=1e-9)
    assert np.abs(before.cue("leave_one_out", row) - after.cue("leave_one_out", row)).max() > 0.01


def test_one_photo_of_each_user_makes_cross_fitting_leave_one_out():
    frame = photos().assign(user_id=[f"u{i:03d}" for i in range(N)])
    made = means(frame, users(frame, mean_views=6.0, photo_count=50.0))
    np.testing.assert_allclose(made.cue("cross_fitted", folds()), made.cue("leave_one_out", folds()), rtol=1e-12)


def test_a_mean_of_fewer_photos_than_the_corpus_has_is_not_used(caplog):
    frame, row = photos(), folds()
    table = users(frame, mean_views=6.0, photo_count=np.r_[2.0, np.full(USERS - 1, 400.0)])
    with caplog.at_level(logging.WARNING):
        made = means(frame, table)
    first = (frame["user_id"] == "u0").to_numpy()
    alone = means(frame, users(frame))
    for knows in MEAN_VIEWS:
        np.testing.assert_allclose(made.cue(knows, row)[first], alone.cue(knows, row)[first], rtol=1e-12)
    assert "1 users have more photos in the corpus" in caplog.text


def test_a_mean_without_its_count_is_taken_from_the_corpus(caplog):
    frame, row = photos(), folds()
    with caplog.at_level(logging.WARNING):
        made = means(frame, users(frame, mean_views=6.0))
    assert "neither mean_views_photos nor photo_count" in caplog.text
    alone = means(frame, users(frame))
    np.testing.assert_allclose(made.cue("cross_fitted", row), alone.cue("cross_fitted", row))


def test_views_per_day_need_the_days():
    frame = photos().drop(columns="days")
    with pytest.raises(ViewcastError, match="no days on line"):
        make_cues(frame, users(frame, mean_views=3.0, photo_count=50.0), mean_views_unit="views_per_day")


@pytest.mark.parametrize("truth", UNITS)
def test_the_unit_of_a_mean_is_told_by_the_photos(truth):
    rng = np.random.default_rng(0)
    views = np.round(2 ** rng.normal(13, 2, 300))
    days = rng.uniform(200, 900, 300)
    values = {"popularity": np.log2(views / days + 1), "views": views, "views_per_day": views / days}
    photos = pd.DataFrame({"views": views, "days": days, "popularity": values["popularity"]})
    users = pd.DataFrame({"mean_views": pd.Series(values[truth]).groupby(np.arange(300) // 10).mean()})
    told = {unit: likelier_unit(photos, users, unit) for unit in UNITS}
    assert told[truth] is None
    # A rate of some twenty views a day could be anything between; raw views can only be views.
    assert truth != "views" or told == {"popularity": "views", "views": None, "views_per_day": "views"}
    assert truth != "popularity" or told["views"] == "popularity"
    assert likelier_unit(photos, users.assign(mean_views=np.nan), "views") is None
