"""Which file is a photo's picture: as it is named, or by its name without a suffix, or as Flickr names its files."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import defaultdict
from pathlib import Path

import pandas as pd

from viewcast.errors import ViewcastError

SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp")
#: Flickr's own names: the photo's id, its secret, and perhaps a letter for the size.
_FLICKR = re.compile(r"(?P<id>\d+)_[0-9a-f]{6,}(?:_(?:[a-z]|\dk))?", re.IGNORECASE)


def find_pictures(folder: Path, pictures: pd.Series, photo_ids: pd.Series) -> pd.DataFrame:
    """The file of every photo.

    :param pictures: (n,) paths below ``folder`` as the table has them; None where it has none.
    :returns: (n,) rows ``picture`` (the path below ``folder``), ``bytes`` and ``modified`` (nanoseconds), -1 where
        there is no such file; the path is then the table's.
    :raises ViewcastError: two files are a photo's picture.

    A path that is no file is looked for with another suffix, or with a suffix if it has none; then below other folders,
    by its own name and that of its folder; then by the photo's id, also in Flickr's names, ``id_secret_size.jpg``. Only
    if such paths exist is the folder read through.
    """
    paths, stats = list(pictures), [_stat(folder, picture) for picture in pictures]
    lost = [at for at, (size, _) in enumerate(stats) if size < 0]
    if lost:
        index = index_pictures(folder)
        ids = list(photo_ids)
        for at in lost:
            path = index.of(paths[at], ids[at])
            if path is not None:
                paths[at], stats[at] = path, _stat(folder, path)
    found = pd.DataFrame(stats, columns=["bytes", "modified"], index=pictures.index)
    found.insert(0, "picture", pd.Series(paths, index=pictures.index, dtype=object))
    return found


class PictureIndex:
    """Every picture below a folder, by its path without the suffix, by the end of that path, and by the id in Flickr's
    names.
    """

    def __init__(self, paths: list[str]) -> None:
        self.by_path: dict[str, list[str]] = defaultdict(list)
        self.by_end: dict[str, list[str]] = defaultdict(list)
        self.by_name: dict[str, list[str]] = defaultdict(list)
        self.by_id: dict[str, list[str]] = defaultdict(list)
        for path in sorted(paths):
            bare = path[: path.rindex(".")]
            stem = bare.rpartition("/")[2]
            self.by_path[bare.lower()].append(path)
            self.by_end["/".join(bare.split("/")[-2:]).lower()].append(path)
            self.by_name[stem.lower()].append(path)
            match = _FLICKR.fullmatch(stem)
            if match:
                self.by_id[match["id"]].append(path)

    def of(self, picture: object, photo_id: str) -> str | None:
        """The picture that a table's path means, or None.

        :raises ViewcastError: there are two.
        """
        keys = []
        if isinstance(picture, str):
            bare = (picture[: picture.rindex(".")] if picture.lower().endswith(SUFFIXES) else picture).lower()
            keys.append((self.by_path, bare))
            end = bare.split("/")[-2:]
            # A name alone may be in many folders; with its folder's it says which picture is meant.
            keys.append((self.by_end if len(end) > 1 else self.by_name, "/".join(end)))
        keys += [(self.by_name, str(photo_id).lower()), (self.by_id, str(photo_id))]
        for index, key in keys:
            candidates = index.get(key, [])
            if len(candidates) > 1:
                raise ViewcastError(
                    f"Two files may be the picture of the photo {photo_id}: {candidates[0]} and {candidates[1]}. Keep "
                    "one of them, or name the right one in a column of the photos table (corpus.columns.picture)."
                )
            if candidates:
                return candidates[0]
        return None


def index_pictures(folder: Path) -> PictureIndex:
    """Every picture below a folder."""
    paths = []
    for root, _, names in os.walk(folder):
        place = os.path.relpath(root, folder)
        found = [name for name in names if name.lower().endswith(SUFFIXES)]
        paths += found if place == "." else [f"{place}/{name}" for name in found]
    return PictureIndex(paths)


def _stat(folder: Path, picture: object) -> tuple[int, int]:
    """Size in bytes and time of the last change, or -1 where there is no such file below the folder."""
    if not isinstance(picture, str) or "\0" in picture:
        return -1, -1
    if picture.startswith("/") or ".." in picture.split("/"):
        return -1, -1
    try:
        found = os.stat(os.path.join(folder, picture))
    except OSError:
        return -1, -1
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else (-1, -1)


def state_of(folder: str | Path) -> str:
    """A short text that changes when any file below the folder is added, removed or replaced: of all their paths, sizes
    and times, in whatever order the folder lists them. One stat a file.
    """
    total, count = 0, 0
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            found = os.stat(path)
            line = f"{os.path.relpath(path, folder)} {found.st_size} {found.st_mtime_ns}"
            digest = hashlib.blake2b(line.encode("utf-8", "surrogateescape"), digest_size=16).digest()
            total = (total + int.from_bytes(digest, "big")) % 2**128
            count += 1
    return f"{count} files {total:032x}"
