"""What all HDF5 files here share: text, filters, opening."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import h5py
import hdf5plugin

from viewcast.errors import ViewcastError
from viewcast.store.atomic import atomic_path
from viewcast.store.seal import Layout, blank, check_seal, seal

TEXT = h5py.string_dtype("utf-8")
COMPRESSIONS = ("none", "gzip", "zstd")


def filters(compression: str) -> dict[str, Any]:
    """Options of ``create_dataset``.

    Every HDF5 build reads ``none`` and ``gzip``; ``zstd`` needs the hdf5plugin package wherever the file is read.
    Shuffling puts bytes of equal weight side by side, which is what makes floats compress at all. Each
    chunk carries a Fletcher-32 checksum, so that rotten bytes give an error and not a wrong number.
    """
    if compression == "none":
        return {"fletcher32": True}
    if compression == "gzip":
        return {"compression": "gzip", "compression_opts": 1, "shuffle": True, "fletcher32": True}
    if compression == "zstd":
        return {"shuffle": True, "fletcher32": True, **hdf5plugin.Zstd(clevel=3)}
    raise ViewcastError(f"compression {compression!r} is unknown; choose one of {', '.join(COMPRESSIONS)}.")


class SealedFile(h5py.File):
    """A file that is being written by :func:`sealed`."""

    def __init__(self, under: _Unfailing, **options: Any) -> None:
        super().__init__(under, "w", userblock_size=512, rdcc_nbytes=8 * 2**20, **options)
        self._under = under

    def check_disk(self) -> None:
        """For whoever writes for long: :raises OSError: something could not be written, and the file is lost."""
        self._under.check()


class _Unfailing(io.RawIOBase):
    """The file that HDF5 writes into. It never fails, for after a write that did, HDF5 cannot close what is open: it
    raises errors of other kinds, and crashes the process when that ends. So the first error is kept, and whatever
    should be written after it is dropped.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file: io.FileIO = open(path, "w+b", buffering=0)
        self._error: OSError | None = None

    def check(self) -> None:
        """:raises OSError: the first error."""
        if self._error is not None:
            raise self._error

    def write(self, data: Any) -> int:
        """Write all of ``data``, or keep the error."""
        view = memoryview(data).cast("B")
        size = len(view)
        try:
            while len(view) and self._error is None:
                view = view[self._file.write(view) :]
        except OSError as error:
            self._error = error
        return size

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` with what was written; zeros where nothing was."""
        view = memoryview(buffer).cast("B")
        size, at = len(view), 0
        while at < size and (count := self._file.readinto(view[at:])):
            at += count
        view[at:] = bytes(size - at)
        return size

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As of any file."""
        return self._file.tell()

    def truncate(self, size: int | None = None) -> int:
        """Set the file's size, or keep the error."""
        try:
            if self._error is None:
                self._file.truncate(size)
        except OSError as error:
            self._error = error
        return size or 0

    def flush(self) -> None:
        """Nothing is buffered here."""

    def close(self) -> None:
        """Close the file; the error is kept."""
        super().close()
        try:
            self._file.close()
        except OSError as error:
            self._error = self._error or error


@contextmanager
def sealed(
    target: str | os.PathLike[str], layout: Layout, *, anywhere: bool = False, **options: Any
) -> Iterator[SealedFile]:
    """Write a file atomically, with a digest of all its bytes (:mod:`viewcast.store.seal`).

    :param anywhere: may it be copied to any place and under any name, also within other results?
    :param options: further ones of ``h5py.File``.
    :raises ViewcastError: the disk is full, or nothing may be written there.
    """
    with atomic_path(target) as temporary:
        under = _Unfailing(temporary)
        try:
            with SealedFile(under, **options) as file:
                yield file
        finally:
            under.close()
            under.check()
        with open(temporary, "rb+") as block:
            block.write(blank(os.path.basename(target) if anywhere else target, layout))
        seal(temporary)


@contextmanager
def reading_sealed(path: str | os.PathLike[str], layout: Layout) -> Iterator[h5py.File]:
    """Read what :func:`sealed` wrote.

    :raises ViewcastError: as for :func:`viewcast.store.seal.check_seal`.
    """
    check_seal(path, layout)
    with h5py.File(path, "r", locking=False) as file:
        yield file


@contextmanager
def reading(path: str | os.PathLike[str], remedy: str) -> Iterator[h5py.File]:
    """Open a finished file for reading; a broken one gives a ViewcastError that ends with ``remedy``.

    No lock is taken: finished files never change, and network disks often refuse locks.
    """
    try:
        with h5py.File(path, "r", locking=False, rdcc_nbytes=16 * 2**20) as file:
            yield file
    except FileNotFoundError:
        raise ViewcastError(f"{os.fspath(path)} does not exist. {remedy}") from None
    except (OSError, KeyError) as error:  # what h5py raises for damage and for other people's files
        raise ViewcastError(f"{os.fspath(path)} cannot be read ({_brief(error)}). {remedy}") from error


def _brief(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]
