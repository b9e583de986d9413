"""From the store to the tables, without the network and as often as one likes."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from viewcast.config.flickr import FlickrConfig
from viewcast.corpus.target import popularity as paper_popularity
from viewcast.errors import ViewcastError
from viewcast.flickr import fields
from viewcast.flickr.membership import PHOTO, Membership, store_path
from viewcast.flickr.search import METHOD as SEARCH
from viewcast.flickr.store import Archive, Picture, ReplyStore
from viewcast.flickr.users import PHOTOS, Popularity, ask_user
from viewcast.store.atomic import write_text
from viewcast.store.frames import parquet_writer

log = logging.getLogger(__name__)
_TIME = pa.timestamp("ms", tz="UTC")
_BATCH = 10_000

PHOTOS_SCHEMA = pa.schema(
    [
        ("photo_id", pa.string()),
        ("user_id", pa.string()),
        ("picture", pa.string()),
        ("views", pa.int64()),
        ("faves", pa.int64()),
        ("comments", pa.int64()),
        ("uploaded_at", _TIME),
        ("crawled_at", _TIME),
        ("title", pa.string()),
        ("description", pa.string()),
        ("tags", pa.list_(pa.string())),
        ("license", pa.int64()),
        ("query", pa.string()),
        ("picture_status", pa.string()),
        ("picture_sha256", pa.string()),
        ("duplicate_of", pa.string()),
        ("in_mean_views", pa.bool_()),
    ]
)
USERS_SCHEMA = pa.schema(
    [
        ("user_id", pa.string()),
        ("mean_views", pa.float64()),
        ("photo_count", pa.int64()),
        ("contacts", pa.int64()),
        ("groups", pa.int64()),
        ("groups_admin", pa.int64()),
        ("groups_invite_only", pa.int64()),
        ("group_members", pa.float64()),
        ("member_since", _TIME),
        ("is_pro", pa.int8()),
        ("mean_views_photos", pa.int64()),
        ("missing", pa.string()),
    ]
)
VIEWS_SCHEMA = pa.schema(
    [
        ("photo_id", pa.string()),
        ("views", pa.int64()),
        ("observed_at", _TIME),
        ("pass", pa.int64()),
        ("method", pa.string()),
    ]
)

# (milliseconds since 1970, pass, method, views, faves, comments; None where one is not told)
_Sighting = tuple[int, int, str, int | None, int | None, int | None]


def derive(
    config: FlickrConfig,
    seed: int,
    folder: str | Path,
    *,
    popularity: Popularity = paper_popularity,
) -> Counter[str]:
    """Write ``photos.parquet``, ``users.parquet``, ``views_log.parquet`` and ``gone.txt`` into ``folder``.

    ``views`` and ``crawled_at`` of a photo are the latest sighting's; all are in the log. Photos keep their
    order for good: more queries append, and a purged photo leaves an empty row behind, so that finished
    shards stay as they are. ``gone.txt`` names the photos that Flickr no longer shows, ready for purging.

    :param popularity: from views and days to the normalised views of which ``mean_views`` is the mean.
    :returns: how many photos, users, sightings and gone photos there are.
    :raises ViewcastError: nothing has been crawled, or a named account does not exist.
    """
    path = store_path(config)
    if not path.is_file():
        raise ViewcastError(f"There is no {path}: crawl first (viewcast crawl).")
    folder = Path(folder)
    with ReplyStore(path) as store:
        corpus = Membership(Archive(store), config, seed)
        photos = {fields.photo_id(seen.entry) for _, seen in corpus.photos()} - store.purged()
        # For one-per-user, lists of users' photos serve the means; they are many, and show little of the corpus.
        lists = (SEARCH,) if config.kind == "one-per-user" else (SEARCH, PHOTOS)
        sightings, gone = _sightings(store, photos, lists)
        members: set[str] = set()
        counts = Counter(
            users=_write(folder / "users.parquet", USERS_SCHEMA, _user_rows(corpus, popularity, photos, members)),
            photos=_write(folder / "photos.parquet", PHOTOS_SCHEMA, _photo_rows(corpus, sightings, members)),
            sightings=_write(folder / "views_log.parquet", VIEWS_SCHEMA, _log_rows(sightings)),
            gone=len(gone),
        )
        write_text(folder / "gone.txt", "".join(f"{photo_id}\n" for photo_id in gone))
    for what, why in corpus.incomplete.items():
        log.warning("%s: %s", what, why)
    if not counts["photos"]:
        raise ViewcastError(
            f"The crawl in {config.folder} has found no photo. If it is finished, "
            + ("the accounts show no public photo." if config.user_mix.ids else "the queries match nothing.")
        )
    return counts


def _sightings(
    store: ReplyStore, photos: set[str], lists: tuple[str, ...]
) -> tuple[dict[str, set[_Sighting]], list[str]]:
    """Every sighting of these photos in these lists, and which were refused when last asked for."""
    sightings: dict[str, set[_Sighting]] = {photo_id: set() for photo_id in photos}
    gone: dict[str, bool] = {}
    for method, arguments, pass_number, reply in store.replies(*lists, PHOTO):
        if method == PHOTO:
            photo_id = json.loads(arguments)["photo_id"]
            gone[photo_id] = reply.body["stat"] == "fail"
            found = [fields.part(reply.body, "photo")] if not gone[photo_id] else []
        else:
            found = list(fields.entries(reply.body, "photos", "photo"))
        for entry in found:
            seen = sightings.get(fields.photo_id(entry))
            if seen is not None:
                told = fields.views(entry), fields.faves(entry), fields.comments(entry)
                seen.add((reply.received_at, pass_number, method, *told))
    return sightings, [photo_id for photo_id, is_gone in gone.items() if is_gone and photo_id in photos]


def _photo_rows(
    corpus: Membership, sightings: dict[str, set[_Sighting]], members: set[str]
) -> Iterator[dict[str, Any]]:
    pictures = corpus.archive.store.pictures()
    first: dict[str, str] = {}
    for query, seen in corpus.photos():
        photo_id = fields.photo_id(seen.entry)
        row: dict[str, Any] = {"photo_id": photo_id, "user_id": fields.owner(seen.entry)}
        if photo_id not in sightings:
            yield row | {"picture_status": "purged"}
            continue
        picture = pictures.get(photo_id, Picture(photo_id, "pending"))
        received_at, _, _, views, _, _ = max(sightings[photo_id], key=_age)
        duplicate_of = None
        if picture.status == "ok":
            original = first.setdefault(picture.sha256, photo_id)
            duplicate_of = original if original != photo_id else None
        yield row | {
            "picture": picture.path or None,
            "views": views,
            "faves": _latest(sightings[photo_id], 4),
            "comments": _latest(sightings[photo_id], 5),
            "uploaded_at": _milliseconds(fields.uploaded_at(seen.entry)),
            "crawled_at": received_at,
            "title": fields.text(seen.entry.get("title")),
            "description": fields.text(seen.entry.get("description")),
            "tags": fields.tags(seen.entry),
            "license": fields.whole(seen.entry.get("license")),
            "query": query,
            "picture_status": picture.status,
            "picture_sha256": picture.sha256 or None,
            "duplicate_of": duplicate_of,
            "in_mean_views": photo_id in members,
        }


def _age(sighting: _Sighting) -> tuple[int | str, ...]:
    return tuple(-1 if part is None else part for part in sighting)


def _latest(sightings: set[_Sighting], place: int) -> int | None:
    """A count by the latest sighting that tells it: a photo that is asked for alone comes without its faves."""
    told = [sighting for sighting in sightings if sighting[place] is not None]
    return max(told, key=_age)[place] if told else None  # type: ignore[return-value]


def _user_rows(
    corpus: Membership, popularity: Popularity, photos: set[str], members: set[str]
) -> Iterator[dict[str, Any]]:
    """Rows of the users; ``members`` learns which of ``photos`` are among those that the users' means are of."""
    for user_id in corpus.users:
        user = ask_user(corpus.archive, user_id, corpus.config.users, popularity, corpus.extras)
        members |= user.mean_views_of & photos
        yield vars(user) | {
            "member_since": _milliseconds(user.member_since),
            "is_pro": None if user.is_pro is None else int(user.is_pro),
            "missing": "; ".join(f"{what}: {why}" for what, why in user.missing.items()) or None,
        }


def _log_rows(sightings: dict[str, set[_Sighting]]) -> Iterator[dict[str, Any]]:
    for photo_id in sorted(sightings):
        for received_at, pass_number, method, views, *_ in sorted(sightings[photo_id], key=_age):
            yield {
                "photo_id": photo_id,
                "views": views,
                "observed_at": received_at,
                "pass": pass_number,
                "method": method,
            }


def _milliseconds(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * 1000


def _write(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with parquet_writer(path, schema) as writer:
        batch: list[dict[str, Any]] = []

        def flush() -> None:
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            batch.clear()

        for row in rows:
            batch.append(row)
            count += 1
            if len(batch) == _BATCH:
                flush()
        flush()
    return count
