"""Every reply of the API, kept: one compressed row per call in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from viewcast.errors import ViewcastError
from viewcast.flickr.client import FlickrClient
from viewcast.flickr.failures import CallFailed, NotStored
from viewcast.flickr.fields import asked

_SCHEMA = """
CREATE TABLE IF NOT EXISTS reply (
    method TEXT NOT NULL, arguments TEXT NOT NULL, pass INTEGER NOT NULL,
    received_at INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (method, arguments, pass));
CREATE TABLE IF NOT EXISTS picture (
    photo_id TEXT PRIMARY KEY, status TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS purged (photo_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Reply:
    """A reply and when it came, milliseconds since 1970 (UTC)."""

    body: dict[str, Any]
    received_at: int


@dataclass(frozen=True)
class Picture:
    """What became of a photo's picture: ``status`` ``ok`` or why not, ``path`` below the folder."""

    photo_id: str
    status: str
    path: str = ""
    sha256: str = ""
    bytes: int = 0
    width: int = 0
    height: int = 0


class ReplyStore:
    """The file. A row is durable when ``put`` returns, so a kill loses only what had not come yet."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(self.path, timeout=120, isolation_level=None, check_same_thread=False)
            # What is purged is overwritten, not only unlinked.
            self._database.execute("PRAGMA secure_delete = ON")
            self._database.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise ViewcastError(
                f"The store of replies {self.path} cannot be opened ({error}). If it is another kind of file "
                "or damaged, move it away; the crawl then begins anew."
            ) from None

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> ReplyStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(statement, tuple(values)).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything in the body happens, or nothing."""
        self._run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    def get(self, method: str, arguments: str, pass_number: int) -> Reply | None:
        """The stored reply (``stat: fail`` ones too), or None."""
        rows = self._run(
            "SELECT body, received_at FROM reply WHERE method = ? AND arguments = ? AND pass = ?",
            (method, arguments, pass_number),
        )
        return Reply(_unpack(rows[0][0]), rows[0][1]) if rows else None

    def put(self, method: str, arguments: str, pass_number: int, reply: Reply) -> None:
        """Keep ``reply``, in place of an earlier one of the same call and pass."""
        self._run(
            "INSERT OR REPLACE INTO reply VALUES (?, ?, ?, ?, ?)",
            (method, arguments, pass_number, reply.received_at, _pack(reply.body)),
        )

    def replies(self, *methods: str) -> Iterator[tuple[str, str, int, Reply]]:
        """Every reply of these methods as (method, arguments, pass, reply), in the order of the key."""
        marks = ", ".join("?" * len(methods))
        keys = self._run(
            f"SELECT method, arguments, pass FROM reply WHERE method IN ({marks}) ORDER BY pass, method, arguments",
            methods,
        )
        for key in keys:
            reply = self.get(*key)
            if reply is not None:
                yield (*key, reply)

    def count(self) -> int:
        """How many replies there are."""
        return self._run("SELECT count(*) FROM reply")[0][0]

    def put_picture(self, picture: Picture) -> None:
        """Note what became of a picture."""
        self._run("INSERT OR REPLACE INTO picture VALUES (?, ?, ?, ?, ?, ?, ?)", astuple(picture))

    def pictures(self) -> dict[str, Picture]:
        """Every picture noted, by photo id."""
        return {row[0]: Picture(*row) for row in self._run("SELECT * FROM picture")}

    def forget_picture(self, photo_id: str) -> None:
        """Drop what was noted about a picture."""
        self._run("DELETE FROM picture WHERE photo_id = ?", (photo_id,))

    def mark_purged(self, photo_id: str) -> None:
        """This photo must not come back."""
        self._run("INSERT OR IGNORE INTO purged VALUES (?)", (photo_id,))

    def purged(self) -> set[str]:
        """The photos that must not come back."""
        return {row[0] for row in self._run("SELECT photo_id FROM purged")}

    def settle(self, name: str, value: str) -> str:
        """The value under ``name``; the first one given stays for good (a crawl must not change its mind)."""
        self._run("INSERT OR IGNORE INTO fact VALUES (?, ?)", (name, value))
        return self._run("SELECT value FROM fact WHERE name = ?", (name,))[0][0]

    def settled(self, name: str) -> str | None:
        """The value under ``name``, None where there is none yet."""
        rows = self._run("SELECT value FROM fact WHERE name = ?", (name,))
        return rows[0][0] if rows else None


def _pack(body: dict[str, Any]) -> bytes:
    # ASCII escapes carry every string, lone surrogates too.
    return zlib.compress(json.dumps(body, separators=(",", ":")).encode("ascii"), 6)


def _unpack(blob: bytes) -> dict[str, Any]:
    return json.loads(zlib.decompress(blob))


def canonical(arguments: dict[str, str | int]) -> str:
    """The arguments of a call as one text: the same for the same call, whatever the order."""
    return json.dumps({name: str(value) for name, value in arguments.items()}, sort_keys=True)


class Archive:
    """Answers from the store; what is not there is asked from ``client`` and kept.

    Without a client nothing but the store is asked. Thread-safe; two threads that want the same reply make
    one call.
    """

    def __init__(
        self,
        store: ReplyStore,
        client: FlickrClient | None = None,
        *,
        pass_number: int = 1,
        clock: Callable[[], float] = time.time,
        on_call: Callable[[], None] = lambda: None,
    ) -> None:
        self.store = store
        self.pass_number = pass_number
        self._client = client
        self._clock = clock
        self._on_call = on_call
        self._locks = [threading.Lock() for _ in range(64)]

    def ask(self, method: str, **arguments: str | int) -> Reply:
        """The reply to ``method`` with ``arguments`` in this pass.

        :raises CallFailed: Flickr refused the call, now or when it was made.
        :raises NotStored: it is not in the store, and there is no client.
        :raises ViewcastError: see :class:`~viewcast.flickr.client.FlickrClient`.
        """
        key = canonical(arguments)
        with self._locks[hash((method, key)) % len(self._locks)]:
            reply = self.store.get(method, key, self.pass_number)
            if reply is None:
                if self._client is None:
                    raise NotStored(f"{method} {key}")
                try:
                    body = self._client.call(method, **asked(arguments))
                except CallFailed as error:
                    body = {"stat": "fail", "code": error.code, "message": error.message}
                reply = Reply(body, round(self._clock() * 1000))
                self.store.put(method, key, self.pass_number, reply)
                self._on_call()
        if reply.body["stat"] == "fail":
            raise CallFailed(reply.body["code"], reply.body["message"])
        return reply
