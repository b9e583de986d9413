"""The agreement of pictures and titles, from feature files to a cue."""

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.cues import design_matrix, extra_cues, make_cues, with_cue
from viewcast.corpus.user_means import MEAN_CUES
from viewcast.errors import ViewcastError
from viewcast.features import agreement as module
from viewcast.features.agreement import AGREEMENT, agreement_of
from viewcast.features.files import FeatureAttributes, feature_writer


def test_each_picture_meets_its_own_title_whatever_the_order(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    ids = [f"p{number}" for number in range(9)]
    vectors = dict(zip(ids, rng.standard_normal((9, 4)).astype(np.float32), strict=True))
    for shard, names in enumerate((ids[:5], ids[5:])):
        with feature_writer(tmp_path / f"{shard}.h5", 4, FeatureAttributes("deep_clip", "1")) as writer:
            rows = np.stack([vectors[name] for name in names])
            # The last picture of each shard cannot be read.
            writer.append(np.where(np.arange(len(names))[:, None] < len(names) - 1, rows, 0), names,
                          ["ok"] * (len(names) - 1) + ["truncated"])  # fmt: skip
    titles = dict(zip(ids, ["a", None, "ccc", "", "e", "ff", "g", "h", "i"], strict=True))
    order = rng.permutation(ids)
    photos = pd.DataFrame({"photo_id": order, "title": [titles[name] for name in order]})

    def stand_in(backbone, weights, device):
        assert (backbone, weights, device) == ("open_clip:a/b", "weights", "cpu")
        return lambda seen, said: np.array(
            [np.nan if not text else row[0] + len(text) for row, text in zip(seen, said, strict=True)]
        )

    monkeypatch.setattr(module, "load_agreement", stand_in)
    monkeypatch.setattr(module, "_ROWS", 2)
    table = agreement_of([tmp_path / "0.h5", tmp_path / "1.h5"], photos, "open_clip:a/b", "weights")
    assert table["photo_id"].tolist() == order.tolist()
    for row in table.itertuples():
        text = titles[row.photo_id]
        readable = row.photo_id not in ("p4", "p8")
        expected = vectors[row.photo_id][0] + len(text) if text and readable else np.nan
        np.testing.assert_allclose(getattr(row, AGREEMENT), expected, rtol=1e-6)


def test_it_joins_the_cues_as_it_stands():
    photos = pd.DataFrame(
        {
            "photo_id": ["a", "b", "c"], "user_id": ["u", "v", "w"], "popularity": [1.0, 2.0, 3.0], "views": [1, 2, 3],
            "crawled_at": pd.Timestamp("2014-01-01", tz="UTC"), "tags": None, "title": ["x", "y", None],
            "description": None,
        }
    )  # fmt: skip
    columns = ("mean_views", "mean_views_photos", "photo_count", "contacts", "groups", "groups_admin",
               "groups_invite_only", "group_members", "is_pro")  # fmt: skip
    users = pd.DataFrame({"user_id": ["u", "v", "w"]} | dict.fromkeys(columns, np.nan) | {"member_since": pd.NaT})
    cues = make_cues(photos, users)
    joined = with_cue(cues, pd.DataFrame({"photo_id": ["b", "a"], AGREEMENT: [-0.5, 0.25]}))
    np.testing.assert_array_equal(joined[AGREEMENT], [0.25, -0.5, np.nan])
    assert extra_cues(joined) == (AGREEMENT,) and not set(MEAN_CUES) & set(extra_cues(joined))
    design, labels = design_matrix(joined, (AGREEMENT,), np.ones(3, bool))
    assert labels == [AGREEMENT, f"{AGREEMENT}_missing"]
    np.testing.assert_allclose(design, [[0.25, 0], [-0.5, 0], [-0.125, 1]])
    with pytest.raises(ViewcastError, match="agreement"):
        with_cue(joined, joined[["photo_id", AGREEMENT]])
