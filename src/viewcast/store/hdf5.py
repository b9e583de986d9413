"""What all HDF5 files here share: text, filters, opening."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import h5py
import hdf5plugin

from viewcast.errors import ViewcastError
from viewcast.store.atomic import atomic_path
from viewcast.store.seal import BLANK, check_seal, seal

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


@contextmanager
def sealed(target: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """Write a file atomically, with a digest of all its bytes (:mod:`viewcast.store.seal`)."""
    with atomic_path(target) as temporary:
        with h5py.File(temporary, "w", userblock_size=512, rdcc_nbytes=8 * 2**20) as file:
            yield file
        with open(temporary, "rb+") as block:
            block.write(BLANK)
        seal(temporary)


@contextmanager
def reading_sealed(path: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """Read what :func:`sealed` wrote.

    :raises ViewcastError: a bit of the file has changed.
    """
    check_seal(path)
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
