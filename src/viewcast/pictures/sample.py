"""A sample of a corpus's pictures that knows neither the order of its table nor its shards."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from viewcast.pictures.decode import MAX_PIXELS
from viewcast.pictures.resize import reduce
from viewcast.pictures.shards import Row, decode_listed

if TYPE_CHECKING:
    import pandas as pd


def hash_order(photo_id: list[str], seed: int) -> list[str]:
    """The ids by the SHA-256 of ``"{seed}:{photo_id}"``: a random order in which each photo has a place of its own.

    Whatever else there is, two photos stand in the same order. So the first of a larger corpus are those of the
    smaller one, but for the new photos that come before them.
    """
    return sorted(photo_id, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())


def sample_pictures(
    photos: pd.DataFrame,
    folder: str | os.PathLike[str],
    count: int,
    seed: int,
    *,
    side: int,
    max_pixels: int = MAX_PIXELS,
) -> Iterator[Row]:
    """The first ``count`` photos of a corpus in :func:`hash_order` whose pictures can be read, one at a time.

    :param photos: photos.parquet, or its columns ``photo_id, picture, status``; photos whose status is not ``ok``, or
        that have no picture, are left out.
    :param folder: where the pictures lie.
    :param side: longest side in pixels; pictures are decoded, refused and reduced as for the shards.
    :returns: fewer rows where the corpus has no more; a picture that fails makes place for the next in order.
    """
    usable = photos[(photos["status"] == "ok") & photos["picture"].notna()]
    picture = dict(zip(usable["photo_id"], usable["picture"], strict=True))

    def readable() -> Iterator[Row]:
        for photo_id in hash_order(list(picture), seed):
            decoded = decode_listed(folder, picture[photo_id], max_pixels=max_pixels)
            if decoded.image is not None:
                yield Row(photo_id, "ok", reduce(decoded.image, side))

    return islice(readable(), count)
