"""Settings and random halves: sizes, disjointness, reproducibility, and what is not available."""

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.settings import load_setting, make_setting, random_halves, save_setting
from viewcast.folds import TEST


def photos() -> pd.DataFrame:
    users = [f"heavy{k}" for k in range(3) for _ in range(60)] + [f"light{k}" for k in range(80) for _ in range(2)]
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "photo_id": [f"{i:04d}" for i in range(len(users))],
            "user_id": users,
            "popularity": rng.normal(size=len(users)),
        }
    )


def setting(name: str, frame: pd.DataFrame | None = None, **changes):
    frame = photos() if frame is None else frame
    arguments = {"seed": 1, "splits": 4, "folds": 5, "min_photos_per_user": 50} | changes
    return make_setting(name, frame, np.ones(len(frame), bool), **arguments)


@pytest.mark.parametrize("n", [10, 11, 101])
def test_halves(n):
    table = random_halves(n, 6, 5, [1, 2])
    assert table.shape == (6, n) and (table.min(), table.max()) == (TEST, 4)
    for row in table:
        assert (row != TEST).sum() == (n + 1) // 2
        sizes = np.bincount(row[row >= 0], minlength=5)
        assert sizes.max() - sizes.min() <= 1
    np.testing.assert_array_equal(table[:3], random_halves(n, 3, 5, [1, 2]))
    assert (table[0] != table[1]).any() and (table != random_halves(n, 6, 5, [1, 3])).any()


def test_one_photo_per_user():
    made = setting("one_per_user", max_photos_per_user=1)
    assert len(made.photo_id) == len(set(made.user)) == 83
    assert len(setting("one_per_user").photo_id) == 340


def test_user_mix_and_user_specific_share_their_users():
    mix, specific = setting("user_mix"), setting("user_specific")
    np.testing.assert_array_equal(mix.photo_id, specific.photo_id)
    assert len(mix.groups) == 1 and [len(rows) for rows in specific.groups] == [60, 60, 60]
    for rows in specific.groups:
        assert len(set(specific.user[rows])) == 1
        assert ((specific.folds[:, rows] == TEST).sum(1) == 30).all()
    two = setting("user_mix", max_users=2)
    assert set(two.user) == set(setting("user_specific", max_users=2).user) and len(set(two.user)) == 2


def test_the_order_of_the_table_does_not_matter():
    frame = photos()
    shuffled = frame.sample(frac=1, random_state=5).reset_index(drop=True)
    for name in ("user_mix", "user_specific"):
        a, b = setting(name, frame), setting(name, shuffled)
        np.testing.assert_array_equal(a.photo_id, b.photo_id)
        np.testing.assert_array_equal(a.folds, b.folds)


def test_not_available_says_why():
    assert "no user has 100 or more usable photos" in setting("user_mix", min_photos_per_user=100).unavailable
    assert "50 to 59 usable photos" in setting("user_mix", max_photos_per_user=59).unavailable
    assert not setting("user_mix", max_photos_per_user=60).unavailable
    few = setting("one_per_user", photos().iloc[:5], max_photos_per_user=1)
    assert "only 1 usable photos take part" in few.unavailable and few.folds.shape == (4, 0)
    flat = photos().assign(popularity=1.0)
    assert "same popularity" in setting("one_per_user", flat).unavailable


def test_users_who_cannot_be_ranked_are_left_out_and_counted():
    frame = photos()
    frame.loc[frame["user_id"] == "heavy1", "popularity"] = 3.0
    made = setting("user_specific", frame)
    assert set(made.user) == {"heavy0", "heavy2"} and len(made.groups) == 2
    assert made.note.endswith("cannot be ranked: 1")
    assert set(setting("user_mix", frame).user) == {"heavy0", "heavy1", "heavy2"}
    none = setting("user_specific", frame.assign(popularity=1.0))
    assert "only 0 usable" in none.unavailable and none.note.endswith(": 3")


def test_another_reading_of_the_target_has_the_same_photos_and_halves():
    frame = photos()
    frame["popularity_log2_views_plus_one"] = np.exp(frame["popularity"])
    made, other = setting("user_mix", frame), setting("user_mix.log2_views_plus_one", frame)
    assert (other.kind, other.name) == ("user_mix", "user_mix.log2_views_plus_one")
    np.testing.assert_array_equal(made.photo_id, other.photo_id)
    np.testing.assert_array_equal(made.folds, other.folds)
    np.testing.assert_allclose(other.target, np.exp(made.target))


def test_round_trip(tmp_path):
    frame = photos()
    frame.loc[frame["user_id"] == "heavy1", "popularity"] = 3.0
    made = setting("user_specific", frame)
    save_setting(made, tmp_path / "s.h5")
    read = load_setting(tmp_path / "s.h5")
    for name in ("photo_id", "user", "target", "folds", "group"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    assert (read.name, read.unavailable, read.note) == (made.name, made.unavailable, made.note) and read.note
