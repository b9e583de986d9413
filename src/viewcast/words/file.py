"""The feature file of the words: one for the whole corpus, because texts are small and pictures are not needed."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from viewcast.features.files import FeatureAttributes, feature_writer
from viewcast.provenance import library_versions
from viewcast.store.frames import TABLE
from viewcast.store.seal import check_seal
from viewcast.words.hashing import Hasher, Parameters

logger = logging.getLogger(__name__)

#: Where a photo's texts stand in photos.parquet.
FIELDS = ("title", "tags", "description")
#: In corpora of up to FEW_PHOTOS, a photo's words are hashed into as many numbers, a power of two, as give a matrix of
#: MATRIX_NUMBERS, but LARGEST at most; in larger ones into SMALLEST.
FEW_PHOTOS, MATRIX_NUMBERS, LARGEST, SMALLEST = 12_288, 2**28, 65_536, 8192
#: Photos whose vectors are made at a time.
BATCH = 1024


def write_words(
    photos: str | os.PathLike[str],
    target: str | os.PathLike[str],
    parameters: Parameters | None = None,
    *,
    code: str,
    compression: str = "gzip",
) -> None:
    """Write the vectors of every photo of a corpus, in its order, with a batch of photos in memory at a time.

    Numbers are float16, which is enough for counts. Every status is ``ok``: a photo without any text is a vector of
    zeros. ``parameters`` of the file say in its ``fields`` which fields any photo has a text in: none where the corpus
    has no texts.

    :param photos: photos.parquet.
    :param parameters: None: the defaults, with the ``dimension`` of :func:`dimension_of`.
    :param code: digest of the code, kept as provenance.
    :raises ViewcastError: the table is damaged.
    """
    check_seal(photos, TABLE)
    parameters = parameters or Parameters(dimension=dimension_of(pq.read_metadata(photos).num_rows))
    fields = fields_with_texts(photos)
    if not fields:
        logger.warning("No photo has a title, tag or description: a regression on words has nothing to learn from.")
    attributes = FeatureAttributes(
        descriptor="words",
        version="1",
        parameters=asdict(parameters) | {"fields": fields},
        code_digest=code,
        units="1",
        libraries=library_versions(),
    )
    hasher = Hasher(parameters)
    with feature_writer(target, parameters.dimension, attributes, dtype="float16", compression=compression) as writer:
        for ids, texts in _batches(photos):
            writer.append(hasher(texts), ids, ["ok"] * len(ids))


def dimension_of(photos: int) -> int:
    """How many numbers a photo's words are hashed into: as many as the solver can take.

    The more, the fewer n-grams share one. Up to FEW_PHOTOS, a regression works in as many coordinates as a half has
    photos (``svr.cross_validation.KERNEL_LIMIT``), so that more numbers cost little but memory; beyond, in all of them.

    >>> dimension_of(1825), dimension_of(10_000), dimension_of(2_300_000)
    (65536, 16384, 8192)
    """
    if photos > FEW_PHOTOS:
        return SMALLEST
    return min(LARGEST, 1 << (MATRIX_NUMBERS // max(photos, 1)).bit_length() - 1)


def fields_with_texts(photos: str | os.PathLike[str]) -> list[str]:
    """The fields in which any photo of photos.parquet has a text."""
    found = set()
    with pq.ParquetFile(photos) as file:
        for batch in file.iter_batches(columns=list(FIELDS)):
            for name in FIELDS:
                column = batch.column(name)
                values = pc.list_flatten(column) if _is_list(column.type) else column
                if pc.any(pc.greater(pc.utf8_length(values.cast(pa.string())), 0)).as_py():
                    found.add(name)
    return [name for name in FIELDS if name in found]


def texts_of(photos: str | os.PathLike[str], photo_ids: Sequence[str]) -> list[list[list[str]]]:
    """The texts of each field of some photos of photos.parquet, in the order of ``photo_ids``.

    :raises ViewcastError: the table is damaged.
    """
    check_seal(photos, TABLE)
    wanted = pa.array(photo_ids, pa.string())
    found: dict[str, list[list[str]]] = {}
    with pq.ParquetFile(photos) as file:
        for batch in file.iter_batches(columns=["photo_id", *FIELDS]):
            chosen = batch.filter(pc.is_in(batch.column("photo_id").cast(pa.string()), wanted))
            found.update(zip(*_rows(chosen), strict=True))
    return [found[photo_id] for photo_id in photo_ids]


def _batches(photos: str | os.PathLike[str]) -> Iterator[tuple[list[str], list[list[list[str]]]]]:
    with pq.ParquetFile(photos) as file:
        for batch in file.iter_batches(batch_size=BATCH, columns=["photo_id", *FIELDS]):
            yield _rows(batch)


def _rows(batch: pa.RecordBatch) -> tuple[list[str], list[list[list[str]]]]:
    columns = [_texts(batch.column(name).to_pylist()) for name in FIELDS]
    return batch.column("photo_id").to_pylist(), [list(row) for row in zip(*columns, strict=True)]


def _texts(cells: list[Any]) -> list[list[str]]:
    return [cell if isinstance(cell, list) else [] if cell is None else [cell] for cell in cells]


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))
