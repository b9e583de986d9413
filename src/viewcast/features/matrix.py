"""Reading feature files: the shards of one descriptor as one matrix, joined by photo id."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from viewcast.errors import ViewcastError
from viewcast.features.files import LAYOUT
from viewcast.store.hdf5 import reading
from viewcast.store.seal import check_seal

_REMEDY = "Delete this file and run again: its shard will be made anew."
#: Rows are kept without their zeros where at most one number in so many is none.
SPARSE = 8
_KIND = ("descriptor", "version", "parameters", "code_digest", "dictionary_digest")


class FeatureMatrix:
    """The feature files of one descriptor, seen as one (n, d) matrix of the photos whose status is ``ok``.

    Opening reads each file once, to compare its digest, and keeps ids, statuses and attributes only. Rows are read
    when asked for, a chunk at a time, each with a checksum of its own, and always come as float32 in the order of the
    ids asked for.

    Attributes: ``descriptor``; ``attributes`` (the fields that all files share); ``index`` (pandas Index of
    the usable photo ids, in storage order: file by file, row by row); ``statuses`` (Series, photo id ->
    status, every photo); ``shape``; ``dtype`` (as stored).

    :raises ViewcastError: when there is no file, when one is damaged, of another layout or the copy of another, when
        files differ in descriptor, version, parameters, code, dictionary, dimension or dtype, and when a photo
        is in two of them.
    """

    def __init__(self, paths: Sequence[str | os.PathLike[str]]) -> None:
        # A second and 66 MiB that jobs which only read vectors need not spend.
        import pandas as pd

        if not paths:
            raise ViewcastError("There are no feature files to read: run the feature's rule first.")
        self._paths = [Path(path) for path in paths]
        heads = [_read_head(path) for path in self._paths]
        first = heads[0]
        for path, head in zip(self._paths, heads, strict=True):
            for name, value in head.kind.items():
                if value != first.kind[name]:
                    raise ViewcastError(
                        f"{path} and {self._paths[0]} do not belong together: {name} is {value} in one "
                        f"and {first.kind[name]} in the other. Delete the older one and run again."
                    )
        ids = pd.Index(np.concatenate([head.ids for head in heads]), dtype=object)
        if not ids.is_unique:
            raise ViewcastError(
                f"Photo {ids[ids.duplicated()][0]} is twice in the feature files of "
                f"{first.kind['descriptor']}. List each shard once, and let no two shards share a photo."
            )
        status = np.concatenate([head.status for head in heads])
        usable = np.flatnonzero(status == "ok")
        self.attributes = {name: str(first.kind[name]) for name in _KIND}
        self.descriptor = self.attributes["descriptor"]
        self.index = ids[usable]
        self.statuses = pd.Series(status, index=ids, name="status")
        self.dtype = np.dtype(first.kind["dtype"])
        self.shape = (len(usable), int(first.kind["dimension"]))
        # Global row number -> file and row within it.
        self._starts = np.concatenate([[0], np.cumsum([len(head.ids) for head in heads])])
        self._usable = usable

    def rows(self, photo_ids: Sequence[str]) -> np.ndarray:
        """The vectors of ``photo_ids``, (n, d) float32, in their order; an id may come twice.

        :raises ViewcastError: naming ids that no file holds, or whose status is not ``ok``.
        """
        numbers = self._numbers(photo_ids)
        result = np.empty((len(numbers), self.shape[1]), np.float32)
        order = np.argsort(numbers, kind="stable")
        cuts = np.searchsorted(numbers[order], self._starts)
        for path, start, begin, end in zip(self._paths, self._starts[:-1], cuts[:-1], cuts[1:], strict=True):
            if begin < end:
                into = order[begin:end]
                with reading(path, _REMEDY) as file:
                    _read_rows(file["features"], numbers[into] - start, result, into)
        return result

    def aligned(self, photo_ids: Sequence[str]) -> np.ndarray:
        """The permutation (n,) int64 that puts ``photo_ids`` into storage order.

        ``ids[matrix.aligned(ids)]`` is the order in which :meth:`blocks` reads every chunk about once.
        """
        return np.argsort(self._numbers(photo_ids), kind="stable")

    def blocks(self, photo_ids: Sequence[str], rows_per_block: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield ``(slice, rows)`` over ``photo_ids`` in their order, ``rows_per_block`` at a time.

        Never more than a block and a chunk is in memory. Ask in the order of :meth:`aligned`: in a random
        order each block opens every file.
        """
        for start in range(0, len(photo_ids), rows_per_block):
            part = slice(start, min(start + rows_per_block, len(photo_ids)))
            yield part, self.rows(photo_ids[part])

    def _numbers(self, photo_ids: Sequence[str]) -> np.ndarray:
        """Row numbers over all files together."""
        import pandas as pd

        wanted = pd.Index(photo_ids, dtype=object)
        found = self.index.get_indexer(wanted)
        if (found < 0).any():
            missing = wanted[found < 0].unique()
            named = ", ".join(f"{name} ({self.statuses.get(name, 'in no file')})" for name in missing[:5])
            named += ", ..." if len(missing) > 5 else ""
            raise ViewcastError(
                f"{len(missing)} photos have no {self.descriptor} vector: {named}. "
                "Ask only for photos in the matrix's index, or run the feature's rule for their shards."
            )
        return self._usable[found]


