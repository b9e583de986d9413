"""The crawl: searches, users, pictures; every step may be killed and begun again."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from viewcast.config.flickr import FlickrConfig
from viewcast.corpus.target import popularity
from viewcast.errors import ViewcastError
from viewcast.flickr import fields
from viewcast.flickr.bucket import Bucket, bucket_folder
from viewcast.flickr.client import FlickrApiClient, FlickrClient
from viewcast.flickr.credentials import Credentials
from viewcast.flickr.failures import CallFailed, Unreachable
from viewcast.flickr.fields import Seen
from viewcast.flickr.membership import PHOTO, Membership, pictures_path, store_path
from viewcast.flickr.patience import Patience, PatientClient
from viewcast.flickr.pictures import PictureFetcher
from viewcast.flickr.progress import Progress, announce_pictures, announce_search, announce_users
from viewcast.flickr.store import Archive, ReplyStore
from viewcast.flickr.users import ask_user

# Pictures in a row that the host did not give: then it is the host, and not these pictures.
_HOST_GONE = 20
log = logging.getLogger(__name__)
T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Summary:
    """What a run did: API calls that were answered, pictures by status, and what is not there."""

    calls: int = 0
    photos: int = 0
    users: int = 0
    pictures: Counter[str] = field(default_factory=Counter)
    incomplete: dict[str, str] = field(default_factory=dict)


def crawl(
    config: FlickrConfig,
    seed: int,
    *,
    credentials: Credentials | None = None,
    clock: Callable[[], float] = time.time,
) -> Summary:
    """Crawl what ``config`` asks for into ``config.folder``; go on where an earlier run stopped.

    In pass 1: the searches, the users, the pictures. In later passes: the same photos' view counts again.
    Nothing that is in the store is asked again; :func:`viewcast.flickr.derive.derive` makes the tables.

    :param seed: of the choice of users.
    :param credentials: the key and secret; by default from the environment.
    :param clock: seconds since 1970, for the times of the replies.
    :raises ViewcastError: the key is missing or refused, Flickr stays away, or nothing is to be searched.
    """
    credentials = credentials or Credentials.from_environment()
    bucket = Bucket(
        bucket_folder(config.patience.bucket_folder) / f"flickr-{credentials.fingerprint}.sqlite",
        config.patience.calls_per_hour / 3600,
    )
    client = PatientClient(FlickrApiClient(credentials, config), Patience(config.patience, bucket))
    with ReplyStore(store_path(config)) as store:
        run = _Run(config, seed, store, client, clock)
        if config.pass_number == 1:
            run.search()
            run.ask_users()
            run.fetch_pictures()
        else:
            run.look_again()
        return run.summary


class _Run:
    def __init__(
        self,
        config: FlickrConfig,
        seed: int,
        store: ReplyStore,
        client: FlickrClient,
        clock: Callable[[], float],
    ) -> None:
        self.summary = Summary()
        self._config = config
        self._store = store
        self._client = client
        self._clock = clock
        self._progress: Progress | None = None
        self._lock = threading.Lock()
        self._own = threading.local()
        self._corpus = Membership(self._archive(1), config, seed)
        self.summary.incomplete = self._corpus.incomplete

    def _archive(self, pass_number: int) -> Archive:
        return Archive(self._store, self._client, pass_number=pass_number, clock=self._clock, on_call=self._called)

    def _called(self) -> None:
        self._own.called = True
        with self._lock:
            self.summary.calls += 1
        if self._progress is not None:
            self._progress.called()

    def search(self) -> None:
        """Every query, and for user-mix the choice of users and all their photos; of named users, these alone."""
        corpus = self._corpus
        named = self._config.user_mix.ids
        if not named:
            announce_search(self._config, len(corpus.queries))
            self._each("queries", corpus.queries, lambda query: _drain(corpus.found(query)))
        if self._config.kind == "user-mix":
            if named:
                log.info("looking up %d named accounts", len(named))
            else:
                log.info("choosing %d of %d users", self._config.user_mix.users, len(corpus.owners))
            self._each("chosen users' photos", corpus.users, lambda user_id: _drain(corpus.photos_of(user_id)))
        self.summary.users = len(corpus.users)
        log.info("found %s users", f"{len(corpus.users):,}")

    def ask_users(self) -> None:
        """The cues of every user of the corpus."""
        corpus = self._corpus
        announce_users(self._config, len(corpus.users))
        self._each(
            "users",
            corpus.users,
            lambda user_id: ask_user(corpus.archive, user_id, self._config.users, popularity, corpus.extras),
        )

    def fetch_pictures(self) -> None:
        """Every picture that is not there, and of which nothing final is known."""
        folder = pictures_path(self._config)
        bucket = Bucket(
            bucket_folder(self._config.patience.bucket_folder) / "flickr-pictures.sqlite",
            self._config.pictures.per_second,
        )
        fetcher = PictureFetcher(folder, self._config.pictures, self._config.patience, bucket)
        noted, purged = self._store.pictures(), self._store.purged()

        def is_wanted(photo_id: str) -> bool:
            picture = noted.get(photo_id)
            settled = picture is not None and (picture.status != "ok" or (folder / picture.path).is_file())
            return photo_id not in purged and not settled

        total = 0
        wanted = []
        for _, seen in self._corpus.photos():
            total += 1
            if is_wanted(fields.photo_id(seen.entry)):
                wanted.append(_address_part(seen))
        self.summary.photos = total
        announce_pictures(self._config, len(wanted))
        gone = 0

        def fetch(entry: dict[str, object]) -> None:
            nonlocal gone
            try:
                picture = fetcher.fetch(entry)
            except Unreachable as error:
                with self._lock:
                    self.summary.pictures["unreachable"] += 1
                    gone += 1
                    is_gone = gone >= _HOST_GONE
                if is_gone:
                    raise ViewcastError(
                        f"The image host does not answer ({error}). What was fetched is kept; start the "
                        "crawl again later, with a lower corpus.flickr.pictures.per_second if it said 429."
                    ) from None
                return
            self._store.put_picture(picture)
            with self._lock:
                if picture.status != "no_address":  # of which the host was not asked
                    gone = 0
                self.summary.pictures[picture.status] += 1

        self._each("pictures", wanted, fetch, workers=self._config.pictures.concurrency)
        if self.summary.pictures:
            log.info("pictures: %s", dict(self.summary.pictures))

    def look_again(self) -> None:
        """The view counts of the corpus's photos once more, 500 a call where the lists still show them."""
        archive = self._archive(self._config.pass_number)
        corpus = self._corpus
        users = set(corpus.users)
        if self._config.kind == "one-per-user":
            self._each("queries", corpus.queries, lambda query: _drain(corpus.found(query, archive)))
        else:
            self._each("users", list(users), lambda user_id: _drain(corpus.photos_of(user_id, archive)))
        photos = [fields.photo_id(seen.entry) for _, seen in corpus.photos()]
        again = {fields.photo_id(seen.entry) for _, seen in corpus.photos(archive)}
        purged = self._store.purged()
        left = [photo_id for photo_id in photos if photo_id not in again and photo_id not in purged]
        log.info("%s of %s photos are in no list any more: one call each", len(left), len(photos))

        def ask(photo_id: str) -> None:
            try:
                archive.ask(PHOTO, photo_id=photo_id)
            except CallFailed as error:
                log.info("photo %r: %s", photo_id, error)

        self._each("photos", left, ask)
        self.summary.photos, self.summary.users = len(photos), len(users)

    def _each(self, what: str, items: list[T], function: Callable[[T], object], workers: int | None = None) -> None:
        progress = self._progress = Progress(what, len(items))

        def step(item: T) -> None:
            self._own.called = what == "pictures"
            function(item)
            progress.done(free=not self._own.called)

        _drain(_in_parallel(step, items, workers or self._config.patience.concurrency))


def _address_part(seen: Seen) -> dict[str, object]:
    """Only what :class:`PictureFetcher` reads: a million whole entries would not fit into memory."""
    names = ("id", "server", "secret")
    return {
        name: value
        for name, value in seen.entry.items()
        if name in names or name.startswith(("url_", "width_", "height_"))
    }


def _drain(items: Iterable[object]) -> None:
    deque(items, maxlen=0)


def _in_parallel(function: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """``function`` of each item, in order, a few at a time; the first exception stops what has not begun."""
    pool = ThreadPoolExecutor(workers)
    pending: deque[Future[R]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
