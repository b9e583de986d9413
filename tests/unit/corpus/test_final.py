"""The parts of the final model."""

import numpy as np
import pandas as pd

from viewcast.corpus.final import PARTS, make_final
from viewcast.folds import TEST


def photos(users: np.ndarray, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    ids = rng.permutation([f"p{number:05d}" for number in range(len(users))])
    return pd.DataFrame({"photo_id": ids, "user_id": users, "popularity": rng.standard_normal(len(users))})


def test_every_photo_is_held_out_once_and_trains_otherwise():
    rng = np.random.default_rng(1)
    frame = photos(rng.integers(0, 400, 900).astype(str))
    usable = rng.random(900) < 0.9
    setting = make_final(frame, usable, seed=3, folds=5)
    assert setting.folds.shape == (1 + PARTS, usable.sum()) and not setting.note
    assert not (setting.folds[0] == TEST).any()
    held = setting.folds[1:] == TEST
    assert (held.sum(axis=0) == 1).all()
    # As large as parts of whole users can be made.
    assert np.ptp(held.sum(axis=1)) <= 2
    for row in setting.folds:
        trained = row[row != TEST]
        counts = np.bincount(trained, minlength=5)
        assert len(counts) == 5 and np.ptp(counts) <= 2
        for user in np.unique(setting.user):
            assert len(np.unique(row[setting.user == user])) == 1


def test_one_account_is_split_by_photos():
    setting = make_final(photos(np.array(["me"] * 120)), np.ones(120, bool), seed=3, folds=5)
    held = setting.folds[1:] == TEST
    assert "single photos" in setting.note
    assert (held.sum(axis=0) == 1).all() and (held.sum(axis=1) == 12).all()
    assert (np.bincount(setting.folds[0]) == 24).all()


def test_the_order_of_the_table_changes_nothing():
    frame = photos(np.random.default_rng(2).integers(0, 300, 500).astype(str))
    one = make_final(frame, np.ones(500, bool), seed=3, folds=5)
    other = make_final(frame.sample(frac=1, random_state=1), np.ones(500, bool), seed=3, folds=5)
    np.testing.assert_array_equal(one.folds, other.folds)


def test_too_few_photos():
    setting = make_final(photos(np.array(["me"] * 39)), np.ones(39, bool), seed=3, folds=5)
    assert "39" in setting.unavailable and len(setting.photo_id) == 0
