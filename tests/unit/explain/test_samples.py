"""Which photographs are shown: by rank, by quadrant, by the seed, and none that may not be."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from small_settings import small_setting

from viewcast.explain.samples import (
    PER_LEVEL,
    PER_QUADRANT,
    RANKED,
    SIDE,
    choose_photos,
    choose_setting,
    held_out_forecast,
    read_images,
    sample_photos,
)
from viewcast.explain.shards import SHARDS, choose_shards
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts
from viewcast.pictures.resize import reduce
from viewcast.pictures.shards import write_picture_shard
from viewcast.store.frames import write_parquet


def corpus(n: int = 300, seed: int = 3):
    """A setting, forecasts that go with its target, and which photos may be shown."""
    rng = np.random.default_rng(seed)
    setting = small_setting(rng.normal(size=n), splits=8)
    return setting, 0.1 * setting.target + rng.normal(size=n), rng.random(n) < 0.7


def rows_of(setting, table: pd.DataFrame) -> np.ndarray:
    return np.array([setting.photo_id.tolist().index(photo_id) for photo_id in table["photo_id"]], dtype=int)


def test_the_samples_are_evenly_spaced_by_rank_of_popularity():
    setting, forecast, allowed = corpus()
    table = choose_photos(setting, forecast, allowed, seed=1)
    shown = table[table["figure"] == "samples"]
    ranked = sorted(np.flatnonzero(allowed), key=lambda row: -setting.target[row])
    expected = [ranked[round(i * (len(ranked) - 1) / (RANKED - 1))] for i in range(RANKED)]
    assert rows_of(setting, shown).tolist() == expected
    assert shown["place"].tolist() == list(range(RANKED))
    assert shown["target"].is_monotonic_decreasing


def test_quadrants_draw_from_the_quarters():
    setting, forecast, allowed = corpus()
    table = choose_photos(setting, forecast, allowed, seed=1)
    count = allowed.sum()
    quadrants = table[table["figure"] == "quadrants"]
    assert quadrants["panel"].value_counts().to_dict() == dict.fromkeys(
        [f"forecast {a}, truth {b}" for a in ("low", "high") for b in ("low", "high")], PER_QUADRANT
    )
    for panel, own in quadrants.groupby("panel"):
        sides = [part.split()[1] for part in panel.split(", ")]
        for row in rows_of(setting, own):
            for values, side in zip((forecast, setting.target), sides, strict=True):
                # How many of the allowed photos are beyond it.
                others = values[allowed]
                beyond = (others > values[row]).sum() if side == "high" else (others < values[row]).sum()
                assert beyond <= count / 4
        assert own["place"].tolist() == list(range(PER_QUADRANT))


def test_levels_are_tenths_of_the_forecast():
    setting, forecast, allowed = corpus()
    shown = choose_photos(setting, forecast, allowed, seed=1).query("figure == 'regions'")
    assert shown["panel"].value_counts().to_dict() == dict.fromkeys(["high", "medium", "low"], PER_LEVEL)
    count = allowed.sum()
    for panel, own in shown.groupby("panel"):
        for row in rows_of(setting, own):
            rank = (forecast[allowed] < forecast[row]).sum() / count
            low = {"high": 0.9, "medium": 0.45, "low": 0.0}[panel]
            assert low <= rank < low + 0.1


def test_only_photos_that_may_be_shown_and_have_a_forecast_are():
    setting, forecast, allowed = corpus()
    forecast[np.flatnonzero(allowed)[::3]] = np.nan
    for seed in range(5):
        table = choose_photos(setting, forecast, allowed, seed)
        rows = rows_of(setting, table)
        assert allowed[rows].all() and np.isfinite(forecast[rows]).all()
        np.testing.assert_array_equal(table["target"], setting.target[rows])
        np.testing.assert_array_equal(table["forecast"], forecast[rows])
        assert not table.duplicated(["figure", "photo_id"]).any()
    for nothing in (np.zeros_like(allowed), np.isnan(forecast)):
        assert choose_photos(setting, forecast, nothing, 0).empty


def test_the_seed_chooses_and_the_forecasts_quality_does_not():
    setting, forecast, allowed = corpus()
    first, again, other = (choose_photos(setting, forecast, allowed, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["photo_id"] != other["photo_id"]).any()
    # Over many seeds every photo of a pool comes about as often: none is preferred.
    pool = np.flatnonzero(allowed)
    low, high = (np.quantile(values[allowed], q) for values, q in ((forecast, 0.75), (setting.target, 0.75)))
    pool = pool[(forecast[pool] >= low) & (setting.target[pool] >= high)]
    seen = np.zeros(len(setting.target))
    for seed in range(200):
        table = choose_photos(setting, forecast, allowed, seed)
        seen[rows_of(setting, table[table["panel"] == "forecast high, truth high"])] += 1
    expected = 200 * PER_QUADRANT / len(pool)
    assert seen.sum() == 200 * PER_QUADRANT and (seen[pool] > 0).all()
    # Binomial: five standard deviations.
    assert np.abs(seen[pool] - expected).max() < 5 * np.sqrt(expected)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_handful_of_photos_makes_do(n):
    setting, forecast, _ = corpus()
    allowed = np.arange(300) < n
    table = choose_photos(setting, forecast, allowed, seed=0)
    assert (table["figure"] == "samples").sum() == n
    assert set(rows_of(setting, table)) == set(range(n))


def test_the_held_out_forecast_is_the_mean_over_the_splits_that_hold_a_photo_out():
    setting, _, _ = corpus(60)
    setting.folds[:, 3] = 0
    prediction = np.random.default_rng(1).normal(size=setting.folds.shape)
    prediction[0, setting.folds[0] != TEST] = np.nan  # as a first fold that is ordered in time
    nothing = np.zeros((1, 8))
    model = Forecasts(setting.name, "content", setting.photo_id, prediction, nothing, nothing, nothing == 0)
    found = held_out_forecast(setting, model)
    for row in range(60):
        own = [prediction[s, row] for s in range(8) if setting.folds[s, row] == TEST]
        assert found[row] == pytest.approx(sum(own) / len(own)) if own else np.isnan(found[row])
    assert np.isnan(found[3]) and np.isfinite(found).sum() > 50


def test_few_shards_are_all_taken_and_of_many_the_seed_takes_some(tmp_path):
    paths = [tmp_path / f"{i:04d}.parquet" for i in range(100)]
    assert choose_shards([str(path) for path in paths[SHARDS - 1 :: -1]], 0) == paths[:SHARDS]
    some = choose_shards(paths, 3)
    assert len(set(some)) == SHARDS and some == sorted(some) and set(some) < set(paths)
    assert choose_shards(paths[::-1], 3) == some and choose_shards(paths, 4) != some
    assert choose_shards([], 0) == []


def test_features_and_pictures_of_the_same_shards_are_chosen(tmp_path):
    """Files of one shard have one name, in whatever folder: the same are looked into."""
    features = [tmp_path / "features" / "gist" / f"{i:04d}.h5" for i in range(60)]
    statuses = [tmp_path / "pictures" / f"{i:04d}.parquet" for i in range(60)]
    assert [p.stem for p in choose_shards(features, 5)] == [p.stem for p in choose_shards(statuses, 5)]


def test_the_setting_whose_models_learn_from_most_photos_is_shown():
    one, two = small_setting(np.arange(80.0)), small_setting(np.arange(120.0), groups=2)
    assert choose_setting([two, one]) is one  # 60 photos to a user
    more = small_setting(np.arange(200.0), groups=2)
    assert choose_setting([one, more]) is more
    assert choose_setting([one, small_setting(np.ones(80))]) is one
    gone = replace(more, unavailable="no user has 100 photos")
    assert choose_setting([gone, one]) is one
    assert choose_setting([gone]) is None and choose_setting([]) is None


@pytest.fixture
def shards(tmp_path):
    """Two shards of pictures, of some of a setting's photos."""
    rng = np.random.default_rng(0)
    setting = small_setting(rng.normal(size=40), splits=8)
    for number, rows in enumerate((range(12), range(12, 30))):
        names = [f"{row}.png" for row in rows]
        for name in names:
            shape = (30, 600, 3) if name == "5.png" else (40, 56, 3)
            Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(tmp_path / name)
        listed = pd.DataFrame({"photo_id": setting.photo_id[list(rows)], "picture": names})
        write_parquet(listed, tmp_path / f"list{number}.parquet")
        write_picture_shard(
            tmp_path / f"list{number}.parquet",
            tmp_path,
            tmp_path / f"000{number}.h5",
            tmp_path / f"000{number}.parquet",
        )
    prediction = np.broadcast_to(setting.target, setting.folds.shape)
    nothing = np.zeros((1, 8))
    model = Forecasts(setting.name, "content", setting.photo_id, prediction, nothing, nothing, nothing == 0)
    return setting, {setting.name: [("feature", replace(model, name="gist")), ("fusion", model)]}, tmp_path


