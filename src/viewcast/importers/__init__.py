"""Published data sets as Viewcast's two tables: ``viewcast import NAME DIR``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from viewcast.errors import ViewcastError
from viewcast.importers import flickruser, smpd, spid, table, yfcc
from viewcast.importers.base import Imported

logger = logging.getLogger(__name__)

#: name -> reader of a folder
IMPORTERS: dict[str, Callable[[Path], Imported]] = {
    "smpd": smpd.read,
    "spid": spid.read,
    "flickruser": flickruser.read,
    "yfcc": yfcc.read,
    "table": table.read,
}


def import_dataset(name: str, folder: str | Path, target: str | Path) -> Imported:
    """Read the data set ``name`` from ``folder`` and write its tables into ``target``.

    ``target`` receives photos.parquet, users.parquet where the data set knows users, views_log.parquet where
    it has counts over time, and corpus.yaml, a configuration for ``snakemake --configfile``.

    :raises ViewcastError: there is no such importer, or ``folder`` is not laid out as published.
    """
    if name not in IMPORTERS:
        raise ViewcastError(f"There is no importer {name!r}; there are: {', '.join(IMPORTERS)}.")
    folder = Path(folder)
    if not folder.is_dir():
        raise ViewcastError(f"{folder} is no folder. Unpack the data set and give the folder of its files.")
    imported = IMPORTERS[name](folder)
    imported.write(Path(target), folder)
    photos = imported.photos
    found = int(photos["picture"].notna().sum()) if "picture" in photos else 0
    logger.info("%d photos; the pictures of %d of them are in %s", len(photos), found, folder)
    if imported.users is not None:
        users = photos["user_id"].drop_duplicates()
        known = int(users.isin(imported.users["user_id"]).sum())
        logger.info("%d of %d users have a row in the users table", known, len(users))
    return imported
