"""A folder that img2dataset has filled: pictures in numbered folders, and what was known of each."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pandas as pd

from viewcast.corpus.photos import RESERVED
from viewcast.errors import ViewcastError
from viewcast.importers.base import Imported, listed_tags, read_csv
from viewcast.tables.recognise import PHOTOS, recognise

logger = logging.getLogger(__name__)

#: What img2dataset itself says of a picture, and nobody asks for here.
_OWN = ("error_message", "exif")


def read(folder: Path, encoding: str | None = None) -> Imported:
    """Read the tables ``00000.parquet``, ... that lie beside the numbered folders, or else the ``.json`` beside each
    picture.

    Pictures are named by the column ``key``, which is the photo's id too unless a further column of the user's is one.
    Views, times, titles and tags are those of the columns that were handed through, by their names
    (``tables.recognise``); ``caption`` is the description. Pictures that could not be downloaded stay, without a
    picture, and img2dataset's ``status`` is kept as ``source_status``.
    """
    tables = sorted(path for path in folder.rglob("*.parquet") if path.stem.isdigit())
    rows = pd.concat([read_csv(path) for path in tables], ignore_index=True) if tables else _from_json(folder)
    if rows.empty or "key" not in rows:
        archives = list(folder.rglob("*.tar"))
        raise ViewcastError(
            f"{folder} has no table 00000.parquet with a column `key`, and no .json beside pictures. "
            + ("Unpack its .tar files first, each into a folder of its own." if archives else "Is it img2dataset's?")
        )
    if archives := sorted(folder.rglob("*.tar")):
        logger.warning(
            "%d .tar files are not looked into: unpack them, or their pictures count as missing", len(archives)
        )
    found = recognise([name for name in rows if name not in ("key", *_OWN)], PHOTOS)
    if "photo_id" in found and (rows[found["photo_id"]].isna().any() or rows[found["photo_id"]].duplicated().any()):
        logger.warning("the column %s is no id of each photo alone; img2dataset's key serves", found["photo_id"])
        del found["photo_id"]
    photos = rows.rename(columns={column: key for key, column in found.items()}).drop(
        columns=list(_OWN), errors="ignore"
    )
    for name in RESERVED & set(photos):
        photos = photos.rename(columns={name: f"source_{name}"})
        logger.info("its column %s is kept as source_%s", name, name)
    photos["picture"] = photos.pop("key").astype(str)
    if "photo_id" not in photos:
        photos.insert(0, "photo_id", photos["picture"])
    if "user_id" not in photos:
        photos["user_id"] = photos["photo_id"]
    if "tags" in photos:
        photos["tags"] = photos["tags"].map(listed_tags)
    logger.info("columns: %s", ", ".join(f"{key} is {column}" for key, column in found.items()) or "only the key")
    settings = (
        {"columns": {"target": found["target"], "views": None}} if "target" in found and "views" not in found else {}
    )
    return Imported(photos.rename(columns={"target": found.get("target", "target")}), settings=settings)


def _from_json(folder: Path) -> pd.DataFrame:
    rows = []
    for path in sorted(path for path in folder.rglob("*.json") if path.stem.isdigit()):
        try:
            row = json.loads(path.read_bytes())
        except ValueError as error:
            raise ViewcastError(f"{path} is no JSON ({error}). Is it whole?") from None
        rows.append({"key": path.stem} | row if isinstance(row, dict) else {"key": path.stem})
    return pd.DataFrame(rows, dtype=object)
