"""Which photos and users make the corpus: the same question to the network and to the store."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path

from viewcast.config.flickr import FlickrConfig, SearchConfig
from viewcast.errors import ViewcastError
from viewcast.flickr import fields
from viewcast.flickr.accounts import find_accounts
from viewcast.flickr.failures import CallFailed, NotStored
from viewcast.flickr.fields import Seen
from viewcast.flickr.search import midnight, search
from viewcast.flickr.store import Archive, ReplyStore
from viewcast.flickr.user_mix import choose_users, shuffled
from viewcast.flickr.users import public_photos

PHOTO = "flickr.photos.getInfo"
log = logging.getLogger(__name__)


def store_path(config: FlickrConfig) -> Path:
    """Where the replies are kept."""
    return Path(config.folder) / "replies.sqlite"


def tables_path(config: FlickrConfig) -> Path:
    """Where the tables are derived to, unless somebody asks for another place."""
    return Path(config.folder) / "tables"


def pictures_path(config: FlickrConfig) -> Path:
    """Where the pictures are kept."""
    return Path(config.folder) / "pictures"


def read_queries(config: SearchConfig) -> list[str]:
    """The search terms, each once, in their order.

    :raises ViewcastError: there is none, or the file cannot be read.
    """
    queries = list(config.queries)
    if config.queries_file is not None:
        path = Path(config.queries_file)
        try:
            with open(path, encoding="utf-8", newline="") as file:
                if path.suffix == ".csv":
                    queries += [row["query"] for row in csv.DictReader(file)]
                else:
                    queries += file.read().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ViewcastError(f"corpus.flickr.search.queries_file cannot be read ({error}).") from None
        except KeyError:
            raise ViewcastError(f"{path} has no column `query`; name the column with the terms so.") from None
    queries = list(dict.fromkeys(query.strip() for query in queries if query and query.strip()))
    if not queries:
        raise ViewcastError(
            "Nothing to search for: set corpus.flickr.search.queries or queries_file "
            "(docs/flickr.md says where the paper's adjective-noun pairs are to be had)."
        )
    return queries


class Membership:
    """The photos and users that ``config`` asks for, as far as ``archive`` answers.

    With an offline archive, what is not there is left out and counted in :attr:`incomplete`.
    """

    def __init__(self, archive: Archive, config: FlickrConfig, seed: int) -> None:
        self.archive = archive
        self.config = config
        self.seed = seed
        self.queries = [] if config.user_mix.ids else read_queries(config.search)
        self.until = _until(archive.store, config.search.until)
        self.incomplete: dict[str, str] = {}

    def found(self, query: str, archive: Archive | None = None) -> Iterator[Seen]:
        """The photos that one query finds, in Flickr's order, possibly with repetitions."""
        with self._noting(f"query {query!r}"):
            yield from search(archive or self.archive, query, self.config.search, self.until)

    def photos_of(self, user_id: str, archive: Archive | None = None) -> Iterator[Seen]:
        """All public photos of a user, with everything that the tables need.

        Of an account that the configuration names, the newest ``user_mix.max_photos``.
        """
        most = self.config.user_mix.max_photos if self.config.user_mix.ids else None
        with self._noting(f"photos of {user_id!r}"):
            yield from islice(public_photos(archive or self.archive, user_id, fields.PHOTO_EXTRAS), most)

    @cached_property
    def owners(self) -> list[str]:
        """Every user that the searches found, in the order of appearance, or the sample of them."""
        found = dict.fromkeys(
            fields.owner(seen.entry) for query in self.queries for seen in self.found(query) if self._fits(seen)
        )
        sample = self.config.users.sample
        if sample is None:
            return list(found)
        kept = set(shuffled(list(found), self.seed)[:sample])
        return [user_id for user_id in found if user_id in kept]

    @cached_property
    def users(self) -> list[str]:
        """The users of the corpus.

        :raises ViewcastError: an account that the configuration names does not exist.
        """
        if self.config.kind == "one-per-user":
            return self.owners
        with self._noting("choice of users"):
            if self.config.user_mix.ids:
                return find_accounts(self.archive, self.config.user_mix.ids)
            return choose_users(self.archive, self.owners, self.seed, self.config.user_mix)
        return []

    @property
    def extras(self) -> str:
        """What lists of a user's public photos are asked to contain."""
        return fields.VIEW_EXTRAS if self.config.kind == "one-per-user" else fields.PHOTO_EXTRAS

    def photos(self, archive: Archive | None = None) -> Iterator[tuple[str, Seen]]:
        """(the query or "", the photo), each photo once, in an order to which more queries only append."""
        users = set(self.users)
        known: set[str] = set()
        for query, seen in self._lists(archive):
            photo_id = fields.photo_id(seen.entry)
            if photo_id in known or not self._fits(seen) or fields.owner(seen.entry) not in users:
                continue
            known.add(photo_id)
            yield query, seen

    def _lists(self, archive: Archive | None) -> Iterator[tuple[str, Seen]]:
        if self.config.kind == "one-per-user":
            for query in self.queries:
                for seen in self.found(query, archive):
                    yield query, seen
        else:
            for user_id in self.users:
                for seen in self.photos_of(user_id, archive):
                    # A list of one user's photos need not name the user.
                    yield "", replace(seen, entry={"owner": user_id, **seen.entry})

    def _fits(self, seen: Seen) -> bool:
        licenses = self.config.search.licenses
        return bool(
            fields.photo_id(seen.entry)
            and fields.owner(seen.entry)
            and seen.entry.get("media", "photo") == "photo"
            and (licenses is None or fields.whole(seen.entry.get("license")) in licenses)
        )

    @contextmanager
    def _noting(self, what: str) -> Iterator[None]:
        """End a list that the archive does not have, or that Flickr refuses, and note which."""
        try:
            yield
        except NotStored:
            self.incomplete[what] = "not crawled yet"
        except CallFailed as error:
            self.incomplete[what] = f"refused: {error}"


def _until(store: ReplyStore, configured: date | None) -> int:
    """The end of the search, seconds since 1970.

    Today is settled in the store when the crawl begins: a resumed crawl must ask the same questions.
    """
    if configured is not None:
        return midnight(configured)
    return midnight(date.fromisoformat(store.settle("until", datetime.now(UTC).date().isoformat())))