class PhotoRows:
    """The rows of some photos of a feature matrix, read in blocks: a ``viewcast.svr.RowBlocks``.

    The first sweep reads the files. If nearly all numbers are 0, as of hashed words, the others are kept, and later
    sweeps make the rows of these, because to unpack zeros takes most of a sweep. Else every sweep reads the files.

    :param photo_id: the photos, best in the order of ``matrix.aligned``.
    :param room: bytes that may be kept.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, matrix: FeatureMatrix, photo_id: np.ndarray, room: int = 0) -> None:
        self._matrix, self._photo_id, self._room = matrix, photo_id, room
        self.shape = (len(photo_id), matrix.shape[1])
        # Of each row that has been read the end of its numbers, and the numbers' columns and values.
        self._kept: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    def blocks(self, rows: int) -> Iterator[tuple[slice, np.ndarray]]:
        """As ``RowBlocks.blocks``."""
        if self._kept is not None:
            yield from self._of_kept(rows)
            return
        parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] | None = [] if self._room else None
        size = 0
        for part, block in self._matrix.blocks(list(self._photo_id), rows):
            if parts is not None:
                row, column = np.nonzero(block)
                values = block[row, column].astype(self._matrix.dtype)
                own = (np.bincount(row, minlength=len(block)), column.astype(self._index), values)
                size += sum(one.nbytes for one in own)
                if size > self._room or own[1].size > block.size // SPARSE:
                    parts = None
                else:
                    parts.append(own)
            yield part, block
        if parts:
            counts, columns, values = (np.concatenate(one) for one in zip(*parts, strict=True))
            self._kept = np.concatenate([[0], np.cumsum(counts)]), columns, values

    @property
    def _index(self) -> np.dtype:
        return np.min_scalar_type(self.shape[1] - 1)

    def _of_kept(self, rows: int) -> Iterator[tuple[slice, np.ndarray]]:
        assert self._kept is not None
        ends, columns, values = self._kept
        for start in range(0, self.shape[0], rows):
            part = slice(start, min(start + rows, self.shape[0]))
            block = np.zeros((part.stop - start, self.shape[1]), np.float32)
            own = slice(ends[start], ends[part.stop])
            row = np.repeat(np.arange(len(block)), np.diff(ends[start : part.stop + 1]))
            block[row, columns[own]] = values[own]
            yield part, block


def read_vectors(path: str | os.PathLike[str]) -> Iterator[tuple[str, str, np.ndarray | None]]:
    """A feature file's photos in its order: id, status, and the vector (d,) float32 where the status is ``ok``."""
    check_seal(path, LAYOUT, remedy=_REMEDY)
    with reading(path, _REMEDY) as file:
        head, features = _Head(file), file["features"]
        height = features.chunks[0]
        for start in range(0, len(features), height):
            part = slice(start, start + height)
            vectors = features[part].astype(np.float32)
            for photo_id, status, vector in zip(head.ids[part], head.status[part], vectors, strict=True):
                yield photo_id, status, vector if status == "ok" else None


def verify_checksum(path: str | os.PathLike[str]) -> None:
    """Read a whole feature file and raise :class:`ViewcastError` if its content is not what was written."""
    with reading(path, _REMEDY) as file:
        digest = hashlib.sha256()
        features = file["features"]
        for start in range(0, len(features), features.chunks[0]):
            digest.update(features[start : start + features.chunks[0]].tobytes())
        for name in ("photo_id", "status"):
            for text in file[name].asstr()[:]:
                digest.update(text.encode() + b"\0")
        if file.attrs["checksum"] != f"sha256:{digest.hexdigest()}":
            raise ViewcastError(f"{os.fspath(path)} is not what was written (checksum). {_REMEDY}")


class _Head:
    def __init__(self, file: h5py.File) -> None:
        features = file["features"]
        self.ids = file["photo_id"].asstr()[:]
        self.status = file["status"].asstr()[:]
        if not len(self.ids) == len(self.status) == len(features) == file.attrs["n"]:
            raise KeyError("ids, statuses and rows differ in number")
        self.kind: dict[str, Any] = {name: file.attrs[name] for name in _KIND}
        self.kind |= {"dimension": features.shape[1], "dtype": features.dtype.name}


def _read_head(path: Path) -> _Head:
    check_seal(path, LAYOUT, remedy=_REMEDY)
    with reading(path, _REMEDY) as file:
        return _Head(file)


def _read_rows(features: h5py.Dataset, rows: np.ndarray, result: np.ndarray, into: np.ndarray) -> None:
    """Copy ascending ``rows`` of a dataset to ``result[into]``, decompressing no chunk twice."""
    height = features.chunks[0]
    cuts = np.flatnonzero(np.diff(rows // height)) + 1
    for part, target in zip(np.split(rows, cuts), np.split(into, cuts), strict=True):
        first, last = part[0], part[-1] + 1
        result[target] = features[first:last][part - first]
