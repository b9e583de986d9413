"""Shards: pictures decoded once, kept as pixels at the two sizes that the descriptors ask for."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import h5py
import numpy as np
import PIL

from viewcast.errors import ViewcastError
from viewcast.pictures.decode import MAX_PIXELS, Decoded, decode, note_of_name, read_file
from viewcast.pictures.resize import reduce, reduced_shape
from viewcast.store.atomic import atomic_path
from viewcast.store.hdf5 import TEXT, filters, reading
from viewcast.store.prefetch import prefetch

# pandas takes a second and 66 MiB, which jobs that only read pictures need not spend: functions import it.
if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1
#: Shorter than this, once reduced, a picture has no room for a patch: status `too_small`.
MIN_SIDE = 16

_CHUNK = 2**20
_READ_AHEAD = 4
_REMEDY = "Delete this file and run again: the shard will be decoded anew."


class Row(NamedTuple):
    """One photo of a shard: its picture at the side that was asked for, RGB uint8, or None."""

    photo_id: str
    status: str
    image: np.ndarray | None


def write_picture_shard(
    shard_csv: str | os.PathLike[str],
    pictures_folder: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    longest_side: int = 500,
    second_side: int = 400,
    max_pixels: int = MAX_PIXELS,
    compression: str = "none",
) -> None:
    """Decode the pictures of a shard list, each once, into an HDF5 file that is whole or absent.

    ``shard_csv`` has the columns ``photo_id`` and ``picture`` (relative to ``pictures_folder``; others are
    ignored); its order is kept. The pixels at ``longest_side`` are stored, and those at ``second_side``
    only where the original is longer than ``longest_side``, so that each size is reduced from the original
    exactly once; elsewhere the stored pixels *are* the original and :func:`read_pictures` reduces them.

    The file: ``photo_id``, ``picture``, ``status``, ``reason`` (text), ``original_size`` (n, 2: height,
    width after orientation; 0 where not decoded), ``bytes_read`` (n) and one group per side with ``pixels``
    (all pictures end to end, uint8), ``offset`` (n, -1 where nothing is stored) and ``shape`` (n, 2).
    Beside the statuses of decoding there are ``outside`` (an absolute path, or one with ``..``) and
    ``too_small`` (a side under ``MIN_SIDE`` once reduced). The next files are read while one is decoded,
    and memory does not grow with the shard.

    :raises ViewcastError: for a list that lacks a column.
    """
    import pandas as pd

    if not 0 < second_side <= longest_side:
        raise ViewcastError(f"second_side ({second_side}) must be between 1 and longest_side ({longest_side}).")
    photos = pd.read_csv(shard_csv, dtype=str, keep_default_na=False)
    absent = {"photo_id", "picture"} - set(photos.columns)
    if absent:
        raise ViewcastError(f"{shard_csv} lacks the column {', '.join(sorted(absent))}; make the list again.")
    folder = Path(pictures_folder)
    sides = (longest_side, second_side)
    rows: list[tuple[str, str, tuple[int, int], int]] = []
    with atomic_path(target) as path, h5py.File(path, "w", libver="v110", rdcc_nbytes=8 * 2**20) as file:
        file.attrs["schema_version"] = SCHEMA_VERSION
        file.attrs["sides"] = sides
        file.attrs["parameters"] = json.dumps({"max_pixels": max_pixels, "pillow": PIL.__version__})
        stores = [_PixelWriter(file, f"side_{side}", len(photos), compression) for side in dict.fromkeys(sides)]
        files = prefetch((_fetch(folder, name) for name in photos["picture"]), _READ_AHEAD)
        for index, (name, data) in enumerate(zip(photos["picture"], files, strict=True)):
            decoded, size = _decode_row(data, name, sides, max_pixels)
            if decoded.image is not None:
                stores[0].put(index, reduce(decoded.image, longest_side))
                if max(size) > longest_side and second_side < longest_side:
                    stores[1].put(index, reduce(decoded.image, second_side))
            rows.append((decoded.status, decoded.reason, size, len(data) if isinstance(data, bytes) else 0))
        for store in stores:
            store.finish()
        file.create_dataset("photo_id", data=photos["photo_id"].tolist(), dtype=TEXT)
        file.create_dataset("picture", data=photos["picture"].tolist(), dtype=TEXT)
        file.create_dataset("status", data=[row[0] for row in rows], dtype=TEXT)
        file.create_dataset("reason", data=[row[1] for row in rows], dtype=TEXT)
        file.create_dataset("original_size", data=np.array([r[2] for r in rows], np.int64).reshape(-1, 2))
        file.create_dataset("bytes_read", data=np.array([row[3] for row in rows], np.int64))


def read_pictures(shard: str | os.PathLike[str], side: int, *, only: Collection[str] | None = None) -> Iterator[Row]:
    """The photos of a shard in its order, pictures with ``side`` as longest side, one at a time.

    ``only``: the photo ids to read, the others are passed over unread; all by default.
    ``side`` is one of the two sides that the shard was made for. Raises :class:`ViewcastError` for another
    side and for a broken file.
    """
    with reading(shard, _REMEDY) as file:
        longest, second = (int(value) for value in file.attrs["sides"])
        if side not in (longest, second):
            raise ViewcastError(f"{os.fspath(shard)} keeps pictures at {longest} and {second}, not at {side}.")
        rows = list(zip(_texts(file["photo_id"]), _texts(file["status"]), strict=True))
        stores = [_PixelReader(file[f"side_{key}"]) for key in dict.fromkeys((side, longest))]
        for index, (photo_id, status) in enumerate(rows):
            if only is not None and photo_id not in only:
                continue
            image = next((found for store in stores if (found := store.get(index)) is not None), None)
            if (image is None) != (status != "ok"):
                raise KeyError(f"pixels of row {index}")
            yield Row(photo_id, status, None if image is None else reduce(image, side))


def statuses(shard: str | os.PathLike[str]) -> pd.DataFrame:
    """Table of a shard's photos: ``photo_id, picture, status, reason, height, width, bytes_read``."""
    import pandas as pd

    with reading(shard, _REMEDY) as file:
        table = {name: _texts(file[name]) for name in ("photo_id", "picture", "status", "reason")}
        sizes = file["original_size"][:]
        return pd.DataFrame({**table, "height": sizes[:, 0], "width": sizes[:, 1], "bytes_read": file["bytes_read"][:]})


