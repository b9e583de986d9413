"""A rate that processes share: a token bucket in an SQLite file."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from viewcast.errors import ViewcastError

# A turn further ahead than this was not taken by a process that waits: the clock was set back.
_CLOCK_STEP_S = 2 * 3600.0


def bucket_folder(configured: str | None) -> Path:
    """The folder of the buckets: ``configured``, or the user's cache."""
    if configured is not None:
        return Path(configured)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "viewcast"


class Bucket:
    """Turns at ``per_second``, shared by everything that opens the same file.

    The bucket holds a single token, so that no stretch of an hour can see more than an hour's tokens and
    one. A turn is taken before the wait for it: a process that dies waiting loses its turn, no more.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        per_second: float,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = Path(path)
        self._interval = 1.0 / per_second
        self._clock = clock
        self._sleep = sleep
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._transaction() as database:
            database.execute("CREATE TABLE IF NOT EXISTS turn (next REAL NOT NULL)")
            database.execute("INSERT INTO turn SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM turn)")

    def _transaction(self) -> closing[sqlite3.Connection]:
        try:
            # Autocommit: each statement of this class is a transaction of its own.
            database = sqlite3.connect(self._path, timeout=60, isolation_level=None)
            # Nothing is lost if the machine stops: the next turn is in the past then.
            database.execute("PRAGMA synchronous = OFF")
        except sqlite3.Error as error:
            raise ViewcastError(
                f"The shared rate in {self._path} cannot be used ({error}). Delete the file, or set "
                "corpus.flickr.patience.bucket_folder to a folder that can be written to."
            ) from None
        return closing(database)

    def acquire(self) -> None:
        """Wait for the next turn."""
        now = self._clock()
        with self._transaction() as database:
            # next: when this turn ends, hence where the following one begins.
            (end,) = database.execute(
                "UPDATE turn SET next = :interval + CASE WHEN next BETWEEN :now AND :now + :step"
                " THEN next ELSE :now END RETURNING next",
                {"now": now, "step": _CLOCK_STEP_S, "interval": self._interval},
            ).fetchone()
        wait = end - self._interval - now
        if wait > 0:
            self._sleep(wait)

    def pause(self, seconds: float) -> None:
        """Nobody gets a turn within the next ``seconds`` (a host said that this is too fast)."""
        with self._transaction() as database:
            database.execute("UPDATE turn SET next = max(next, ?)", (self._clock() + seconds,))
