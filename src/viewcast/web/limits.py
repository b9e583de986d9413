"""How much the server takes, keeps and does at a time."""

from __future__ import annotations

from dataclasses import dataclass

from viewcast.pictures.decode import MAX_PIXELS

MEGABYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """Of one server.

    :ivar file_bytes: of one picture file; :ivar pixels: of one picture, read from its header before it is decoded.
    :ivar cue_bytes: of the cues sent with it.
    :ivar arriving_bytes: of all uploads that are being received or wait to be scored.
    :ivar upload_seconds: after which an upload that has not arrived is given up.
    :ivar waiting: pictures, or comparisons, that wait to be worked on; more are turned away for a moment.
    :ivar photos: pictures that are kept; the one that was longest not asked for gives way to another one.
    :ivar kept_bytes: of all that is kept.
    :ivar minutes: after which a picture that nobody asked for is forgotten.
    """

    file_bytes: int = 40 * MEGABYTE
    pixels: int = MAX_PIXELS
    cue_bytes: int = 256 * 1024
    arriving_bytes: int = 400 * MEGABYTE
    upload_seconds: float = 60
    waiting: int = 32
    photos: int = 48
    kept_bytes: int = 400 * MEGABYTE
    minutes: float = 30
