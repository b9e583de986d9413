"""The sample that dictionaries are learned from: by the photos alone, over the whole corpus."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from viewcast.pictures.sample import hash_order, sample_pictures
from viewcast.pictures.shards import read_pictures, write_picture_shard


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


def sampled(photos, folder, count, seed=1):
    return [row.photo_id for row in sample_pictures(photos, folder, count, seed, side=500)]


def test_the_sample_is_of_the_lowest_hashes_that_can_be_read(corpus):
    photos, folder = corpus
    order = sorted(photos["photo_id"], key=lambda name: hashlib.sha256(f"1:{name}".encode()).hexdigest())
    expected = [name for name in order if name not in ("p03", "p04", "p06", "p07", "p08")]
    assert sampled(photos, folder, 20) == expected[:20] and sampled(photos, folder, 999) == expected
    assert sampled(photos, folder, 20, seed=2) != expected[:20]


def test_the_order_of_the_table_has_no_say(corpus):
    photos, folder = corpus
    shuffled = photos.sample(frac=1, random_state=3)
    assert sampled(shuffled, folder, 15) == sampled(photos, folder, 15)
    assert shuffled["photo_id"].tolist() != photos["photo_id"].tolist()


def test_added_photos_change_only_what_the_hash_says(corpus):
    """The smaller corpus's sample keeps its order; new photos come in where their hashes are lower."""
    photos, folder = corpus
    before, after = sampled(photos.iloc[:40], folder, 15), sampled(photos, folder, 15)
    old = set(photos["photo_id"][:40])
    kept = [name for name in after if name in old]
    assert kept == before[: len(kept)] and 0 < len(kept) < 15
    places = hash_order(photos["photo_id"].tolist(), 1)
    assert all(places.index(new) < places.index(before[-1]) for new in set(after) - old)


def test_pixels_are_those_of_the_shards(corpus, tmp_path):
    photos, folder = corpus
    photos.to_csv(tmp_path / "list.csv", index=False)
    write_picture_shard(tmp_path / "list.csv", folder, tmp_path / "shard.h5")
    for side in (500, 400):
        stored = {row.photo_id: row.image for row in read_pictures(tmp_path / "shard.h5", side)}
        rows = list(sample_pictures(photos, folder, 99, 1, side=side))
        assert max(row.image.shape[0] for row in rows) == side
        for row in rows:
            np.testing.assert_array_equal(row.image, stored[row.photo_id])
