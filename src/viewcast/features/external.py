"""Numbers that the user computed -> a feature file of the corpus's photos."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from viewcast.errors import ViewcastError
from viewcast.features.files import FeatureAttributes, feature_writer
from viewcast.provenance import library_versions
from viewcast.store.frames import read_parquet

logger = logging.getLogger(__name__)

#: The column or array of the photos' ids, and that of their vectors in NPZ and HDF5.
IDS, VECTORS = "photo_id", "features"
SUFFIXES = (".parquet", ".pq", ".npz", ".h5", ".hdf5")
#: Rows that are held at a time, of a file that allows it.
_ROWS = 4096


class _Rows:
    """Ids (n,) text and vectors of a file, read in parts.

    :ivar dimension: numbers of a vector.
    """

    def __init__(self, ids: np.ndarray, dimension: int, parts: Any) -> None:
        self.ids, self.dimension, self._parts = ids, dimension, parts

    def parts(self) -> Iterator[np.ndarray]:
        """(m, dimension) arrays, in the order of the ids."""
        yield from self._parts()


def read_external(
    name: str,
    source: str | os.PathLike[str],
    photos: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    max_missing: float,
    code: str,
    dtype: Literal["float16", "float32"] = "float32",
    compression: str = "gzip",
) -> None:
    """Write the vectors of a file of the user's own as the feature file of all photos of a corpus.

    The file holds the photos' ids as ``photo_id``, and their vectors: in Parquet a column of lists of one length, or
    one column for each number; in NPZ and HDF5 the array ``features`` (n, d). Its rows may be in any order, and of more
    photos than the corpus has. A photo that it lacks, or whose vector is empty or not finite, gets the mean of the
    others: then the feature tells nothing of it. So many are counted in the log.

    :param name: of the feature.
    :param source: the file, by its suffix one of :data:`SUFFIXES`.
    :param photos: photos.parquet.
    :param max_missing: the run stops if a larger share of the photos has no vector.
    :param code: digest of the code, kept as provenance.
    :raises ViewcastError: the file cannot be read, is of another layout, names a photo twice, or lacks too many photos.
    """
    ids = read_parquet(photos, columns=["photo_id"])["photo_id"].astype(str).to_numpy()
    with _opened(name, Path(source)) as rows:
        index = pd.Index(rows.ids, dtype=object)
        if not index.is_unique:
            raise _wrong(name, source, f"names the photo {index[index.duplicated()][0]} twice")
        place = pd.Index(ids, dtype=object).get_indexer(index)
        vectors = np.full((len(ids), rows.dimension), np.nan, dtype=np.float32)
        start = 0
        for part in rows.parts():
            own = place[start : start + len(part)]
            vectors[own[own >= 0]] = part[own >= 0]
            start += len(part)
    lacking = ~np.isfinite(vectors).all(axis=1)
    if lacking.mean() > max_missing:
        raise _wrong(
            name, source,
            f"has no usable vector of {int(lacking.sum())} of the corpus's {len(ids)} photos, such as "
            f"{ids[int(lacking.argmax())]}; its own ids look like {rows.ids[0] if len(rows.ids) else 'nothing'}. Give "
            "the missing ones, or raise pictures.max_failed_fraction",
        )  # fmt: skip
    if lacking.any():
        logger.warning("%s: %d of %d photos have no vector and get the mean", name, int(lacking.sum()), len(ids))
        vectors[lacking] = vectors[~lacking].mean(axis=0, dtype=np.float64)
    attributes = FeatureAttributes(
        descriptor=name, version="1", parameters={"file": Path(source).name}, code_digest=code,
        units="the user's own", libraries=library_versions(),
    )  # fmt: skip
    with feature_writer(target, rows.dimension, attributes, dtype=dtype, compression=compression) as writer:
        for first in range(0, len(ids), _ROWS):
            own = slice(first, first + _ROWS)
            try:
                writer.append(vectors[own], ids[own], ["ok"] * len(ids[own]))
            except ValueError as error:
                raise _wrong(
                    name, source, f"cannot be kept as {dtype}: {error}. Set descriptors.dtype to float32"
                ) from error


def _wrong(name: str, source: str | os.PathLike[str], what: str) -> ViewcastError:
    return ViewcastError(f"features.external.{name}: the file {os.fspath(source)} {what}.")


@contextmanager
def _opened(name: str, path: Path) -> Iterator[_Rows]:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise _wrong(name, path, f"is of no known kind; its name must end in one of {', '.join(SUFFIXES)}")
    try:
        if suffix in (".parquet", ".pq"):
            with pq.ParquetFile(path) as table:
                yield _of_parquet(name, path, table)
        elif suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                yield _of_arrays(name, path, arrays)
        else:
            with h5py.File(path, "r") as file:
                yield _of_arrays(name, path, file)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise _wrong(name, path, f"cannot be read ({error})") from error


def _of_arrays(name: str, path: Path, arrays: Any) -> _Rows:
    for needed in (IDS, VECTORS):
        if needed not in arrays:
            raise _wrong(name, path, f"has no array {needed}; it has {', '.join(arrays) or 'none'}")
    held, vectors = arrays[IDS], arrays[VECTORS]
    ids = held.asstr()[:] if isinstance(held, h5py.Dataset) and held.dtype.kind == "O" else np.asarray(held)
    if ids.dtype.kind == "S":
        ids = np.char.decode(ids, "utf-8")
    ids = ids.astype(str)
    if vectors.ndim != 2 or ids.ndim != 1 or len(ids) != len(vectors) or not vectors.shape[1]:
        raise _wrong(
            name, path, f"has ids of shape {ids.shape} and features of {vectors.shape}; (n,) and (n, d) go together"
        )
    if vectors.dtype.kind not in "fiub":
        raise _wrong(name, path, f"has features that are no numbers ({vectors.dtype})")

    def parts() -> Iterator[np.ndarray]:
        for start in range(0, len(ids), _ROWS):
            yield np.asarray(vectors[start : start + _ROWS], dtype=np.float32)

    return _Rows(ids, int(vectors.shape[1]), parts)


def _of_parquet(name: str, path: Path, table: pq.ParquetFile) -> _Rows:
    schema = table.schema_arrow
    if IDS not in schema.names:
        raise _wrong(name, path, f"has no column {IDS}; it has {', '.join(schema.names)}")
    others = [column for column in schema.names if column != IDS]
    lists = [column for column in others if _is_list(schema.field(column).type)]
    numbers = [column for column in others if _is_number(schema.field(column).type)]
    if len(lists) > 1 or not (lists or numbers):
        raise _wrong(
            name, path,
            f"must hold, beside {IDS}, one column of lists of numbers, or columns of numbers; lists are "
            f"{', '.join(lists) or 'none'}, columns of numbers {', '.join(numbers) or 'none'}",
        )  # fmt: skip
    ids = table.read(columns=[IDS])[IDS].cast(pa.string()).to_numpy(zero_copy_only=False)
    if pd.isna(ids).any():
        raise _wrong(name, path, f"has rows without a {IDS}")
    if not lists:
        return _Rows(ids, len(numbers), lambda: _columns(table, numbers))
    lengths = {
        length
        for batch in table.iter_batches(_ROWS, columns=lists)
        for length in batch.column(0).drop_null().value_lengths().unique().to_pylist()
    }
    if len(lengths) != 1 or 0 in lengths:
        raise _wrong(name, path, f"has lists of different lengths in {lists[0]}: {sorted(lengths)[:5]}")
    (dimension,) = lengths
    return _Rows(ids, dimension, lambda: _lists(table, lists[0], dimension))


def _is_list(kind: pa.DataType) -> bool:
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return lists and _is_number(kind.value_type)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)


def _columns(table: pq.ParquetFile, names: list[str]) -> Iterator[np.ndarray]:
    for batch in table.iter_batches(_ROWS, columns=names):
        columns = [batch.column(column).cast(pa.float32(), safe=False) for column in names]
        yield np.stack([column.to_numpy(zero_copy_only=False) for column in columns], axis=1)


def _lists(table: pq.ParquetFile, name: str, dimension: int) -> Iterator[np.ndarray]:
    for batch in table.iter_batches(_ROWS, columns=[name]):
        column = batch.column(0)
        known = ~column.is_null().to_numpy(zero_copy_only=False)
        vectors = np.full((len(column), dimension), np.nan, dtype=np.float32)
        values = column.drop_null().flatten().cast(pa.float32(), safe=False)
        vectors[known] = values.to_numpy(zero_copy_only=False).reshape(-1, dimension)
        yield vectors
