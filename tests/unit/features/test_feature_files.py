"""Feature files and their readers: whole or absent, joined by photo id, broken ones named."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from viewcast.errors import ViewcastError
from viewcast.features.files import FeatureAttributes, feature_writer, write_features
from viewcast.features.matrix import FeatureMatrix, PhotoRows, verify_checksum

KIND = FeatureAttributes("gist", "1", {"b": 2, "a": [1]}, "c0de", "d1c7", "1", {"numpy": "2"})


def make(folder: Path, shards: int = 3, rows: int = 40, dimension: int = 7, **options) -> dict[str, np.ndarray]:
    """Shard files in ``folder`` and every usable vector by id. Each seventh photo is missing."""
    rng = np.random.default_rng(0)
    expected = {}
    for shard in range(shards):
        ids = [f"{shard}-{row}" for row in rng.permutation(rows)]
        status = ["missing" if int(name.split("-")[1]) % 7 == 3 else "ok" for name in ids]
        features = rng.normal(size=(rows, dimension)).astype(np.float32)
        features[[word != "ok" for word in status]] = 0
        write_features(folder / f"{shard}.h5", features, ids, status, KIND, **options)
        expected |= {name: row for name, row, word in zip(ids, features, status, strict=True) if word == "ok"}
    return expected


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.h5"))


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_rows_come_in_the_order_asked_for(tmp_path, dtype, compression):
    expected = make(tmp_path, dtype=dtype, compression=compression)
    matrix = FeatureMatrix(files(tmp_path)[::-1])
    assert matrix.shape == (len(expected), 7) and matrix.dtype == dtype
    assert set(matrix.index) == set(expected)
    ids = np.random.default_rng(1).permutation(list(expected))[:50]
    ids = np.append(ids, ids[:3])  # an id may come twice
    rows = matrix.rows(ids)
    wanted = np.stack([expected[name] for name in ids]).astype(dtype)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, wanted.astype(np.float32))
    assert matrix.rows([]).shape == (0, 7)


def test_many_chunks(tmp_path):
    dimension = 50_000  # five rows to a chunk
    expected = make(tmp_path, shards=2, rows=23, dimension=dimension)
    matrix = FeatureMatrix(files(tmp_path))
    ids = np.random.default_rng(1).permutation(list(expected))
    for chosen in (ids, ids[:6]):
        np.testing.assert_array_equal(matrix.rows(chosen), np.stack([expected[name] for name in chosen]))


def test_blocks_out_of_core(tmp_path):
    make(tmp_path)
    matrix = FeatureMatrix(files(tmp_path))
    ids = np.random.default_rng(1).permutation(matrix.index)[:60]
    order = matrix.aligned(ids)
    assert sorted(order) == list(range(60))
    np.testing.assert_array_equal(ids[order], matrix.index[matrix.index.isin(ids)])
    for asked in (ids, ids[order]):
        parts = list(matrix.blocks(asked, 16))
        assert [part for part, _ in parts] == [slice(0, 16), slice(16, 32), slice(32, 48), slice(48, 60)]
        np.testing.assert_array_equal(np.concatenate([rows for _, rows in parts]), matrix.rows(asked))


@pytest.mark.parametrize(("dimension", "dtype"), [(300, "float16"), (70_000, "float32")])
def test_rows_that_are_nearly_all_zeros_are_read_once(tmp_path, monkeypatch, dimension, dtype):
    rng = np.random.default_rng(1)
    values = np.where(rng.random((90, dimension)) < 0.02, rng.normal(size=(90, dimension)), 0).astype(dtype)
    values[7] = 0
    ids = [f"p{i}" for i in range(90)]
    write_features(tmp_path / "f.h5", values, ids, ["ok"] * 90, FeatureAttributes("words", "1"), dtype=dtype)
    matrix = FeatureMatrix([tmp_path / "f.h5"])
    chosen = rng.permutation(90)[:70]
    photo_id = np.array(ids, dtype=object)[chosen]
    size = 70 * dimension
    kept, poor, dense = (PhotoRows(matrix, photo_id, room) for room in (size, size // 100, 0))
    reads = []
    original = FeatureMatrix.rows
    monkeypatch.setattr(FeatureMatrix, "rows", lambda self, some: reads.append(len(some)) or original(self, some))

    def sweep(rows: PhotoRows, height: int) -> np.ndarray:
        parts = list(rows.blocks(height))
        assert [part for part, _ in parts] == [slice(i, min(i + height, 70)) for i in range(0, 70, height)]
        found = np.concatenate([block for _, block in parts])
        assert found.dtype == np.float32
        return found

    next(iter(kept.blocks(32)))  # a sweep that is given up keeps nothing
    for height in (32, 32, 7, 100):
        np.testing.assert_array_equal(sweep(kept, height), values[chosen].astype(np.float32))
    assert sum(reads) == 32 + 70
    for rows in (poor, dense):
        reads.clear()
        for _ in range(2):
            np.testing.assert_array_equal(sweep(rows, 32), values[chosen].astype(np.float32))
        assert sum(reads) == 140


def test_rows_of_other_numbers_are_read_in_every_sweep(tmp_path):
    make(tmp_path)
    matrix = FeatureMatrix(files(tmp_path))
    rows = PhotoRows(matrix, matrix.index.to_numpy(), 2**30)
    for _ in range(2):
        found = np.concatenate([block for _, block in rows.blocks(16)])
        np.testing.assert_array_equal(found, matrix.rows(list(matrix.index)))
    assert rows._kept is None


def test_statuses_and_missing_ids(tmp_path):
    expected = make(tmp_path)
    matrix = FeatureMatrix(files(tmp_path))
    assert len(matrix.statuses) == 120 and matrix.statuses["0-3"] == "missing"
    assert (matrix.statuses == "ok").sum() == len(expected)
    with pytest.raises(ViewcastError, match=r"3 photos have no gist vector: 0-3 \(missing\), x \(in no file\)"):
        matrix.rows(["0-3", "x", "0-1", "y"])


def test_file_holds_what_the_contract_says(tmp_path):
    make(tmp_path, shards=1)
    with h5py.File(tmp_path / "0.h5") as file:
        assert set(file) == {"features", "photo_id", "status"}
        attributes = dict(file.attrs)
        bad = file["status"].asstr()[:] != "ok"
        assert bad.any() and not file["features"][:][bad].any()
    assert attributes["descriptor"] == "gist" and attributes["n"] == 40
    assert json.loads(attributes["parameters"]) == {"a": [1], "b": 2}
    assert attributes["checksum"].startswith("sha256:")
    verify_checksum(tmp_path / "0.h5")


def test_streaming_equals_writing_at_once(tmp_path):
    features = np.random.default_rng(0).normal(size=(2000, 300)).astype(np.float32)
    ids = [f"ä{row}" for row in range(2000)]
    write_features(tmp_path / "once.h5", features, ids, ["ok"] * 2000, KIND)
    with feature_writer(tmp_path / "parts.h5", 300, KIND) as writer:
        for start in range(0, 2000, 333):
            part = slice(start, start + 333)
            writer.append(features[part], ids[part], ["ok"] * len(ids[part]))
    with h5py.File(tmp_path / "once.h5") as one, h5py.File(tmp_path / "parts.h5") as other:
        assert one.attrs["checksum"] == other.attrs["checksum"]
        np.testing.assert_array_equal(one["features"][:], features)
        np.testing.assert_array_equal(other["features"][:], features)
    assert FeatureMatrix([tmp_path / "parts.h5"]).index[5] == "ä5"


def test_a_failure_leaves_nothing(tmp_path):
    target = tmp_path / "a.h5"
    for features, statuses, message in (
        (np.full((1, 3), np.nan), ["ok"], "photo x: the float32 vector is not finite"),
        (np.ones((1, 3)), ["missing"], "must be zeros"),
        (np.ones((1, 4)), ["ok"], "do not make rows of 3"),
    ):
        with pytest.raises(ValueError, match=message), feature_writer(target, 3, KIND) as writer:
            writer.append(np.zeros((1, 3)), ["first"], ["ok"])
            writer.append(features, ["x"], statuses)
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="float16 vector is not finite"):
        write_features(target, np.full((1, 3), 1e6), ["x"], ["ok"], KIND, dtype="float16")
    with pytest.raises(KeyboardInterrupt), feature_writer(target, 3, KIND):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("descriptor", "hog"),
        ("version", "2"),
        ("parameters", {"a": [1], "b": 3}),
        ("code_digest", "other"),
        ("dictionary_digest", "other"),
    ],
)
def test_files_of_different_kinds_are_not_mixed(tmp_path, name, value):
    make(tmp_path, shards=1)
    other = FeatureAttributes(**({**vars(KIND), name: value}))
    write_features(tmp_path / "1.h5", np.zeros((1, 7)), ["x"], ["ok"], other)
    with pytest.raises(ViewcastError, match=rf"1.h5 and .*0.h5 do not belong together: {name} is"):
        FeatureMatrix(files(tmp_path))


def test_dimension_dtype_duplicates_and_nothing(tmp_path):
    make(tmp_path, shards=1)
    write_features(tmp_path / "1.h5", np.zeros((1, 8)), ["x"], ["ok"], KIND)
    with pytest.raises(ViewcastError, match="dimension is 8 in one and 7"):
        FeatureMatrix(files(tmp_path))
    write_features(tmp_path / "1.h5", np.zeros((1, 7)), ["x"], ["ok"], KIND, dtype="float16")
    with pytest.raises(ViewcastError, match="dtype is float16"):
        FeatureMatrix(files(tmp_path))
    with pytest.raises(ViewcastError, match="is twice in the feature files of gist"):
        FeatureMatrix([tmp_path / "0.h5"] * 2)
    with pytest.raises(ViewcastError, match="no feature files"):
        FeatureMatrix([])


def test_same_kind_may_differ_in_library_versions(tmp_path):
    make(tmp_path, shards=1)
    newer = FeatureAttributes(**{**vars(KIND), "libraries": {"numpy": "3"}})
    write_features(tmp_path / "1.h5", np.zeros((1, 7)), ["x"], ["ok"], newer)
    assert FeatureMatrix(files(tmp_path)).shape[0] == 35


def test_shard_without_a_usable_photo(tmp_path):
    make(tmp_path, shards=1)
    write_features(tmp_path / "1.h5", np.zeros((2, 7)), ["x", "y"], ["missing", "empty"], KIND)
    with feature_writer(tmp_path / "2.h5", 7, KIND):
        pass
    matrix = FeatureMatrix(files(tmp_path))
    assert matrix.shape == (34, 7) and matrix.statuses["y"] == "empty"


@pytest.mark.parametrize("damage", ["cut", "text", "other", "edited"])
def test_broken_files_are_named_with_the_remedy(tmp_path, damage):
    make(tmp_path)
    broken = tmp_path / "1.h5"
    if damage == "cut":
        broken.write_bytes(broken.read_bytes()[:-100])
    elif damage == "text":
        broken.write_text("photo_id,feature\n")
    elif damage == "other":
        with h5py.File(broken, "w") as file:
            file["x"] = 1
    else:
        with h5py.File(broken, "r+") as file:
            file.attrs["schema_version"] = 99
    with pytest.raises(ViewcastError, match="1.h5 is damaged.*Delete this file and run again"):
        FeatureMatrix(files(tmp_path))
    broken.unlink()
    with pytest.raises(ViewcastError, match="1.h5 does not exist"):
        FeatureMatrix([tmp_path / "0.h5", broken])


def test_rotten_rows_are_noticed_when_read(tmp_path):
    expected = make(tmp_path, shards=1, compression="none")
    path = tmp_path / "0.h5"
    content = bytearray(path.read_bytes())
    content[bytes(content).index(next(iter(expected.values())).tobytes())] ^= 1
    matrix = FeatureMatrix([path])
    path.write_bytes(content)  # after the digest of the whole file was compared
    with pytest.raises(ViewcastError, match="0.h5 cannot be read"):
        matrix.rows(matrix.index)


def test_checksum_finds_an_edited_file(tmp_path):
    make(tmp_path, shards=1)
    with h5py.File(tmp_path / "0.h5", "r+") as file:
        file["features"][0, 0] += 1
    with pytest.raises(ViewcastError, match="not what was written"):
        verify_checksum(tmp_path / "0.h5")
