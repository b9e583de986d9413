"""The pictures that the server keeps: in memory, few, and not for long."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from viewcast.predict.cues import Cues
from viewcast.predict.edits import Edit
from viewcast.web.limits import Limits

State = Literal["waiting", "working", "done", "failed"]


@dataclass
class Part:
    """What is computed of a picture after its score.

    :ivar detail: why it failed, a sentence.
    :ivar body: what is known so far, for JSON.
    """

    state: State = "waiting"
    detail: str = ""
    body: dict[str, Any] = field(default_factory=dict)


@dataclass
class Photo:
    """A picture that was sent, and what is known of it.

    :ivar name: of its file; :ivar data: its bytes; :ivar cues: as they were sent with it.
    :ivar width, height: pixels, upright.
    :ivar score: for JSON.
    :ivar parts: ``explanation`` and ``advice``.
    :ivar pictures: name -> JPEG; :ivar edits: name of an edited picture -> what was done.
    :ivar forgotten: nobody can ask for it any more, so that nothing needs to be computed.
    """

    name: str
    data: bytes
    cues: Cues
    width: int
    height: int
    score: dict[str, Any]
    pictures: dict[str, bytes]
    parts: dict[str, Part] = field(default_factory=lambda: {"explanation": Part(), "advice": Part()})
    edits: dict[str, tuple[Edit, ...]] = field(default_factory=dict)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    forgotten: bool = False

    @property
    def bytes(self) -> int:
        """That it takes."""
        return len(self.data) + sum(map(len, self.pictures.values()))

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "width": self.width,
            "height": self.height,
            "score": self.score,
            "pictures": {name: f"/api/photos/{self.id}/{name}.jpg" for name in list(self.pictures)},
        } | {
            name: {"state": part.state, "detail": part.detail, **part.body} for name, part in list(self.parts.items())
        }  # fmt: skip


class Store:
    """Pictures by their ids, the one that was longest not asked for first.

    :param clock: seconds.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._lock = threading.Lock()
        self._photos: OrderedDict[str, tuple[float, Photo]] = OrderedDict()

    def add(self, photo: Photo) -> None:
        """Keep one; others give way to it."""
        with self._lock:
            self._photos[photo.id] = (self._clock(), photo)
            self._shrink()

    def get(self, id: str) -> Photo | None:
        """One that is kept; it is then kept for longer."""
        with self._lock:
            self._shrink()
            if id not in self._photos:
                return None
            photo = self._photos[id][1]
            self._photos[id] = (self._clock(), photo)
            self._photos.move_to_end(id)
            return photo

    def forget(self, id: str) -> bool:
        """Drop one. Was there any?"""
        with self._lock:
            return self._drop(id)

    def tidy(self) -> None:
        """Drop what is too old, or too much."""
        with self._lock:
            self._shrink()

    def __len__(self) -> int:
        """Pictures that are kept."""
        return len(self._photos)

    def _shrink(self) -> None:
        oldest = self._clock() - 60 * self._limits.minutes
        for id, (touched, _) in list(self._photos.items()):
            too_many = len(self._photos) > self._limits.photos
            too_large = sum(photo.bytes for _, photo in self._photos.values()) > self._limits.kept_bytes
            if not (touched < oldest or ((too_many or too_large) and len(self._photos) > 1)):
                break
            self._drop(id)

    def _drop(self, id: str) -> bool:
        found = self._photos.pop(id, None)
        if found is None:
            return False
        found[1].forgotten = True
        found[1].pictures.clear()
        return True
