"""Shards: the pictures of some thousand photos in one file, as they were found or reduced, and the photos' statuses."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import h5py
import numpy as np
from PIL import Image

from viewcast.errors import ViewcastError
from viewcast.pictures.decode import MAX_PIXELS, Decoded, decode, note_of_name, read_file
from viewcast.pictures.resize import reduce, reduced_shape
from viewcast.store.hdf5 import TEXT, SealedFile, reading_sealed, sealed
from viewcast.store.prefetch import prefetch
from viewcast.store.seal import Layout

# pandas takes a second and 66 MiB, which jobs that only read pictures need not spend: functions import it.
if TYPE_CHECKING:
    import pandas as pd

LAYOUT = Layout("shard of pictures", 3)
#: Snakemake knows the folder, and not the lists in it.
_REMEDY_OF_LISTS = (
    "Delete the folder of the shard lists (results/corpus/shards) and run the same command again: they are made anew."
)
#: Shorter than this, once reduced, a picture has no room for a patch: status `too_small`.
MIN_SIDE = 16

_CHUNK = 2**20
_READ_AHEAD = 4
#: PNG of photographs takes at least this share of the pixels' bytes, so that smaller files are not worth a trial.
_LEAST_PNG = 0.3


class Row(NamedTuple):
    """One photo of a shard: its picture at the side that was asked for, RGB uint8, or None."""

    photo_id: str
    status: str
    image: np.ndarray | None


def write_picture_shard(
    listed: str | os.PathLike[str],
    pictures_folder: str | os.PathLike[str],
    target: str | os.PathLike[str],
    statuses: str | os.PathLike[str],
    *,
    longest_side: int = 500,
    second_side: int = 400,
    max_pixels: int = MAX_PIXELS,
) -> None:
    """Read and decode the pictures of a shard list, and keep them in an HDF5 file no larger than their own files.

    :param listed: Parquet with the columns ``photo_id`` and ``picture`` (relative to ``pictures_folder``; others are
        ignored); its order is kept.
    :param target: the HDF5 file: ``photo_id`` and ``status`` (text), and the groups ``file``, ``side_<longest_side>``
        and ``side_<second_side>``, each with ``bytes`` (all contents end to end, uint8), ``offset`` (n, -1 where
        nothing is kept) and ``length`` (n).
    :param statuses: Parquet with a row for each photo: ``photo_id, picture, status, reason, height, width`` (of the
        original, upright; 0 where it was not decoded) and ``bytes_read``.

    Of a picture the file's bytes are kept, to be decoded whenever they are read: 1 to 2 milliseconds for a photograph
    of 500 pixels. Where it is longer than ``longest_side``, and that takes no more bytes, its two reductions are kept
    instead, as PNG, which loses nothing: decoding a picture of 12 megapixels takes a hundred times as long. Either
    way each size is reduced from the original exactly once, and the pixels are the same.

    Beside the statuses of decoding there are ``outside`` (an absolute path, or one with ``..``) and ``too_small`` (a
    side under ``MIN_SIDE`` once reduced). The next files are read while one is decoded, and memory does not grow with
    the shard. Both files carry a digest of all their bytes.

    :raises ViewcastError: for a list that lacks a column, or that is damaged.
    """
    import pandas as pd

    from viewcast.store.frames import write_parquet

    if not 0 < second_side <= longest_side:
        raise ViewcastError(f"second_side ({second_side}) must be between 1 and longest_side ({longest_side}).")
    photos = read_shard_list(listed)
    absent = {"photo_id", "picture"} - set(photos.columns)
    if absent:
        raise ViewcastError(f"{listed} lacks the column {', '.join(sorted(absent))}; make the list again.")
    folder = Path(pictures_folder)
    names = photos["picture"].fillna("").tolist()
    sides = (longest_side, second_side)
    rows: list[tuple[str, str, int, int, int]] = []
    with sealed(target, LAYOUT) as file:
        file.attrs["sides"] = sides
        file.attrs["max_pixels"] = max_pixels
        stores = {name: _Writer(file, name, len(photos)) for name in _groups(sides)}
        files = prefetch((_fetch(folder, name) for name in names), _READ_AHEAD)
        for index, (name, data) in enumerate(zip(names, files, strict=True)):
            decoded, size = _decode_row(data, name, sides, max_pixels)
            length = len(data) if isinstance(data, bytes) else 0
            if decoded.image is not None:
                assert isinstance(data, bytes)
                for form, content in (_reduced(decoded.image, sides, length) or {"file": data}).items():
                    stores[form].put(index, content)
            rows.append((decoded.status, decoded.reason, *size, length))
        for store in stores.values():
            store.finish()
        file.create_dataset("photo_id", data=photos["photo_id"].tolist(), dtype=TEXT)
        file.create_dataset("status", data=[row[0] for row in rows], dtype=TEXT)
    table = pd.DataFrame(rows, columns=["status", "reason", "height", "width", "bytes_read"])
    table.insert(0, "photo_id", photos["photo_id"].array)
    table.insert(1, "picture", names)
    write_parquet(table, statuses)


def read_pictures(shard: str | os.PathLike[str], side: int, *, only: Collection[str] | None = None) -> Iterator[Row]:
    """The photos of a shard in its order, pictures with ``side`` as longest side, one at a time.

    :param side: one of the two sides that the shard was made for.
    :param only: the photo ids to read, the others are passed over unread; all by default.
    :raises ViewcastError: for another side, for a damaged file, and for one of another version.
    """
    for photo_id, status, images in _read(shard, (side,), only):
        yield Row(photo_id, status, images.get(side))


def read_sides(
    shard: str | os.PathLike[str], sides: Sequence[int], *, only: Collection[str]
) -> Iterator[tuple[str, dict[int, np.ndarray]]]:
    """The pictures of some photos of a shard at several sides, opening the file and comparing its digest once.

    :param sides, only: as for :func:`read_pictures`.
    :returns: pairs of a photo id and side -> picture; photos without a picture are passed over.
    :raises ViewcastError: as for :func:`read_pictures`.
    """
    for photo_id, _, images in _read(shard, sides, only):
        if images:
            yield photo_id, images


def _read(
    shard: str | os.PathLike[str], sides: Sequence[int], only: Collection[str] | None
) -> Iterator[tuple[str, str, dict[int, np.ndarray]]]:
    """Photo id, status, and the picture by side; no picture where the status is not ``ok``."""
    with reading_sealed(shard, LAYOUT) as file:
        kept = tuple(int(value) for value in file.attrs["sides"])
        for side in sides:
            if side not in kept:
                raise ViewcastError(f"{os.fspath(shard)} keeps pictures at {kept[0]} and {kept[1]}, not at {side}.")
        max_pixels = int(file.attrs["max_pixels"])
        reduced, whole = {side: _Reader(file[f"side_{side}"]) for side in sides}, _Reader(file["file"])
        for index, (photo_id, status) in enumerate(
            zip(file["photo_id"].asstr()[:].tolist(), file["status"].asstr()[:].tolist(), strict=True)
        ):
            if only is not None and photo_id not in only:
                continue
            images: dict[int, np.ndarray] = {}
            for side in sides if status == "ok" else ():
                content = reduced[side].get(index)
                image = decode(whole.get(index) or b"" if content is None else content, max_pixels=max_pixels).image
                if image is None:  # the digest is right: another release of the decoders refuses what one has accepted
                    raise ViewcastError(
                        f"The picture of the photo {photo_id} in {os.fspath(shard)} can no longer be decoded. Delete "
                        "this file and run the same command again: its pictures are looked at anew."
                    )
                images[side] = reduce(image, side)
            yield photo_id, status, images


def read_shard_list(path: str | os.PathLike[str], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A list of the photos of a shard (``corpus.shard_lists``), or some of its columns.

    :raises ViewcastError: it is damaged, of another version, or the copy of another list.
    """
    from viewcast.store.frames import read_parquet

    return read_parquet(path, columns, remedy=_REMEDY_OF_LISTS)


