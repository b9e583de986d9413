"""Reading the picture that somebody asks about."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np

from viewcast.errors import ViewcastError

#: A path, the bytes of a file, or pixels: RGB uint8 (h, w, 3).
Source: TypeAlias = "str | Path | bytes | np.ndarray"

#: As of a corpus's pictures.
LONGEST_SIDE = 500

_ADVICE = {
    "missing": "Check the path.",
    "unreadable": "Check that it is a file, and that you may read it.",
    "empty": "Copy it here again.",
    "too_large": "Reduce it first: nothing over 2000 pixels is needed.",
    "unsupported": "Save it as JPEG or PNG.",
    "truncated": "Copy it here again.",
    "corrupt": "Open it in another program and save it anew.",
    "too_small": "Give a larger version of it.",
}


class PictureError(ViewcastError):
    """A picture that cannot be used.

    :ivar status: one of those of ``viewcast.pictures``; :ivar reason: one line.
    """

    def __init__(self, name: str, status: str, reason: str) -> None:
        super().__init__(f"{name} cannot be scored: {status} ({reason}). {_ADVICE.get(status, '')}".strip())
        self.status, self.reason = status, reason


def read_picture(source: Source, *, name: str = "") -> np.ndarray:
    """A picture as upright RGB uint8 (h, w, 3), at its own size.

    :param name: what messages call it where it is no path.
    :raises PictureError: it cannot be read, or is too small; the message says what to do.
    """
    from viewcast.pictures.decode import decode
    from viewcast.pictures.resize import reduced_shape
    from viewcast.pictures.shards import MIN_SIDE

    called = name or (str(source) if isinstance(source, str | Path) else "The picture")
    if isinstance(source, np.ndarray):
        if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3:
            raise PictureError(called, "unsupported", f"an array of {source.dtype} {source.shape}, not uint8 (h, w, 3)")
        image = np.ascontiguousarray(source)
    else:
        decoded = decode(source)
        if decoded.image is None:
            raise PictureError(called, decoded.status, decoded.reason)
        image = decoded.image
    height, width = image.shape[:2]
    if min(height, width) < 1 or min(reduced_shape(height, width, LONGEST_SIDE)) < MIN_SIDE:
        raise PictureError(called, "too_small", f"{width} x {height} pixels; each side needs {MIN_SIDE}")
    return image
