"""Files that carry a digest of all their bytes, so that not one flipped bit passes unseen.

A file has a place that says ``viewcast-blake2b:`` and 64 hexadecimal digits: in front of an HDF5 file (its user block),
or in the metadata at the end of a Parquet file. Other programs read such files as ever. The digest is that of the whole
file with zeros for digits.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from typing import BinaryIO

from viewcast.errors import ViewcastError

MARK = b"viewcast-blake2b:"
#: What a writer puts into a file, for :func:`seal` to fill in.
BLANK = MARK + b"0" * 64
_BLOCK = 2**20
_SEAL = re.compile(MARK + rb"([0-9a-f]{64})")


def seal(path: str | os.PathLike[str]) -> None:
    """Put the digest of a finished file into its place.

    :raises ValueError: it has no such place.
    """
    with open(path, "rb+") as file, mmap.mmap(file.fileno(), 0) as data:
        at = _place(data)
        if at is None:
            raise ValueError(f"{os.fspath(path)} has no place for a digest.")
        data[at : at + 64] = _digest(file, at)


def check_seal(path: str | os.PathLike[str], *, required: bool = True) -> None:
    """Read a whole file and compare its digest: about a second a gigabyte.

    :param required: is a file without a digest an error?
    :raises ViewcastError: a bit has changed since the file was written, or the file was written by someone else.
    """
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            at = _place(data)
            whole = not required if at is None else data[at : at + 64] == _digest(file, at)
    except FileNotFoundError:
        raise ViewcastError(f"{os.fspath(path)} does not exist. Run the same command again, and it is made.") from None
    except (OSError, ValueError) as error:
        if not required:  # whoever reads it next says why it cannot be read; an empty file cannot be mapped
            return
        raise ViewcastError(f"{os.fspath(path)} cannot be read ({error}). {_REMEDY}") from None
    if not whole:
        raise ViewcastError(
            f"{os.fspath(path)} is damaged, or was written by another program or version: its bytes do not match the "
            f"digest in it. {_REMEDY}"
        )


def read_seal(path: str | os.PathLike[str]) -> str | None:
    """The digest that a file carries, 64 hexadecimal digits, not compared with the file; None where it carries none.

    :raises OSError: the file cannot be read.
    """
    if os.path.getsize(path) == 0:  # which cannot be mapped
        return None
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = _place(data)
        return None if at is None else data[at : at + 64].decode("ascii")


_REMEDY = "Delete this file and run the same command again: it is made anew."


def _place(data: mmap.mmap) -> int | None:
    """Where the digits stand: at the beginning, or at the last mark, since texts may hold marks too."""
    at = 0 if data[: len(MARK)] == MARK else data.rfind(MARK)
    return at + len(MARK) if at >= 0 and _SEAL.match(data[at : at + len(BLANK)]) else None


def _digest(file: BinaryIO, at: int) -> bytes:
    """Read and not mapped: a cluster counts the pages of a mapped file as the job's memory."""
    digest = hashlib.blake2b(digest_size=32)
    file.seek(0)
    digest.update(file.read(at))
    digest.update(b"0" * 64)
    file.seek(at + 64)
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest().encode()
