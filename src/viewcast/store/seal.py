"""Files that carry a digest of all their bytes, and say what they are, so that no damaged or wrong file is read.

A file has a place that says ``viewcast-blake2b:`` with 64 hexadecimal digits, and behind them its layout and where it
belongs: in front of an HDF5 file (its user block), in the metadata at the end of a Parquet file, or as an entry of a
JSON file. Other programs read such files as ever. The digest is that of the whole file with zeros for digits.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import quote, unquote

from viewcast.errors import ViewcastError

MARK = b"viewcast-blake2b:"
REMEDY = "Delete this file and run the same command again: it is made anew."
#: Below this folder every file has a place of its own.
RESULTS = "results"
_BLOCK = 2**20
_ZEROS = b"0" * 64
_SEAL = re.compile(MARK + rb"([0-9a-f]{64});([\w%-]+);(\d+);([\w%./~-]*);")
#: Bytes of a seal at most: the smallest user block of HDF5.
_LONGEST = 512


class Layout(NamedTuple):
    """What a file holds, and in which form; another form has another version."""

    kind: str
    version: int


def blank(target: str | os.PathLike[str], layout: Layout) -> bytes:
    """What a writer puts into a file, for :func:`seal` to fill in.

    :param target: where the finished file will lie.
    """
    what = f";{quote(layout.kind, safe='')};{layout.version};"
    place = quote(_belongs(target))
    room = _LONGEST - len(MARK) - len(_ZEROS) - len(what) - 1
    return MARK + _ZEROS + f"{what}{place if len(place) <= room else ''};".encode()


def seal(path: str | os.PathLike[str]) -> None:
    """Put the digest of a finished file into its place.

    :raises ValueError: it has no such place.
    """
    with open(path, "rb+") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = _find(data)
        if found is None:
            raise ValueError(f"{os.fspath(path)} has no place for a digest.")
        at = found.start(1)
        digest = _digest(file, at)
        # Not into the mapped file: on a full disk that would kill the process.
        file.seek(at)
        file.write(digest)


def check_seal(
    path: str | os.PathLike[str], layout: Layout | None = None, *, required: bool = True, remedy: str = REMEDY
) -> None:
    """Read a whole file and compare its digest: about a second a gigabyte.

    :param layout: what the file should hold; None: anything, from anywhere.
    :param required: is a file without a digest an error?
    :param remedy: what the message ends with.
    :raises ViewcastError: a bit has changed since the file was written, or it was written by someone else; it holds
        something else, or in another version; or it is a copy of a file that belongs elsewhere in the results.
    """
    name = os.fspath(path)
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = _find(data)
            if found is None:
                whole, said = not required, None
            else:
                whole, said = found[1] == _digest(file, found.start(1)), [part.decode() for part in found.groups()[1:]]
    except FileNotFoundError:
        raise ViewcastError(f"{name} does not exist. Run the same command again, and it is made.") from None
    except (OSError, ValueError) as error:
        if not required:  # whoever reads it next says why it cannot be read; an empty file cannot be mapped
            return
        raise ViewcastError(f"{name} cannot be read ({error}). {remedy}") from None
    if not whole:
        raise ViewcastError(
            f"{name} is damaged, or was written by another program or version: its bytes do not match the digest in "
            f"it. {remedy}"
        )
    if layout is None or said is None:
        return
    kind, version, place = unquote(said[0]), int(said[1]), unquote(said[2])
    if kind != layout.kind:
        raise ViewcastError(f"{name} holds a {kind}, where a {layout.kind} should be. {remedy}")
    if version != layout.version:
        raise ViewcastError(
            f"{name} was written by another version of Viewcast: its layout is {version}, and this version reads "
            f"{layout.version}. {remedy}"
        )
    # In a copy of the results as a whole, below another folder of that name, the end of the path is the same.
    if place and (here := _belongs(path)) and not f"/{here}".endswith(f"/{place}"):
        raise ViewcastError(f"{name} is a copy of another file, which belongs to {RESULTS}/{place}. {remedy}")


def read_seal(path: str | os.PathLike[str]) -> str | None:
    """The digest that a file carries, 64 hexadecimal digits, not compared with the file; None where it carries none.

    :raises OSError: the file cannot be read.
    """
    if os.path.getsize(path) == 0:  # which cannot be mapped
        return None
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = _find(data)
        return None if found is None else found[1].decode("ascii")


def _belongs(path: str | os.PathLike[str]) -> str:
    """The path below the folder of the results; empty for a file that lies elsewhere, and may be copied freely."""
    parts = Path(path).parts[:-1]
    last = max((number for number, part in enumerate(parts) if part == RESULTS), default=None)
    return "" if last is None else "/".join(Path(path).parts[last + 1 :])


def _find(data: mmap.mmap) -> re.Match[bytes] | None:
    """The seal: at the beginning, or at the last mark, since texts may hold marks too."""
    at = 0 if data[: len(MARK)] == MARK else data.rfind(MARK)
    if at < 0:
        return None
    found = _SEAL.match(data[at : at + _LONGEST])
    return None if found is None else _SEAL.match(data, at)


def _digest(file: BinaryIO, at: int) -> bytes:
    """Read and not mapped: a cluster counts the pages of a mapped file as the job's memory."""
    digest = hashlib.blake2b(digest_size=32)
    file.seek(0)
    digest.update(file.read(at))
    digest.update(_ZEROS)
    file.seek(at + 64)
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest().encode()
