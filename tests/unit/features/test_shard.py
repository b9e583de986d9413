"""A shard of pictures through a descriptor into a feature file."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage import data

from viewcast.errors import ViewcastError
from viewcast.features.files import FeatureAttributes
from viewcast.features.matrix import FeatureMatrix, read_vectors
from viewcast.features.shard import extract_shard
from viewcast.pictures.shards import read_pictures, write_picture_shard
from viewcast.store.frames import write_parquet

KIND = FeatureAttributes("mean", "1")


def mean(images: list[np.ndarray]) -> np.ndarray:
    return np.stack([image.mean((0, 1)) for image in images]).astype(np.float32)


@pytest.fixture(scope="module")
def shard(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shard")
    names = []
    for number in range(11):
        names.append(f"{number}.png")
        if number % 4 != 1:
            Image.fromarray(data.coffee()[:, : 200 + 40 * number]).save(folder / names[-1])
    write_parquet(pd.DataFrame({"photo_id": [f"p{n}" for n in range(11)], "picture": names}), folder / "0.list")
    write_picture_shard(folder / "0.list", folder, folder / "0.h5", folder / "0.statuses")
    return folder / "0.h5"


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_every_photo_has_its_row(shard, tmp_path, batch_size):
    sizes = []

    def watched(images: list[np.ndarray]) -> np.ndarray:
        sizes.append(len(images))
        return mean(images)

    target = tmp_path / "f.h5"
    extract_shard(read_pictures(shard, 400), target, watched, dimension=3, attributes=KIND, batch_size=batch_size)
    matrix = FeatureMatrix([target])
    assert list(matrix.statuses.index) == [f"p{n}" for n in range(11)]
    assert list(matrix.index) == [f"p{n}" for n in range(11) if n % 4 != 1]
    expected = mean([row.image for row in read_pictures(shard, 400) if row.image is not None])
    np.testing.assert_array_equal(matrix.rows(matrix.index), expected)
    assert max(sizes) <= batch_size and sum(sizes) == 8


@pytest.mark.parametrize(
    ("extractor", "message"),
    [
        (lambda images: np.zeros((len(images), 4)), "mean gave (8, 4) where (8, 3) was announced"),
        (lambda images: mean(images) * np.nan, "photo p0: the float32 vector is not finite"),
    ],
)
def test_a_wrong_descriptor_writes_nothing(shard, tmp_path, extractor, message):
    with pytest.raises(ViewcastError, match=re.escape(message)):
        extract_shard(read_pictures(shard, 500), tmp_path / "f.h5", extractor, dimension=3, attributes=KIND)
    assert not list(tmp_path.iterdir())


def test_a_broken_picture_shard_is_named(shard, tmp_path):
    broken = tmp_path / "0.h5"
    broken.write_bytes(shard.read_bytes()[:-100])
    with pytest.raises(ViewcastError, match="0.h5 is damaged"):
        extract_shard(read_pictures(broken, 500), tmp_path / "f.h5", mean, dimension=3, attributes=KIND)
    assert not (tmp_path / "f.h5").exists()


def test_a_descriptor_made_of_another_keeps_its_photos(shard, tmp_path):
    first, second = tmp_path / "first.h5", tmp_path / "second.h5"
    extract_shard(read_pictures(shard, 400), first, mean, dimension=3, attributes=KIND, dtype="float16")
    extract_shard(
        read_vectors(first), second, lambda rows: 2 * np.stack(rows)[:, :2], dimension=2,
        attributes=FeatureAttributes("double", "1"), batch_size=3,
    )  # fmt: skip
    source, made = FeatureMatrix([first]), FeatureMatrix([second])
    assert made.statuses.equals(source.statuses) and (made.statuses == "missing").sum() == 3
    np.testing.assert_array_equal(made.rows(made.index), 2 * source.rows(made.index)[:, :2])
