"""The feature file of the words: batch by batch, of any corpus."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pandas as pd
import pytest

from viewcast.errors import ViewcastError
from viewcast.features.matrix import FeatureMatrix, verify_checksum
from viewcast.store.frames import write_parquet
from viewcast.words import file as words_file
from viewcast.words.file import fields_with_texts, texts_of, write_words
from viewcast.words.hashing import Hasher, Parameters

SMALL = Parameters(dimension=64)


def photos_of(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    words = ["sea", "海", "Straße", "🌅", "a,b", "غروب", ""]
    return pd.DataFrame(
        {
            "photo_id": [f"p{i}" for i in range(n)],
            "title": pd.Series(
                [None if i % 5 == 0 else " ".join(rng.choice(words, 3)) for i in range(n)], dtype="string"
            ),
            "description": pd.Series([None] * n, dtype="string"),
            "tags": [None if i % 3 == 0 else list(rng.choice(words, i % 4)) for i in range(n)],
            "views": range(n),
        }
    )


def test_the_file_holds_every_photos_vector(tmp_path):
    photos = photos_of(50)
    write_parquet(photos, tmp_path / "photos.parquet")
    write_words(tmp_path / "photos.parquet", tmp_path / "words.h5", SMALL, code="abc")
    verify_checksum(tmp_path / "words.h5")
    matrix = FeatureMatrix([tmp_path / "words.h5"])
    assert matrix.descriptor == "words" and matrix.attributes["code_digest"] == "abc"
    assert list(matrix.index) == photos["photo_id"].tolist()
    parameters = json.loads(matrix.attributes["parameters"])
    assert parameters["fields"] == ["title", "tags"] and parameters["dimension"] == 64
    texts = [
        [[] if pd.isna(title) else [title], [] if tags is None else list(tags), []]
        for title, tags in zip(photos["title"], photos["tags"], strict=True)
    ]
    np.testing.assert_allclose(matrix.rows(photos["photo_id"].tolist()), Hasher(SMALL)(texts), atol=5e-4)
    some = [30, 2, 47]
    found = texts_of(tmp_path / "photos.parquet", [f"p{i}" for i in some])
    assert found == [texts[i] for i in some]


def test_batches_of_any_size_give_the_same_bytes(tmp_path, monkeypatch):
    write_parquet(photos_of(50), tmp_path / "photos.parquet")
    files = []
    for batch in (1, 7, 1024):
        monkeypatch.setattr(words_file, "BATCH", batch)
        write_words(tmp_path / "photos.parquet", tmp_path / "words.h5", SMALL, code="")
        files.append((tmp_path / "words.h5").read_bytes())
    assert files[0] == files[1] == files[2]
    with h5py.File(tmp_path / "words.h5") as file:
        assert file["features"].dtype == np.float16


def test_other_photos_change_no_vector(tmp_path):
    """Nothing is learned: so nothing of a test half can be in a training half's vectors."""
    photos = photos_of(40)
    vectors = []
    for number, part in enumerate((photos, photos[:20])):
        write_parquet(part, tmp_path / "photos.parquet")
        write_words(tmp_path / "photos.parquet", tmp_path / f"{number}.h5", SMALL, code="")
        vectors.append(FeatureMatrix([tmp_path / f"{number}.h5"]).rows([f"p{i}" for i in range(20)]))
    np.testing.assert_array_equal(*vectors)


@pytest.mark.parametrize("empty", [None, ""])
def test_a_corpus_without_texts_says_so(tmp_path, caplog, empty):
    photos = photos_of(10).assign(title=empty, tags=None)
    if empty is None:  # columns of the type null, as a corpus without them is written
        photos["description"] = None
    write_parquet(photos, tmp_path / "photos.parquet")
    write_words(tmp_path / "photos.parquet", tmp_path / "words.h5", SMALL, code="")
    matrix = FeatureMatrix([tmp_path / "words.h5"])
    assert json.loads(matrix.attributes["parameters"])["fields"] == fields_with_texts(tmp_path / "photos.parquet") == []
    assert len(matrix.index) == 10 and not matrix.rows(list(matrix.index)).any()
    assert "nothing to learn" in caplog.text


def test_a_damaged_table_is_an_error(tmp_path):
    write_parquet(photos_of(10), tmp_path / "photos.parquet")
    data = bytearray((tmp_path / "photos.parquet").read_bytes())
    data[10] ^= 1
    (tmp_path / "photos.parquet").write_bytes(data)
    with pytest.raises(ViewcastError, match="damaged"):
        write_words(tmp_path / "photos.parquet", tmp_path / "words.h5", SMALL, code="")
