"""The demo corpus: its tables keep the contract, its bytes the seed, its views the planted popularity."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.stats import spearmanr

from viewcast.demo import PLANTED, generate
from viewcast.demo.corpus import photo_table
from viewcast.demo.plan import (
    CONTENT_SD,
    CONTEXT_SD,
    PROPERTIES,
    WITHIN_SD,
    mean_popularity,
    plan_photos,
    plan_users,
)
from viewcast.demo.scenes import SCENES
from viewcast.errors import ViewcastError

TINY = {"users": 20, "heavy_users": 2, "photos_per_heavy_user": 12, "size": 96}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, generate(folder, seed=5, **TINY)


@pytest.fixture(scope="module")
def full():
    """The default corpus without its pictures."""
    users = plan_users(1, 450, 6, 110)
    return users, plan_photos(1, users)


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_pictures_are_those_of_the_table(tiny):
    folder, corpus = tiny
    assert sorted(corpus.photos["picture"]) == sorted(path.name for path in folder.iterdir())
    for name in corpus.photos["picture"]:
        with Image.open(folder / name) as image:
            assert image.format == {"jpg": "JPEG", "png": "PNG"}[name.rsplit(".")[-1]]
            assert max(image.size) == TINY["size"]
            assert np.asarray(image).std() > 3


def test_tables_keep_the_contract(tiny):
    _, (photos, users) = tiny
    assert photos["photo_id"].is_unique and users["user_id"].is_unique
    assert set(photos["user_id"]) == set(users["user_id"])
    assert len(users) == TINY["users"]
    counts = ["photo_count", "contacts", "groups", "groups_admin", "groups_invite_only"]
    for table, columns, dtype in (
        (photos, ["photo_id", "user_id", "picture", "title", "description"], "string"),
        (photos, ["uploaded_at", "crawled_at"], "datetime64[ns, UTC]"),
        (users, ["member_since"], "datetime64[ns, UTC]"),
        (photos, ["views"], "Int64"),
        (users, counts, "Int64"),
        (photos, list(PLANTED), "float64"),
        (users, ["mean_views", "group_members"], "float64"),
        (users, ["is_pro"], "boolean"),
    ):
        assert (table[columns].dtypes.astype(str) == dtype).all(), (columns, table[columns].dtypes)
        assert not table[columns].isna().any().any()
    assert photos["tags"].map(lambda tags: isinstance(tags, list) and all(isinstance(t, str) for t in tags)).all()
    assert (photos["views"] >= 0).all()
    assert (photos["crawled_at"] - photos["uploaded_at"]).between(pd.Timedelta("1D"), pd.Timedelta("1501D")).all()
    joined = photos.merge(users, on="user_id")
    assert (joined["member_since"] <= joined["uploaded_at"]).all()


def test_tables_survive_parquet(tiny, tmp_path):
    _, corpus = tiny
    for table in corpus:
        table.to_parquet(tmp_path / "table.parquet")
        again = pd.read_parquet(tmp_path / "table.parquet")
        if "tags" in again:
            again["tags"] = again["tags"].map(list)
        pd.testing.assert_frame_equal(again, table)


def test_bytes_do_not_depend_on_the_processes(tiny, tmp_path):
    folder, corpus = tiny
    again = generate(tmp_path, seed=5, **TINY, workers=2)
    assert digests(tmp_path) == digests(folder)
    for table, same in zip(corpus, again, strict=True):
        pd.testing.assert_frame_equal(table, same)


def test_another_seed_gives_other_photos(tiny, tmp_path):
    folder, _ = tiny
    generate(tmp_path, seed=6, users=3, heavy_users=0, size=96)
    assert not set(digests(tmp_path).values()) & set(digests(folder).values())


def test_impossible_sizes_are_refused(tmp_path):
    with pytest.raises(ViewcastError, match="size"):
        generate(tmp_path, seed=1, **{**TINY, "size": 8})
    with pytest.raises(ValueError):
        generate(tmp_path, seed=1, users=2, heavy_users=3)


def test_there_are_light_and_heavy_users(full):
    users, photos = full
    per_user = photos["owner"].value_counts()
    assert len(users) == len(per_user) == 450
    assert (per_user >= 100).sum() == 6
    assert set(per_user[per_user < 100]) == {1, 2}
    assert 1100 < len(photos) < 1300
    assert set(photos["scene"]) == set(SCENES)


def test_planted_parts_add_up(full):
    _, photos = full
    parts = ["planted_user", "planted_context", "planted_content", "planted_noise"]
    np.testing.assert_allclose(photos[parts].sum(axis=1), photos["planted"])
    np.testing.assert_allclose(
        photos[[f"planted_{name}" for name in PROPERTIES]].sum(axis=1), photos["planted_content"]
    )


def test_planted_parts_have_their_size(full):
    _, photos = full
    within = photos[photos["owner"] < 6].groupby("owner")
    assert abs(within["planted_content"].std().mean() / CONTENT_SD - 1) < 0.15
    assert abs(within["planted_context"].std().mean() / CONTEXT_SD - 1) < 0.2


def test_views_follow_the_planted_popularity(full):
    _, photos = full
    popularity = np.log2(photos["views"] / photos["days"] + 1)
    expected = np.log2(2 ** photos["planted"] + 1)
    # Four Poisson deviations of the count.
    most = 2 ** photos["planted"] * photos["days"]
    margin = np.log2((most + 4 * np.sqrt(most) + 4) / photos["days"] + 1) - expected
    assert ((popularity - expected).abs() < 2 * margin + 1e-9).mean() > 0.999
    assert spearmanr(popularity, photos["planted"])[0] > 0.99


def test_every_part_counts_in_every_setting(full):
    """Across users the user's part rules; within one user content does, and context matters."""
    _, photos = full
    popularity = np.log2(photos["views"] / photos["days"] + 1)

    def rho(part, rows):
        return spearmanr(photos.loc[rows, part], popularity[rows])[0]

    one = photos.groupby("owner").head(1).index
    assert rho("planted_user", one) > 0.7 > rho("planted_content", one) > 0.35
    alone = [
        [rho(part, photos.index[photos["owner"] == k]) for part in ("planted_content", "planted_context")]
        for k in range(6)
    ]
    content, context = np.mean(alone, axis=0)
    assert content > 0.6 > context > 0.2