def read_shard_lists(folder: str | os.PathLike[str], photo_ids: pd.Series) -> pd.DataFrame:
    """All lists of a folder as one table.

    :param photo_ids: the photos of the corpus; the lists may hold others that are no longer in it.
    :raises ViewcastError: as for :func:`read_shard_list`, or a photo is in none of them.
    """
    return _joined([read_shard_list(path) for path in sorted(Path(folder).glob("*.parquet"))], photo_ids)


def read_statuses(paths: Iterable[str | os.PathLike[str]], photo_ids: pd.Series) -> pd.DataFrame:
    """The statuses that :func:`write_picture_shard` wrote for some shards, in their order, as one table.

    :param photo_ids: the photos of the corpus: those that are no longer in it are left out.
    :raises ViewcastError: a file is damaged, or a photo is in none of them.
    """
    from viewcast.store.frames import read_parquet

    found = _joined([read_parquet(path) for path in paths], photo_ids)
    return found[found["photo_id"].isin(photo_ids)]


def _joined(parts: Sequence[pd.DataFrame], photo_ids: pd.Series) -> pd.DataFrame:
    """The parts as one table, in which all of the photos must stand."""
    import pandas as pd

    found = pd.concat(parts, ignore_index=True) if parts else photo_ids.iloc[:0].to_frame("photo_id")
    absent = photo_ids[~photo_ids.isin(found["photo_id"])]
    if len(absent):
        raise ViewcastError(
            f"{len(absent)} photos of the corpus, such as {absent.iloc[0]}, are in no shard. {_REMEDY_OF_LISTS}"
        )
    return found


