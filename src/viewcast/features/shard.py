"""A shard of photos through one descriptor into a feature file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal

import numpy as np

from viewcast.descriptors.extractor import Extractor
from viewcast.errors import ViewcastError
from viewcast.features.files import FeatureAttributes, feature_writer
from viewcast.store.prefetch import prefetch

#: A photo's id, its status, and its picture or vector where the status is ``ok``.
Row = tuple[str, str, np.ndarray | None]


def extract_shard(
    rows: Iterable[Row],
    target: str | os.PathLike[str],
    extractor: Extractor,
    *,
    dimension: int,
    attributes: FeatureAttributes,
    batch_size: int = 32,
    dtype: Literal["float16", "float32"] = "float32",
    compression: str = "gzip",
) -> None:
    """Write the feature file of one shard.

    ``rows`` (``read_pictures``, ``read_vectors``) are read ``batch_size`` at a time by a thread that keeps one
    batch ahead of ``extractor``; at most three batches are in memory, whatever the shard's size. Every photo of
    the shard has its row, in the shard's order; those whose status is not ``ok`` are zeros.

    :raises ViewcastError: when ``extractor`` gives another shape than (n, ``dimension``) or a value
        that is not finite as ``dtype``; nothing is written then.
    """
    batches = prefetch(_batches(iter(rows), batch_size), 1)
    with feature_writer(target, dimension, attributes, dtype=dtype, compression=compression) as writer:
        for batch in batches:
            features = np.zeros((len(batch), dimension), np.float32)
            usable = [index for index, (_, _, content) in enumerate(batch) if content is not None]
            if usable:
                vectors = extractor([content for _, _, content in batch if content is not None])
                if vectors.shape != (len(usable), dimension):
                    raise ViewcastError(
                        f"{attributes.descriptor} gave {vectors.shape} where ({len(usable)}, {dimension}) "
                        "was announced: its dimension and its extractor disagree."
                    )
                features[usable] = vectors
            try:
                photo_ids, statuses, _ = zip(*batch, strict=True)
                writer.append(features, photo_ids, statuses)
            except ValueError as error:
                raise ViewcastError(
                    f"{attributes.descriptor}, {os.fspath(target)}: {error}. If the values are only "
                    "too large for float16, set descriptors.dtype to float32; else mend the descriptor."
                ) from error


def _batches(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while batch := list(islice(rows, size)):
        yield batch
