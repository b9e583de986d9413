"""Published data sets as Viewcast's two tables: ``viewcast import NAME DIR``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from viewcast.errors import ViewcastError
from viewcast.importers import flickruser, img2dataset, smpd, spid, table, yfcc
from viewcast.importers.base import Imported
from viewcast.pictures.find import find_pictures

logger = logging.getLogger(__name__)

#: name -> reader of a folder whose text files have an encoding (None: UTF-8)
IMPORTERS: dict[str, Callable[[Path, str | None], Imported]] = {
    "smpd": smpd.read,
    "spid": spid.read,
    "flickruser": flickruser.read,
    "yfcc": yfcc.read,
    "img2dataset": img2dataset.read,
    "table": table.read,
}


def import_dataset(name: str, folder: str | Path, target: str | Path, encoding: str | None = None) -> Imported:
    """Read the data set ``name`` from ``folder``, look for its pictures there, and write its tables into ``target``.

    ``target`` receives photos.parquet, users.parquet where the data set knows users, views_log.parquet where
    it has counts over time, and corpus.yaml, a configuration for ``snakemake --configfile``.

    :raises ViewcastError: there is no such importer, or ``folder`` is not laid out as published.
    """
    if name not in IMPORTERS:
        raise ViewcastError(f"There is no importer {name!r}; there are: {', '.join(IMPORTERS)}.")
    folder = Path(folder)
    if not folder.is_dir():
        raise ViewcastError(f"{folder} is no folder. Unpack the data set and give the folder of its files.")
    imported = IMPORTERS[name](folder, encoding)
    photos = imported.photos
    hints = photos["picture"] if "picture" in photos else pd.Series([None] * len(photos), index=photos.index)
    files = find_pictures(folder, hints, photos["photo_id"])
    found = int((files["bytes"] >= 0).sum())
    photos["picture"] = files["picture"]
    imported.write(Path(target), folder)
    logger.info("%d photos; the pictures of %d of them are in %s", len(photos), found, folder)
    column = imported.settings.get("columns", {}).get("target", "views")
    known = int(photos[column].notna().sum()) if column in photos else 0
    logger.info("%d of %d photos have %s", known, len(photos), "views" if column == "views" else f"a {column}")
    if imported.users is not None:
        users = photos["user_id"].drop_duplicates()
        matched = int(users.isin(imported.users["user_id"]).sum())
        logger.info("%d of %d users have a row in the users table", matched, len(users))
    return imported
