"""The social cues against loops written from their definitions."""

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.cues import CUES, design_matrix, extra_cues, make_cues
from viewcast.corpus.photos import USER_NUMBERS
from viewcast.corpus.user_means import MEAN_CUES
from viewcast.errors import ViewcastError


def photos(n: int = 30, users: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "photo_id": [f"p{i}" for i in range(n)],
            "user_id": [f"u{i}" for i in rng.integers(0, users, n)],
            "views": rng.integers(0, 1000, n),
            "popularity": rng.normal(5, 2, n),
            "crawled_at": pd.Timestamp("2014-01-11", tz="UTC"),
            "title": ["t" * int(k) if k else None for k in rng.integers(0, 9, n)],
            "description": None,
            "tags": [["x"] * int(k) for k in rng.integers(0, 5, n)],
        }
    )


def user_table(frame: pd.DataFrame, **columns) -> pd.DataFrame:
    table = pd.DataFrame({"user_id": sorted(frame["user_id"].unique())})
    for name in USER_NUMBERS:
        table[name] = np.nan
    table["member_since"] = pd.Series(pd.Timestamp("2014-01-01", tz="UTC"), table.index)
    return table.assign(**columns)


def test_lengths_and_durations():
    frame = photos()
    cues = make_cues(frame, user_table(frame))
    assert (cues["member_duration"] == 10).all()
    assert cues["title_length"].tolist() == [len(t) if isinstance(t, str) else 0 for t in frame["title"]]
    assert cues["tags"].tolist() == [len(t) for t in frame["tags"]]


def test_a_cue_that_the_corpus_lacks_is_missing_never_zero():
    frame = photos()
    cues = make_cues(frame, user_table(frame))
    for name in ("contacts", "groups", "is_pro", "description_length"):
        assert cues[name].isna().all()
    names = tuple(name for name in CUES if name not in MEAN_CUES)
    matrix, labels = design_matrix(cues, names, np.ones(len(frame), bool))
    assert "contacts" not in labels and "description_length" not in labels and np.isfinite(matrix).all()


def test_gaps_are_filled_from_the_training_half_alone():
    frame = photos()
    contacts = np.array([3.0, np.nan, 7.0, 100.0, np.nan, 15.0])
    cues = make_cues(frame, user_table(frame, contacts=contacts))
    train = np.arange(len(frame)) % 2 == 0
    matrix, labels = design_matrix(cues, ("contacts",), train)
    assert labels == ["contacts", "contacts_missing"]
    known = cues["contacts"].notna().to_numpy()
    median = np.median(np.log2(1 + cues["contacts"][train & known]))
    np.testing.assert_allclose(matrix[~known, 0], median)
    altered = cues.copy()
    altered.loc[~train & known, "contacts"] += 1e6
    np.testing.assert_array_equal(design_matrix(altered, ("contacts",), train)[0][train], matrix[train])


def test_extra_cues_join_in_logarithms_unless_negative():
    frame = photos().assign(duration=np.arange(30) * 3, offset=np.arange(30) - 15.5, source="x")
    frame.loc[4, "offset"] = np.nan
    cues = make_cues(frame, user_table(frame), extra=["duration", "offset"])
    assert extra_cues(cues) == ("duration", "offset")
    matrix, labels = design_matrix(cues, ("duration", "offset"), np.ones(30, bool))
    assert labels == ["duration", "offset", "offset_missing"]
    np.testing.assert_allclose(matrix[:, 0], np.log2(1 + frame["duration"]))
    known = frame["offset"].notna()
    np.testing.assert_allclose(matrix[known, 1], frame["offset"][known])


def test_test_photos_have_no_say_in_whether_an_extra_cue_is_a_logarithm():
    frame = photos().assign(offset=np.r_[np.arange(29.0), -40.0])
    cues = make_cues(frame, user_table(frame), extra=["offset"])
    train = np.arange(30) < 20
    matrix, _ = design_matrix(cues, ("offset",), train)
    np.testing.assert_allclose(matrix[:29, 0], np.log2(1 + frame["offset"][:29]))
    assert matrix[29, 0] == 0


@pytest.mark.parametrize("value", [-1.0, np.inf])
def test_a_wrong_number_is_named_with_its_cue_and_photo_and_never_reaches_the_solver(value):
    frame = photos()
    contacts = np.array([3.0, np.nan, 7.0, value, 2.0, 15.0])
    first = frame.loc[frame["user_id"] == "u3", "photo_id"].iloc[0]
    with pytest.raises(ViewcastError, match=f"cue contacts of the photo {first} is {value:g}"):
        make_cues(frame, user_table(frame, contacts=contacts))


@pytest.mark.parametrize("name", ["no_such", "source", "tags"])
def test_an_extra_cue_must_be_a_number_of_its_own(name):
    frame = photos().assign(duration=1.0, source="x")
    with pytest.raises(ViewcastError, match=f"{name} is no numeric column.* duration"):
        make_cues(frame, user_table(frame), extra=[name])