def statuses_of(folder):
    return [folder / "0001.parquet", folder / "0000.parquet"]


def test_the_table_of_samples_has_the_pictures(shards):
    setting, models, folder = shards
    table = sample_photos([setting], models, statuses_of(folder), seed=1, pictures=True)
    assert set(table["figure"]) == {"samples", "quadrants", "regions"} and (table["setting"] == setting.name).all()
    shown = rows_of(setting, table)
    assert shown.max() < 30  # the others are in no shard
    assert [int(shard) for shard in table["shard"]] == [int(row >= 12) for row in shown]
    for row, picture in zip(shown, table["picture"], strict=True):
        with Image.open(io.BytesIO(picture)) as held:
            assert held.format == "JPEG" and max(held.size) == (SIDE if row == 5 else 56)
    again = sample_photos([setting], models, statuses_of(folder)[::-1], seed=1, pictures=True)
    pd.testing.assert_frame_equal(table, again)


def test_without_leave_no_photo_is_listed(shards):
    setting, models, folder = shards
    table = sample_photos([setting], models, statuses_of(folder), seed=1, pictures=True)
    for hidden in (
        sample_photos([setting], models, statuses_of(folder), seed=1, pictures=False),
        sample_photos([replace(setting, unavailable="why")], models, statuses_of(folder), seed=1, pictures=True),
    ):
        assert hidden.empty and list(hidden.columns) == list(table.columns)


def test_pictures_are_read_at_the_sides_that_are_asked_for(shards):
    setting, _, folder = shards
    stems = [str(folder / "0001"), str(folder / "0000"), str(folder / "0000")]
    found = dict(read_images(stems, setting.photo_id[[20, 5, 7]], 500, 400))
    assert set(found) == set(setting.photo_id[[20, 5, 7]])
    for row in (20, 5, 7):
        own = found[setting.photo_id[row]]
        assert set(own) == {500, 400}
        for side, image in own.items():
            with Image.open(folder / f"{row}.png") as held:
                np.testing.assert_array_equal(image, reduce(np.array(held), side))