def test_mean_views_can_hold_the_corpus_photos(full):
    users, photos = full
    means = mean_popularity(1, users, photos)
    popularity = np.log2(photos["views"] / photos["days"] + 1).groupby(photos["owner"])
    count = users["photo_count"].to_numpy()
    assert (count >= users["photos"]).all()
    assert (means * count >= popularity.sum().to_numpy() - 1e-6).all()
    alone = (count == users["photos"]).to_numpy()
    np.testing.assert_allclose(means[alone], popularity.mean().to_numpy()[alone])


def test_mean_views_keep_the_real_marginal():
    """Read as views per day, the users' mean popularity has the marginal of the real mean views."""
    users = plan_users(2, 8000, 0, 1)
    photos = plan_photos(2, users)
    means = mean_popularity(2, users, photos)
    many = users["photo_count"].to_numpy() > 50
    centre = np.log2(1 + users["views"].to_numpy())
    assert abs(np.mean(means[many] - centre[many])) < 0.05
    # The photos in the corpus, too, average to what their users' marginal says.
    popularity = np.log2(photos["views"] / photos["days"] + 1)
    assert abs((popularity - centre[photos["owner"]]).mean()) < 4 * WITHIN_SD / np.sqrt(len(photos)) + 0.1


def test_text_has_realistic_lengths_and_characters(full):
    photos = photo_table(1, *full)
    tags = photos["tags"].map(len)
    assert 0.1 < (tags == 0).mean() < 0.4 and 3 < tags.median() < 10 and tags.max() <= 75
    assert all(len(set(t)) == len(t) for t in photos["tags"])
    description = photos["description"].str.len()
    assert 0.35 < (description == 0).mean() < 0.65 and description.max() > 300
    everything = "".join(photos["title"]) + "".join(photos["description"])
    assert all(mark in everything for mark in ('"', ",", "'"))
    assert any(ord(letter) > 0x3000 for letter in everything)