def problems(statuses: pd.DataFrame, doubt: pd.Series) -> pd.DataFrame:
    """Every photo about whose picture or label there is something to say, in the order of ``statuses``.

    :param doubt: by photo id, why a label is to be doubted (``corpus.labels``), or empty.
    :returns: the columns ``photo_id, picture, status, reason, doubt``: all that are not ``ok``, those ``ok`` ones that
        carry a remark (mislabelled files), and those of doubtful labels.
    """
    table = statuses.reindex(columns=["photo_id", "picture", "status", "reason"])
    table["doubt"] = doubt.reindex(table["photo_id"]).fillna("").to_numpy()
    said = (table["status"] != "ok") | (table["reason"] != "") | (table["doubt"] != "")
    return table[said].reset_index(drop=True)


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


def _groups(sides: tuple[int, int]) -> list[str]:
    return ["file", *dict.fromkeys(f"side_{side}" for side in sides)]


def _reduced(image: np.ndarray, sides: tuple[int, int], most: int) -> dict[str, bytes] | None:
    """Both reductions as PNG by the group's name; None where nothing is reduced, or where they take more than ``most``
    bytes.
    """
    if max(image.shape[:2]) <= sides[0]:
        return None
    shapes = [reduced_shape(image.shape[0], image.shape[1], side) for side in sides]
    if _LEAST_PNG * sum(3 * height * width for height, width in shapes) > most:
        return None
    kept = {}
    for side in dict.fromkeys(sides):
        content = io.BytesIO()
        Image.fromarray(reduce(image, side)).save(content, "PNG", compress_level=1)
        kept[f"side_{side}"] = content.getvalue()
    return kept if sum(map(len, kept.values())) <= most else None


class _Writer:
    """Contents end to end in one flat dataset."""

    def __init__(self, file: SealedFile, name: str, count: int) -> None:
        self._file = file
        self._group = file.create_group(name)
        self._bytes = self._group.create_dataset("bytes", (0,), np.uint8, maxshape=(None,), chunks=(_CHUNK,))
        self._offset = np.full(count, -1, np.int64)
        self._length = np.zeros(count, np.int64)

    def put(self, index: int, content: bytes) -> None:
        self._file.check_disk()
        start = self._bytes.shape[0]
        self._bytes.resize(start + len(content), axis=0)
        self._bytes[start:] = np.frombuffer(content, np.uint8)
        self._offset[index], self._length[index] = start, len(content)

    def finish(self) -> None:
        self._group.create_dataset("offset", data=self._offset)
        self._group.create_dataset("length", data=self._length)


class _Reader:
    def __init__(self, group: h5py.Group) -> None:
        self._bytes = group["bytes"]
        self._offset = group["offset"][:]
        self._length = group["length"][:]

    def get(self, index: int) -> bytes | None:
        start = self._offset[index]
        return None if start < 0 else self._bytes[start : start + self._length[index]].tobytes()
