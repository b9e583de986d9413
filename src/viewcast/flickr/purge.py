"""Forgetting photos that became private or were deleted, as Flickr's terms ask."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from viewcast.config.flickr import FlickrConfig
from viewcast.corpus.target import popularity as paper_popularity
from viewcast.errors import ViewcastError
from viewcast.flickr import fields
from viewcast.flickr.derive import derive
from viewcast.flickr.membership import PHOTO, pictures_path, store_path, tables_path
from viewcast.flickr.pictures import file_name
from viewcast.flickr.search import METHOD as SEARCH
from viewcast.flickr.store import Reply, ReplyStore
from viewcast.flickr.users import PHOTOS, Popularity
from viewcast.pictures.shards import read_shard_list
from viewcast.store.frames import read_parquet, write_parquet

log = logging.getLogger(__name__)
# What stays of a purged photo in a result table: its place.
_KEPT = ("photo_id", "user_id", "status")


def read_ids(path: str | Path) -> list[str]:
    """The photo ids in a text file, one a line.

    :raises ViewcastError: the file cannot be read, or there is none in it.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ViewcastError(f"The list of ids {path} cannot be read ({error}).") from None
    ids = [line.strip() for line in lines if line.strip()]
    if not ids:
        raise ViewcastError(f"The list of ids {path} is empty: write one photo id a line.")
    return ids


def purge(
    photo_ids: Iterable[str],
    config: FlickrConfig,
    seed: int,
    results: str | Path = "results",
    *,
    popularity: Popularity = paper_popularity,
) -> Counter[str]:
    """Remove these photos from the store, the pictures, the tables and the shards below ``results``.

    An empty row stays in the tables, so that no other photo changes its shard; of an affected shard the
    decoded pictures and the features are deleted whole, and the workflow makes them again without the photo.
    A later crawl does not bring a purged photo back. Purging again is harmless.

    :param popularity: see :func:`viewcast.flickr.derive.derive`.
    :returns: how many replies, pictures, tables and shard files were changed or removed.
    """
    ids = set(photo_ids)
    counts: Counter[str] = Counter()
    if store_path(config).is_file():
        with ReplyStore(store_path(config)) as store:
            counts["replies"] = _purge_store(store, ids)
        for photo_id in ids:
            with suppress(FileNotFoundError):
                (pictures_path(config) / file_name(photo_id)).unlink()
                counts["pictures"] += 1
        for folder in (tables_path(config), Path(results) / "flickr"):
            if (folder / "photos.parquet").is_file():
                derive(config, seed, folder, popularity=popularity)
                counts["tables"] += 1
    _purge_results(Path(results), ids, counts)
    return counts


def _purge_store(store: ReplyStore, ids: set[str]) -> int:
    changed = 0
    with store.transaction():
        for photo_id in ids:
            store.mark_purged(photo_id)
            store.forget_picture(photo_id)
        for method, arguments, pass_number, reply in store.replies(SEARCH, PHOTOS, PHOTO):
            body = _without(method, arguments, reply.body, ids)
            if body is not None:
                store.put(method, arguments, pass_number, Reply(body, reply.received_at))
                changed += 1
    return changed


def _without(method: str, arguments: str, body: dict[str, Any], ids: set[str]) -> dict[str, Any] | None:
    """``body`` without what it says of these photos; None if it says nothing of them."""
    if method == PHOTO:
        if json.loads(arguments)["photo_id"] not in ids or body["stat"] == "fail":
            return None
        return {"stat": "fail", "code": 1, "message": "purged"}
    entries = list(fields.entries(body, "photos", "photo"))
    if not any(fields.photo_id(entry) in ids and len(entry) > 2 for entry in entries):
        return None
    # The id and the owner keep the photo's place in the order of the corpus.
    body["photos"]["photo"] = [
        {name: entry[name] for name in ("id", "owner") if name in entry} if fields.photo_id(entry) in ids else entry
        for entry in entries
    ]
    return body


def _purge_results(results: Path, ids: set[str], counts: Counter[str]) -> None:
    for shard in sorted((results / "corpus" / "shards").glob("*.parquet")):
        if not read_shard_list(shard, ["photo_id"])["photo_id"].isin(ids).any():
            continue
        for derived in (results / "pictures", *sorted((results / "features").glob("*"))):
            for path in (derived / f"{shard.stem}.h5", derived / f"{shard.stem}.parquet"):
                with suppress(FileNotFoundError):
                    path.resolve(strict=True).unlink()  # in the cache, if it lies there
                    path.unlink(missing_ok=True)
                    counts["shard files"] += 1
    photos = results / "corpus" / "photos.parquet"
    if photos.is_file():
        table = read_parquet(photos)
        hit = table["photo_id"].isin(ids)
        if hit.any():
            for column in table.columns.difference(list(_KEPT)):
                table[column] = table[column].where(~hit, None)
            table.loc[hit, "status"] = "purged"
            write_parquet(table, photos)
            counts["tables"] += 1
