"""The sample that dictionaries are learned from: by the photos alone, over the whole corpus."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from viewcast.pictures.sample import hash_order, sample_pictures, write_sample_list
from viewcast.pictures.shards import Row, read_pictures, write_picture_shard
from viewcast.store.frames import read_parquet, write_parquet


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Sixty pictures of two sizes: one is missing, one cut short, one outside; two photos have no views or no path."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    names = [f"p{number:02}" for number in range(60)]
    for number, name in enumerate(names):
        shape = (600, 420, 3) if number % 9 == 0 else (60, 40, 3)
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(folder / f"{name}.png")
    (folder / "p03.png").unlink()
    (folder / "p04.png").write_bytes((folder / "p05.png").read_bytes()[:200])
    photos = pd.DataFrame({"photo_id": names, "picture": [f"{name}.png" for name in names], "status": "ok"})
    photos.loc[6, "picture"] = "../p06.png"
    photos.loc[7, "status"] = "no_views"
    photos = photos.astype({"picture": "string"})
    photos.loc[8, "picture"] = pd.NA  # its download is still to come
    return photos, folder


@pytest.fixture
def sample(tmp_path):
    """Writes the list of a corpus's sample, and reads its pictures."""

    def read(photos: pd.DataFrame, folder: Path, count: int, seed: int = 1, side: int = 500) -> list[Row]:
        shards, table, listed = tmp_path / "shards", tmp_path / "photos.parquet", tmp_path / "listed.parquet"
        shards.mkdir(exist_ok=True)
        write_parquet(photos, table)
        write_parquet(photos[["photo_id", "picture"]].assign(bytes=1, modified=2), shards / "0000.parquet")
        write_sample_list(table, shards, listed, count=count, seed=seed)
        return list(sample_pictures(listed, folder, count, side=side))

    return read


@pytest.fixture
def sampled(sample):
    return lambda *arguments, **options: [row.photo_id for row in sample(*arguments, **options)]


def test_the_sample_is_of_the_lowest_hashes_that_can_be_read(corpus, sampled):
    photos, folder = corpus
    order = sorted(photos["photo_id"], key=lambda name: hashlib.sha256(f"1:{name}".encode()).hexdigest())
    expected = [name for name in order if name not in ("p03", "p04", "p06", "p07", "p08")]
    assert sampled(photos, folder, 20) == expected[:20] and sampled(photos, folder, 999) == expected
    assert sampled(photos, folder, 20, seed=2) != expected[:20]


def test_the_order_of_the_table_has_no_say(corpus, sampled):
    photos, folder = corpus
    shuffled = photos.sample(frac=1, random_state=3)
    assert sampled(shuffled, folder, 15) == sampled(photos, folder, 15)
    assert shuffled["photo_id"].tolist() != photos["photo_id"].tolist()


def test_added_photos_change_only_what_the_hash_says(corpus, sampled):
    """The smaller corpus's sample keeps its order; new photos come in where their hashes are lower."""
    photos, folder = corpus
    before, after = sampled(photos.iloc[:40], folder, 15), sampled(photos, folder, 15)
    old = set(photos["photo_id"][:40])
    kept = [name for name in after if name in old]
    assert kept == before[: len(kept)] and 0 < len(kept) < 15
    places = hash_order(photos["photo_id"].tolist(), 1)
    assert all(places.index(new) < places.index(before[-1]) for new in set(after) - old)


def test_pixels_are_those_of_the_shards(corpus, sample, tmp_path):
    photos, folder = corpus
    write_parquet(photos, tmp_path / "list")
    write_picture_shard(tmp_path / "list", folder, tmp_path / "shard.h5", tmp_path / "statuses")
    for side in (500, 400):
        stored = {row.photo_id: row.image for row in read_pictures(tmp_path / "shard.h5", side)}
        rows = sample(photos, folder, 99, side=side)
        assert max(row.image.shape[0] for row in rows) == side
        for row in rows:
            np.testing.assert_array_equal(row.image, stored[row.photo_id])


def test_the_list_has_spare_pictures_with_their_sizes_and_times(corpus, tmp_path):
    photos, _ = corpus
    (tmp_path / "shards").mkdir()
    write_parquet(photos, tmp_path / "photos")
    files = photos[["photo_id", "picture"]].assign(bytes=range(60), modified=range(60, 120))
    write_parquet(files[:25], tmp_path / "shards" / "0000.parquet")
    write_parquet(files[25:], tmp_path / "shards" / "0001.parquet")
    write_sample_list(tmp_path / "photos", tmp_path / "shards", tmp_path / "listed", count=3, seed=1)
    listed = read_parquet(tmp_path / "listed")
    assert len(listed) == 58 and {"p07", "p08"}.isdisjoint(listed["photo_id"])
    assert (listed["bytes"] + 60 == listed["modified"]).all()
    assert (listed["photo_id"] == listed["bytes"].map(lambda number: f"p{number:02}")).all()
