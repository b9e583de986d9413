"""A sample of a corpus's pictures that knows neither the order of its table nor its shards."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from itertools import islice

from viewcast.pictures.decode import MAX_PIXELS
from viewcast.pictures.resize import reduce
from viewcast.pictures.shards import Row, decode_listed, read_shard_lists

#: For each picture that is asked for, one more is listed, and these on top, should some not be readable.
_SPARE = 100


def hash_order(photo_id: list[str], seed: int) -> list[str]:
    """The ids by the SHA-256 of ``"{seed}:{photo_id}"``: a random order in which each photo has a place of its own.

    Whatever else there is, two photos stand in the same order. So the first of a larger corpus are those of the
    smaller one, but for the new photos that come before them.
    """
    return sorted(photo_id, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())


def write_sample_list(
    photos: str | os.PathLike[str],
    shards: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    count: int,
    seed: int,
) -> None:
    """List the pictures that a sample of ``count`` photos is to be taken from, in :func:`hash_order`.

    :param photos: photos.parquet; photos whose status is not ``ok``, or that have no picture, are left out.
    :param shards: the folder of the shard lists, which know size and time of each picture.
    :param target: Parquet with the columns of the shard lists. It holds twice as many as are asked for, and some more,
        so that pictures which cannot be read do not make the sample smaller.
    """
    from viewcast.store.frames import read_parquet, write_parquet

    table = read_parquet(photos, columns=["photo_id", "picture", "status"])
    usable = table["photo_id"][(table["status"] == "ok") & table["picture"].notna()]
    chosen = hash_order(usable.tolist(), seed)[: 2 * count + _SPARE]
    files = read_shard_lists(shards, table["photo_id"]).set_index("photo_id")
    write_parquet(files.loc[chosen].reset_index(), target)


def sample_pictures(
    listed: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    count: int,
    *,
    side: int,
    max_pixels: int = MAX_PIXELS,
) -> Iterator[Row]:
    """The first ``count`` photos of a list whose pictures can be read, one at a time.

    :param listed: what :func:`write_sample_list` wrote.
    :param folder: where the pictures lie.
    :param side: longest side in pixels; pictures are decoded, refused and reduced as for the shards.
    :returns: fewer rows where the list has no more; a picture that fails makes place for the next in order.
    """
    from viewcast.store.frames import read_parquet

    photos = read_parquet(listed, columns=["photo_id", "picture"])

    def readable() -> Iterator[Row]:
        for photo_id, picture in zip(photos["photo_id"], photos["picture"], strict=True):
            decoded = decode_listed(folder, picture, max_pixels=max_pixels)
            if decoded.image is not None:
                yield Row(photo_id, "ok", reduce(decoded.image, side))

    return islice(readable(), count)
