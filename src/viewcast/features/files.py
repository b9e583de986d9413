"""Feature files: the vectors of one descriptor for the photos of one shard."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from viewcast.store.hdf5 import TEXT, SealedFile, filters, sealed
from viewcast.store.seal import Layout

LAYOUT = Layout("feature file", 2)

_CHUNK_BYTES = 2**20


@dataclass(frozen=True)
class FeatureAttributes:
    """Where a feature file's numbers come from; every field becomes an attribute of the file.

    ``parameters`` and ``libraries`` are stored as JSON with sorted keys. Files are of one kind, and may be
    read together, when all but ``units`` and ``libraries`` agree.
    """

    descriptor: str
    version: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    code_digest: str = ""
    dictionary_digest: str = ""
    units: str = ""
    libraries: Mapping[str, str] = field(default_factory=dict)

    def as_attributes(self) -> dict[str, str]:
        """The fields as texts, as the file keeps them."""
        return {
            name: value if isinstance(value, str) else json.dumps(value, sort_keys=True)
            for name, value in asdict(self).items()
        }


class FeatureWriter:
    """Appends batches of rows to an open feature file; made by :func:`feature_writer`."""

    def __init__(self, file: SealedFile, dimension: int, dtype: str, compression: str) -> None:
        self._file = file
        self._dtype = np.dtype(dtype).newbyteorder("<")
        rows = max(1, _CHUNK_BYTES // (dimension * self._dtype.itemsize))
        self._features = file.create_dataset(
            "features",
            (0, dimension),
            self._dtype,
            maxshape=(None, dimension),
            chunks=(rows, dimension),
            **filters(compression),
        )
        self._waiting: list[np.ndarray] = []
        self._chunk_rows = rows
        self._photo_ids: list[str] = []
        self._statuses: list[str] = []
        self._digest = hashlib.sha256()

    def append(self, features: np.ndarray, photo_ids: Sequence[str], statuses: Sequence[str]) -> None:
        """Add rows: ``features`` (m, d) numbers, m ids, m statuses.

        Raises ValueError when the shapes disagree, when a value is not finite (in float16: beyond 65504),
        or when a row whose status is not ``ok`` is not all zeros.
        """
        if features.shape != (len(photo_ids), self._features.shape[1]) or len(statuses) != len(photo_ids):
            raise ValueError(
                f"{features.shape} features, {len(photo_ids)} ids and {len(statuses)} statuses "
                f"do not make rows of {self._features.shape[1]}"
            )
        with np.errstate(over="ignore"):
            stored = np.array(features, dtype=self._dtype, order="C")
        bad = ~np.isfinite(stored).all(axis=1)
        if bad.any():
            raise ValueError(f"photo {photo_ids[int(bad.argmax())]}: the {stored.dtype} vector is not finite")
        if any(status != "ok" and row.any() for status, row in zip(statuses, stored, strict=True)):
            raise ValueError("a row whose status is not ok must be zeros")
        self._digest.update(stored.tobytes())
        self._photo_ids.extend(photo_ids)
        self._statuses.extend(statuses)
        # Whole chunks are written once; part of a chunk would be compressed again with each batch.
        self._waiting.append(stored)
        if sum(map(len, self._waiting)) >= self._chunk_rows:
            self._write(final=False)

    def finish(self) -> None:
        """Write the rows that are waiting for a full chunk."""
        if self._waiting:
            self._write(final=True)
        file = self._file
        file.create_dataset("photo_id", data=self._photo_ids, dtype=TEXT)
        file.create_dataset("status", data=self._statuses, dtype=TEXT)
        for text in (*self._photo_ids, *self._statuses):
            self._digest.update(text.encode() + b"\0")
        file.attrs["n"] = len(self._photo_ids)
        file.attrs["checksum"] = f"sha256:{self._digest.hexdigest()}"

    def _write(self, *, final: bool) -> None:
        self._file.check_disk()
        rows = np.concatenate(self._waiting)
        whole = len(rows) if final else len(rows) // self._chunk_rows * self._chunk_rows
        start = self._features.shape[0]
        self._features.resize(start + whole, axis=0)
        self._features[start:] = rows[:whole]
        self._waiting = [rows[whole:]]


@contextmanager
def feature_writer(
    path: str | os.PathLike[str],
    dimension: int,
    attributes: FeatureAttributes,
    *,
    dtype: Literal["float16", "float32"] = "float32",
    compression: str = "gzip",
) -> Iterator[FeatureWriter]:
    """Write a feature file batch by batch; it appears whole when the block ends, and not at all if it fails.

    ``features`` (n, ``dimension``) of ``dtype``, chunked by whole rows of about 1 MiB and compressed as
    :func:`viewcast.store.hdf5.filters` says; ``photo_id`` and ``status`` (n, UTF-8 text); attributes: those
    of :class:`FeatureAttributes`, ``schema_version``, ``n`` and ``checksum`` (SHA-256 over the features'
    little-endian bytes by rows, then each id and each status with a NUL behind it).
    """
    with sealed(path, LAYOUT, libver="v110") as file:
        file.attrs.update(attributes.as_attributes())
        file.attrs["schema_version"] = LAYOUT.version
        writer = FeatureWriter(file, dimension, dtype, compression)
        yield writer
        writer.finish()


def write_features(
    path: str | os.PathLike[str],
    features: np.ndarray,
    photo_ids: Sequence[str],
    statuses: Sequence[str],
    attributes: FeatureAttributes,
    *,
    dtype: Literal["float16", "float32"] = "float32",
    compression: str = "gzip",
) -> None:
    """Write a whole feature file at once: ``features`` (n, d); the rest as :func:`feature_writer` says."""
    with feature_writer(path, features.shape[1], attributes, dtype=dtype, compression=compression) as writer:
        writer.append(features, photo_ids, statuses)
