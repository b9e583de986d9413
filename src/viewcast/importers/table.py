"""Two tables of one's own, in the contract's column names."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from viewcast.errors import ViewcastError
from viewcast.importers.base import Imported, find_file, listed_tags, read_csv, require
from viewcast.tables.files import KINDS


def read(folder: Path, encoding: str | None = None) -> Imported:
    """Read ``photos.csv`` (or any other kind that docs/tables.md names), and ``users.csv`` where there is one.

    Columns carry the contract's names; only ``photo_id`` must be there. Without a column ``picture`` a photo's
    file is the one below the folder that is named by its id. Tables with other names need no import:
    ``corpus.columns`` in the configuration says what is what.
    """
    photos = _read(folder, "photos", encoding)
    if photos is None:
        raise ViewcastError(f"{folder} has no photos.csv, photos.parquet or the like.")
    require(photos, folder / "photos", ["photo_id"])
    photos = photos.drop_duplicates("photo_id").reset_index(drop=True)
    if "user_id" not in photos:
        photos["user_id"] = photos["photo_id"]
    if "tags" in photos:
        photos["tags"] = photos["tags"].map(listed_tags)
    users = _read(folder, "users", encoding)
    if users is not None:
        require(users, folder / "users", ["user_id"])
    return Imported(photos, users)


def _read(folder: Path, name: str, encoding: str | None) -> pd.DataFrame | None:
    path = find_file(folder, f"{name}.parquet", *(f"{name}{suffix}" for suffix in KINDS), f"{name}.*.*")
    return None if path is None else read_csv(path, encoding)
