"""How far, how fast, how long: told before the first call and while it goes on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from viewcast.config.flickr import FlickrConfig

log = logging.getLogger(__name__)


def duration(seconds: float) -> str:
    """``seconds`` for people: ``18.5 days``, ``3.2 hours``, ``7 minutes``, ``40 s``."""
    for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}" if size > 60 else f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def calls_per_user(config: FlickrConfig) -> int:
    """The fewest calls that the cues of one user cost."""
    cues = set(config.users.cues)
    if "group_members" in cues:
        cues |= {"groups"}
    return len(cues - {"group_members"})


def announce_search(config: FlickrConfig, queries: int) -> None:
    """Say, before the first call, what the searches cost at least."""
    pages = -(-(config.search.photos_per_query or 1) // config.search.page_size)
    calls = queries * pages
    log.info(
        "search: %s queries x %s %d calls = %s calls, %s with one key%s",
        f"{queries:,}",
        "up to" if config.search.photos_per_query else "at least",
        pages,
        f"{calls:,}",
        duration(calls / config.patience.calls_per_hour * 3600),
        "" if config.search.photos_per_query else " (shorter: search.photos_per_query)",
    )


def announce_users(config: FlickrConfig, users: int) -> None:
    """Say what the users cost at least, and which keys make it shorter."""
    each = calls_per_user(config)
    calls = users * each
    more = []
    if "mean_views" in config.users.cues:
        more.append("one for each further 500 photos of a user (users.mean_views_pages limits them)")
    if "group_members" in config.users.cues:
        more.append("one for each group not met before (drop group_members from users.cues)")
    log.info(
        "users: %s users x %d calls = %s calls, %s with one key%s; shorter: users.sample, users.cues",
        f"{users:,}",
        each,
        f"{calls:,}",
        duration(calls / config.patience.calls_per_hour * 3600),
        f"; and {', and '.join(more)}" if more else "",
    )


def announce_pictures(config: FlickrConfig, pictures: int) -> None:
    """Say what the pictures cost at least."""
    log.info(
        "pictures: %s to fetch, %s at pictures.per_second",
        f"{pictures:,}",
        duration(pictures / config.pictures.per_second),
    )


class Progress:
    """Counts the calls and the items of one stage and reports now and then. Thread-safe."""

    def __init__(
        self, what: str, items: int, *, every_s: float = 30, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what, self._items, self._every, self._clock = what, items, every_s, clock
        self._lock = threading.Lock()
        self._begin = self._reported = clock()
        self._calls = self._done = self._free = 0

    def called(self) -> None:
        """A call was made."""
        with self._lock:
            self._calls += 1

    def done(self, *, free: bool = False) -> None:
        """An item is finished; ``free`` if it took no call, as after a restart."""
        with self._lock:
            self._done += 1
            self._free += free
            now = self._clock()
            if now - self._reported < self._every and self._done < self._items:
                return
            self._reported = now
            report = self._report(now - self._begin)
        log.info("%s", report)

    def _report(self, seconds: float) -> str:
        left = self._items - self._done
        text = f"{self._what}: {self._done:,} of {self._items:,} done, {left:,} left"
        if seconds > 0 and self._calls:
            text += f", {self._calls:,} calls, {self._calls / seconds:.2f} a second"
        paid = self._done - self._free
        if left and paid:
            # Items that came from the store say nothing about how long the others take.
            text += f", about {duration(left * seconds / paid)} to go"
        return text
