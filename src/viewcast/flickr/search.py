"""Searching past the 4,000 results that Flickr gives of one search."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice

from viewcast.config.flickr import SearchConfig
from viewcast.flickr import fields
from viewcast.flickr.fields import Seen
from viewcast.flickr.store import Archive, Reply

METHOD = "flickr.photos.search"
log = logging.getLogger(__name__)


def midnight(day: date) -> int:
    """When ``day`` begins, seconds since 1970 (UTC)."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def search(archive: Archive, query: str, config: SearchConfig, until: int) -> Iterator[Seen]:
    """The photos that ``query`` finds, uploaded from ``config.since`` to before ``until`` (seconds).

    Without ``photos_per_query`` a window of upload dates with more hits than ``config.cap`` is halved until
    none has (only a single second can keep more: a warning says so). The same photo can come twice, because
    a photo uploaded or deleted meanwhile shifts the pages: the caller drops what it has.

    :raises CallFailed: Flickr refuses this query.
    :raises NotStored: the archive is offline and the search is not complete.
    """
    terms: dict[str, str | int] = {
        config.match: query,
        "media": "photos",
        "extras": fields.PHOTO_EXTRAS,
        "per_page": config.page_size,
    }
    if config.match == "tags":
        terms |= {"tags": ",".join(query.split()), "tag_mode": "all"}
    if config.licenses is not None:
        terms["license"] = ",".join(str(number) for number in config.licenses)
    since = midnight(config.since)
    if config.photos_per_query is not None:
        window = _Window(archive, terms | {"sort": "relevance"}, since, until - 1, config)
        yield from islice(window.photos(config.photos_per_query), config.photos_per_query)
        return
    terms["sort"] = "date-posted-asc"
    # Depth first and older half first: the photos come in the order of their upload.
    windows = [(since, until - 1)]
    while windows:
        low, high = windows.pop()
        window = _Window(archive, terms, low, high, config)
        if window.total > config.cap and low < high:
            middle = (low + high) // 2
            windows += [(middle + 1, high), (low, middle)]
            continue
        if window.total > config.cap:
            log.warning(
                "%r: %d photos were uploaded within one second (%d); Flickr gives %d of them",
                query,
                window.total,
                low,
                config.cap,
            )
        yield from window.photos(config.cap)


class _Window:
    """One search; its first page tells how many hits there are."""

    def __init__(
        self, archive: Archive, terms: dict[str, str | int], low: int, high: int, config: SearchConfig
    ) -> None:
        self._archive = archive
        self._terms = terms | {"min_upload_date": low, "max_upload_date": high}
        self._config = config
        self._first = self._page(1)
        self.total = fields.whole(fields.part(self._first.body, "photos", "total")) or 0

    def _page(self, number: int) -> Reply:
        return self._archive.ask(METHOD, page=number, **self._terms)

    def photos(self, limit: int) -> Iterator[Seen]:
        """The photos of the pages that hold the first ``limit`` hits."""
        reply = self._first
        for number in range(1, math.ceil(min(limit, self.total) / self._config.page_size) + 1):
            if number > 1:
                reply = self._page(number)
            if fields.whole(fields.part(reply.body, "photos", "page")) not in (number, None):
                return  # past its last page Flickr repeats a page: trust none of it
            for entry in fields.entries(reply.body, "photos", "photo"):
                yield Seen(entry, reply.received_at)
