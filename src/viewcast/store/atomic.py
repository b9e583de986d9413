"""Files that are either whole or absent."""

from __future__ import annotations

import os
import re
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from viewcast.errors import error_of_disk


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; on success flush it to disk and rename it into place.

    If the body raises, the temporary file is removed and ``target`` is left as it was. Parent folders are
    made. The temporary name keeps the target's suffix, because some writers choose a format by it. What a writer that
    was killed has left beside the target is removed.

    :raises ViewcastError: the disk is full, or nothing may be written there.
    """
    target = Path(target)
    writer = f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex}"
    temporary = target.with_name(f".{target.stem}.tmp.{writer}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear(target)
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except Exception as error:
        known = error_of_disk(error, target)
        if known is None or known is error:
            raise
        raise known from error
    finally:
        with suppress(OSError):  # it was never made, or can be neither made nor removed there
            temporary.unlink()


def _clear(target: Path) -> None:
    """Remove what killed writers of the same target have left, if they were of this machine."""
    host = re.escape(socket.gethostname())
    name = re.compile(rf"\.{re.escape(target.stem)}\.tmp\.{host}\.(\d+)\.[0-9a-f]{{32}}{re.escape(target.suffix)}")
    for entry in os.scandir(target.parent):
        match = name.fullmatch(entry.name)
        if match and not _lives(int(match[1])):
            with suppress(FileNotFoundError):
                os.unlink(entry.path)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def check_writable(folder: str | os.PathLike[str]) -> None:
    """Try whether a folder, or the one in which it will be made, takes a small file.

    :raises ViewcastError: the disk is full, or nothing may be written there.
    """
    there = next(path for path in (Path(folder), *Path(folder).absolute().parents) if path.is_dir())
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(4096))
    except OSError as error:
        known = error_of_disk(OSError(error.errno, os.strerror(error.errno or 0)), folder)
        if known is None:
            raise
        raise known from error


def write_text(target: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` (UTF-8, newlines as they are) atomically."""
    with atomic_path(target) as path:
        path.write_text(text, encoding="utf-8", newline="")
