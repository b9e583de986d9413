"""Features of the user's own: every layout gives the same file, and what is wrong is said."""

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from viewcast.errors import ViewcastError
from viewcast.features.external import read_external
from viewcast.features.matrix import FeatureMatrix
from viewcast.store.frames import write_parquet

N, D = 9000, 3
IDS = np.array([f"p{number:05d}é" for number in range(N)])
VECTORS = np.random.default_rng(1).normal(size=(N, D)).astype(np.float32)


def as_lists(path, ids, vectors, kind=None):
    kind = kind or pa.list_(pa.float32())
    pq.write_table(pa.table({"photo_id": ids, "embedding": pa.array(list(vectors), type=kind)}), path)


def as_fixed_lists(path, ids, vectors):
    as_lists(path, ids, vectors, pa.list_(pa.float32(), D))


def as_columns(path, ids, vectors):
    pd.DataFrame({"note": "x", "photo_id": ids} | {f"x{j}": vectors[:, j] for j in range(D)}).to_parquet(path)


def as_npz(path, ids, vectors):
    np.savez(path, photo_id=ids.astype(str), features=vectors)


def as_hdf5(path, ids, vectors):
    with h5py.File(path, "w") as file:
        file.create_dataset("photo_id", data=list(ids), dtype=h5py.string_dtype())
        file["features"] = vectors


LAYOUTS = [
    ("a.parquet", as_lists), ("b.pq", as_fixed_lists), ("c.parquet", as_columns), ("d.npz", as_npz), ("e.h5", as_hdf5),
]  # fmt: skip


@pytest.fixture
def photos(tmp_path):
    write_parquet(pd.DataFrame({"photo_id": IDS[:8000]}), tmp_path / "photos.parquet")
    return tmp_path / "photos.parquet"


def read(path, photos, *, max_missing=0.05, **options):
    target = path.parent / "all.h5"
    read_external("clip", path, photos, target, max_missing=max_missing, code="c", **options)
    return FeatureMatrix([target])


@pytest.mark.parametrize(("name", "write"), LAYOUTS)
def test_rows_are_found_by_their_ids(tmp_path, photos, name, write):
    order = np.random.default_rng(2).permutation(N)
    write(tmp_path / name, IDS[order], VECTORS[order])
    found = read(tmp_path / name, photos)
    assert found.shape == (8000, D) and found.descriptor == "clip"
    np.testing.assert_array_equal(found.rows(IDS[:8000]), VECTORS[:8000])


@pytest.mark.parametrize(("name", "write"), LAYOUTS)
def test_a_photo_without_a_vector_gets_the_mean_of_the_others(tmp_path, photos, name, write, caplog):
    vectors = VECTORS.copy()
    vectors[5, 1] = np.nan
    rows = np.delete(np.arange(N), 7)
    write(tmp_path / name, IDS[rows], vectors[rows])
    found = read(tmp_path / name, photos).rows(IDS[:8000])
    mean = np.delete(VECTORS[:8000], [5, 7], axis=0).mean(axis=0)
    np.testing.assert_allclose(found[[5, 7]], [mean, mean], atol=1e-6)
    assert "2 of 8000 photos have no vector" in caplog.text


def test_empty_lists_are_no_vectors(tmp_path, photos):
    as_lists(tmp_path / "a.parquet", IDS, [None if number == 3 else row for number, row in enumerate(VECTORS)])
    assert np.isfinite(read(tmp_path / "a.parquet", photos).rows(IDS[:8000])).all()


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("a.csv", lambda path: path.write_text("x"), "must end in one of .parquet"),
        ("a.npz", lambda path: path.write_bytes(b"no"), "cannot be read"),
        ("missing.parquet", lambda path: None, "cannot be read"),
        ("a.npz", lambda path: np.savez(path, photo_id=IDS, vectors=VECTORS), "has no array features; it has photo_id"),
        ("a.npz", lambda path: np.savez(path, photo_id=IDS.astype(object), features=VECTORS), "cannot be read"),
        ("a.npz", lambda path: as_npz(path, IDS[:-1], VECTORS), "go together"),
        ("a.npz", lambda path: as_npz(path, IDS, VECTORS.astype(str)), "no numbers"),
        ("a.npz", lambda path: as_npz(path, np.r_[IDS, IDS[:1]], np.r_[VECTORS, VECTORS[:1]]), "p00000é twice"),
        ("a.npz", lambda path: as_npz(path, IDS[::2], VECTORS[::2]), "no usable vector of 4000 of the corpus's 8000"),
        ("a.parquet", lambda path: as_lists(path, IDS, [row[: 1 + place % 2] for place, row in enumerate(VECTORS)]),
         "different lengths"),
        ("a.parquet", lambda path: pd.DataFrame({"photo_id": IDS}).to_parquet(path), "one column of lists"),
        ("a.parquet", lambda path: pd.DataFrame({"id": IDS}).to_parquet(path), "has no column photo_id; it has id"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_written(tmp_path, photos, name, write, message):
    write(tmp_path / name)
    with pytest.raises(ViewcastError, match=message):
        read(tmp_path / name, photos)
    assert not (tmp_path / "all.h5").exists()


def test_what_float16_cannot_hold_is_said(tmp_path, photos):
    as_npz(tmp_path / "a.npz", IDS, VECTORS * 1e6)
    with pytest.raises(ViewcastError, match="descriptors.dtype to float32"):
        read(tmp_path / "a.npz", photos, dtype="float16")
