"""Labels that cannot be right: each kind is found, by itself, and nothing else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from viewcast.config.corpus import PhotoColumns
from viewcast.config.schema import load_config
from viewcast.corpus.check import check_corpus
from viewcast.corpus.labels import DOUBTS, FEW_ZEROS, OLD_PHOTOS, doubted, fallen, read_views_log, stray_zeros, tell
from viewcast.corpus.write import read_corpus
from viewcast.errors import ViewcastError


def photos(views, faves=None, user="a", days=100.0):
    n = len(views)
    crawled = pd.Timestamp("2015-01-01", tz="UTC")
    return pd.DataFrame(
        {
            "photo_id": [f"p{i}" for i in range(n)],
            "user_id": user,
            "views": pd.array(views, dtype="Int64"),
            "faves": pd.array(faves or [None] * n, dtype="Int64"),
            "uploaded_at": crawled - pd.to_timedelta(np.broadcast_to(days, n), unit="D"),
            "crawled_at": crawled,
        }
    )


def test_more_faves_than_views():
    said = doubted(photos([5, 5, None, -1, 0], [5, 6, 7, 3, 0]))
    assert said.tolist() == ["", "more_faves_than_views", "", "", ""]


def test_views_that_fall_between_two_sightings():
    log = pd.DataFrame(
        [
            ("p0", 3, 1),
            ("p1", 9, 5),
            ("p0", 2, 2),
            ("p1", 8, 1),
            ("p2", 4, 3),
            ("p2", 3, 3),
            ("p3", None, 2),
            ("p3", 1, 3),
        ],
        columns=["photo_id", "views", "observed_at"],
    )
    assert fallen(log.assign(observed_at=pd.to_datetime(log["observed_at"], unit="D"))).tolist() == ["p0"]
    said = doubted(photos([2, 9, 3, 0], [5, None, None, None]), log)
    assert said.tolist() == ["more_faves_than_views views_fell", "", "", ""]
    assert tell(photos([2, 9, 3, 0]).assign(doubt=said)) == {
        "more_faves_than_views": 1, "views_fell": 1, "stray_zero": 0,
    }  # fmt: skip


def test_stray_zeros_are_those_of_a_loop():
    rng = np.random.default_rng(4)
    n, users = 450, 9
    user = pd.Series(rng.integers(0, users, n).astype(str))
    level = rng.uniform(0, 9, users)[user.astype(int)]
    views = np.floor(2 ** (level + rng.normal(size=n)))
    views[rng.random(n) < 0.04] = 0
    views[rng.random(n) < 0.02] = np.nan
    days = rng.uniform(0, 200, n)
    days[rng.random(n) < 0.02] = np.nan
    found = stray_zeros(user, views, days)
    expected = []
    for i in range(n):
        own = [views[j] for j in range(n) if user[j] == user[i] and days[j] >= 30 and views[j] >= 0]
        usual = len(own) >= OLD_PHOTOS and np.median(own) >= 32 and np.mean(np.array(own) == 0) <= FEW_ZEROS
        expected.append(bool(views[i] == 0 and days[i] >= 30 and usual))
    np.testing.assert_array_equal(found, expected)
    assert 5 < found.sum() < (views == 0).sum()


def test_a_log_is_read_and_one_that_is_none_is_refused(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text('photo_id,views,observed_at\np1,"1,200",2014-01-01\np1,7,2014-01-02\n')
    assert fallen(read_views_log(path)).tolist() == ["p1"]
    path.write_text("photo_id,count\np1,3\n")
    with pytest.raises(ViewcastError, match="no column views, observed_at"):
        read_views_log(path)
    assert set(DOUBTS) == set(tell(photos([1]).assign(doubt="")))


def test_doubts_are_counted_told_and_kept(tmp_path, caplog):
    """In photos.parquet, in the summary, in the log and by `viewcast check`; the photos take part."""
    (tmp_path / "pictures").mkdir()
    for number in range(4):
        (tmp_path / "pictures" / f"p{number}.jpg").write_bytes(b"1")
    photos([5, 9, 3, 1], [1, 1, 4, 0]).to_csv(tmp_path / "photos.csv", index=False)
    (tmp_path / "log.csv").write_text("photo_id,views,observed_at\np1,12,2014-01-01\np1,9,2014-02-01\n")
    own = {name: str(tmp_path / path) for name, path in
           {"photos": "photos.csv", "views_log": "log.csv", "pictures": "pictures"}.items()}  # fmt: skip
    said = list(check_corpus(load_config({"corpus": {"source": "table", **own}})))
    counts = {"more_faves_than_views": 1, "views_fell": 1, "stray_zero": 0}
    assert f"labels to be doubted: {counts}; the log above names some" in said
    assert "1 photos have more faves than views, such as p2" in caplog.text
    found = read_corpus(
        own["photos"], None, own["pictures"], columns=PhotoColumns().model_dump(), user_columns={},
        definition="log2_rate_plus_one", min_days=1.0, views_log=own["views_log"],
    )  # fmt: skip
    assert found.photos["doubt"].tolist() == ["", "views_fell", "more_faves_than_views", ""]
    assert found.summary["doubts"] == counts and (found.photos["status"] == "ok").all()