def problems(shards: Iterable[str | os.PathLike[str]]) -> pd.DataFrame:
    """Every photo of ``shards`` about whose picture there is something to say, in shard order.

    Columns ``photo_id, picture, status, reason``: all that are not ``ok``, and those ``ok`` ones that carry
    a remark (mislabelled files).
    """
    import pandas as pd

    found = [statuses(shard) for shard in shards]
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["status", "reason"])
    table = table.reindex(columns=["photo_id", "picture", "status", "reason"])
    return table[(table["status"] != "ok") | (table["reason"] != "")].reset_index(drop=True)


def check_failures(status: Iterable[str], max_failed_fraction: float) -> None:
    """Raise :class:`ViewcastError` when more than ``max_failed_fraction`` of the statuses are not ``ok``.

    The message counts the failures by status. A corpus without a single usable picture fails always.
    """
    counts = Counter(status)
    total = counts.total()
    failed = total - counts["ok"]
    if total and counts["ok"] and failed <= max_failed_fraction * total:
        return
    del counts["ok"]
    by_status = ", ".join(f"{count} {name}" for name, count in counts.most_common()) or "the list is empty"
    raise ViewcastError(
        f"{failed} of {total} pictures could not be used ({by_status}); the limit is "
        f"{max_failed_fraction:.1%} and at least one picture must be good. results/corpus/problems.csv names "
        "each with its reason: check that `corpus.pictures` is the right folder and mend or remove those "
        "files, or raise `pictures.max_failed_fraction`."
    )


def decode_listed(
    folder: str | os.PathLike[str], name: str, *, second_side: int = 400, max_pixels: int = MAX_PIXELS
) -> Decoded:
    """One picture of a list as :func:`write_picture_shard` takes it, in its original size, or why it is refused."""
    return _decode_row(_fetch(Path(folder), name), name, (second_side, second_side), max_pixels)[0]


def _fetch(folder: Path, name: str) -> bytes | Decoded:
    if not name.strip():
        return Decoded(None, "missing", "the list names no picture")
    if Path(name).is_absolute() or ".." in PurePosixPath(name.replace("\\", "/")).parts:
        return Decoded(None, "outside", "the path leads out of the pictures folder")
    return read_file(folder / name)


def _decode_row(
    data: bytes | Decoded, name: str, sides: tuple[int, int], max_pixels: int
) -> tuple[Decoded, tuple[int, int]]:
    """What the row holds, and the original's height and width."""
    decoded = data if isinstance(data, Decoded) else decode(data, max_pixels=max_pixels)
    if decoded.image is None:
        return decoded, (0, 0)
    size = decoded.image.shape[:2]
    if min(reduced_shape(size[0], size[1], sides[1])) < MIN_SIDE:
        reason = f"{size[1]} x {size[0]} pixels: under {MIN_SIDE} on a side once reduced to {sides[1]}"
        return Decoded(None, "too_small", reason), size
    return Decoded(decoded.image, "ok", note_of_name(decoded.format, Path(name).suffix)), size


def _texts(dataset: h5py.Dataset) -> list[str]:
    return dataset.asstr()[:].tolist()


class _PixelWriter:
    """Pictures end to end in one flat dataset."""

    def __init__(self, file: h5py.File, name: str, count: int, compression: str) -> None:
        self._group = file.create_group(name)
        self._pixels = self._group.create_dataset(
            "pixels", (0,), np.uint8, maxshape=(None,), chunks=(_CHUNK,), **filters(compression)
        )
        self._offset = np.full(count, -1, np.int64)
        self._shape = np.zeros((count, 2), np.int32)

    def put(self, index: int, image: np.ndarray) -> None:
        start = self._pixels.shape[0]
        self._pixels.resize(start + image.size, axis=0)
        self._pixels[start:] = image.reshape(-1)
        self._offset[index], self._shape[index] = start, image.shape[:2]

    def finish(self) -> None:
        self._group.create_dataset("offset", data=self._offset)
        self._group.create_dataset("shape", data=self._shape)


class _PixelReader:
    def __init__(self, group: h5py.Group) -> None:
        self._pixels = group["pixels"]
        self._offset = group["offset"][:]
        self._shape = group["shape"][:]

    def get(self, index: int) -> np.ndarray | None:
        start = self._offset[index]
        if start < 0:
            return None
        height, width = self._shape[index]
        return self._pixels[start : start + 3 * height * width].reshape(height, width, 3)
