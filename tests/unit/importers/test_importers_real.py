"""The rank correlations of real data, where they are at hand: they may not be passed on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from viewcast.config.corpus import CorpusConfig
from viewcast.corpus.cues import make_cues
from viewcast.corpus.photos import make_photos, make_users
from viewcast.corpus.user_means import UserMeans
from viewcast.folds import TEST
from viewcast.importers import import_dataset
from viewcast.ranks import spearman

SPID_USERS = {
    "user_id": "UserId", "is_pro": "Ispro", "contacts": "Contacts", "photo_count": "PhotoCount",
    "mean_views": "MeanViews", "groups": "GroupsCount", "groups_mean_members": "GroupsAvgMembers",
}  # fmt: skip
SPID_HEADERS = {
    "photo_id": "FlickrId", "user_id": "UserId", "date_posted": "DatePosted", "date_crawled": "DateCrawl",
}  # fmt: skip


def test_mean_views_correlate_as_published(shared, tmp_path):
    (tmp_path / "in").mkdir()
    users = pd.read_csv(shared / "data" / "flickr_users" / "users.csv.gz").rename(columns=SPID_USERS)
    users.to_csv(tmp_path / "in" / "users_TRAIN.csv", index=False)
    headers = pd.read_csv(shared / "data" / "flickr_users" / "photos.csv.gz").rename(columns=SPID_HEADERS)
    headers.to_csv(tmp_path / "in" / "headers_TRAIN.csv", index=False)
    import_dataset("spid", tmp_path / "in", tmp_path / "out")
    users = pd.read_parquet(tmp_path / "out" / "users.parquet")
    assert (len(users), len(pd.read_parquet(tmp_path / "out" / "photos.parquet"))) == (22_325, 28_290)
    published = pd.read_csv(shared / "data" / "flickr_users" / "spearman.csv", index_col=0)["MeanViews"]
    for ours, theirs in (
        ("contacts", "Contacts"), ("groups", "GroupsCount"), ("group_members", "GroupsAvgMembers"),
        ("photo_count", "PhotoCount"), ("is_pro", "Ispro"),
    ):  # fmt: skip
        assert spearman(users["mean_views"], users[ours]) == pytest.approx(published[theirs], abs=0.01)


def test_smpd_labels_are_their_users(shared, tmp_path):
    (tmp_path / "in").mkdir()
    posts = pd.read_csv(shared / "data" / "smpd_flickr" / "smpd_uid_pid_label_50000.csv.gz")
    labels = posts["log_views_per_day_label"]
    (tmp_path / "in" / "train_label.txt").write_text("".join(f"{label}\n" for label in labels))
    ids = posts[["pid", "uid"]].rename(columns={"pid": "Pid", "uid": "Uid"})
    ids.to_json(tmp_path / "in" / "train_category.json", orient="records")
    import_dataset("smpd", tmp_path / "in", tmp_path / "out")
    source = pd.read_parquet(tmp_path / "out" / "photos.parquet")
    columns = CorpusConfig(columns={"target": "label"})
    photos = make_photos(source, columns.columns.model_dump())
    users = make_users(None, columns.user_columns.model_dump(), photos["user_id"])
    means = UserMeans.of(make_cues(photos, users), photos["user_id"], photos["popularity"].to_numpy())
    own = pd.Series(means.cue("leave_one_out", np.full(len(photos), TEST)))
    assert own.notna().sum() == 45_254
    known = own.notna()
    assert spearman(own[known], photos["popularity"][known]) == pytest.approx(0.947, abs=0.01)
    train, test = ((posts["source_split"] == name).to_numpy() for name in ("train", "test"))
    means = photos[train].groupby("user_id")["popularity"].mean()
    forecast = photos["user_id"][test].map(means).fillna(photos["popularity"][train].mean())
    assert spearman(forecast, photos["popularity"][test]) == pytest.approx(0.896, abs=0.01)
    posted = photos.groupby("user_id")["photo_id"].transform("count")
    assert spearman(posted, photos["popularity"]) == pytest.approx(-0.27, abs=0.01)
