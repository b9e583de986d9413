"""Two tables of one's own, in the contract's column names."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from viewcast.errors import ViewcastError
from viewcast.importers.base import Imported, find_file, index_pictures, listed_tags, require
from viewcast.tables.files import KINDS
from viewcast.tables.reading import read_table


def read(folder: Path) -> Imported:
    """Read ``photos.csv`` (or any other kind that docs/tables.md names), and ``users.csv`` where there is one.

    Columns carry the contract's names; only ``photo_id`` must be there. Without a column ``picture`` a photo's
    file is the one below the folder that is named by its id. Tables with other names need no import:
    ``corpus.columns`` in the configuration says what is what.
    """
    photos = _read(folder, "photos")
    if photos is None:
        raise ViewcastError(f"{folder} has no photos.csv, photos.parquet or the like.")
    require(photos, folder / "photos", ["photo_id"])
    photos = photos.drop_duplicates("photo_id").reset_index(drop=True)
    if "user_id" not in photos:
        photos["user_id"] = photos["photo_id"]
    if "picture" not in photos:
        photos["picture"] = photos["photo_id"].map(index_pictures(folder))
    if "tags" in photos:
        photos["tags"] = photos["tags"].map(listed_tags)
    users = _read(folder, "users")
    if users is not None:
        require(users, folder / "users", ["user_id"])
    return Imported(photos, users)


def _read(folder: Path, name: str) -> pd.DataFrame | None:
    path = find_file(folder, f"{name}.parquet", *(f"{name}{suffix}" for suffix in KINDS), f"{name}.*.*")
    if path is None:
        return None
    table = read_table(path)
    # Cells that may hold lists and other objects from here on.
    return table.astype(object).where(table.notna(), None)
