"""Files that are either whole or absent."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; on success flush it to disk and rename it into place.

    If the body raises, the temporary file is removed and ``target`` is left as it was. Parent folders are
    made. The temporary name keeps the target's suffix, because some writers choose a format by it.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.tmp.{uuid.uuid4().hex}{target.suffix}")
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def write_text(target: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` (UTF-8, newlines as they are) atomically."""
    with atomic_path(target) as path:
        path.write_text(text, encoding="utf-8", newline="")
