"""Which photo is in which shard: once and for all, as photos come and go."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from viewcast.store.frames import read_parquet, write_parquet

#: One type for each column, so that equal lists are equal files.
_TYPES = {"photo_id": "string", "picture": "string", "bytes": "int64", "modified": "int64"}
COLUMNS = list(_TYPES)


def shard_lists(photos: pd.DataFrame, shard_size: int, earlier: pd.DataFrame | None = None) -> dict[int, pd.DataFrame]:
    """Divide the photos of a corpus into shards, such that finished shards stay as they are.

    :param photos: (n,) rows with ``COLUMNS``: a photo, its picture, and that file's size and time of change.
    :param earlier: what an earlier run divided: ``COLUMNS``, and ``shard`` (its number); None for the first time.
    :returns: the rows of each shard, with ``COLUMNS``, by its number.

    Without an earlier run, photos are taken in their order, ``shard_size`` to a shard. With one, every photo stays in
    its shard, and new photos fill the last shard and further ones. A photo that was removed from the corpus stays in
    the list of a shard in which nothing else changed, so that its pictures need not be read again; whatever reads a
    shard goes by the corpus. A shard of which more than half was removed is given up.
    """
    photos = photos[COLUMNS].astype(_TYPES)
    before = {} if earlier is None else {int(at): rows[COLUMNS].astype(_TYPES) for at, rows in earlier.groupby("shard")}
    now = photos.set_index("photo_id")
    stays = {at: rows["photo_id"].isin(now.index) for at, rows in before.items()}
    before = {at: rows for at, rows in before.items() if 2 * stays[at].sum() >= len(rows)}
    kept = {at: now.loc[rows["photo_id"][stays[at]]].reset_index().astype(_TYPES) for at, rows in before.items()}
    placed = pd.concat([rows["photo_id"] for rows in kept.values()]) if kept else pd.Series(dtype=object)
    new = photos[~photos["photo_id"].isin(placed)]
    shards = {}
    last = max(before, default=0)
    at = start = 0
    while at <= last or start < len(new):
        # Only the last of the earlier shards is filled up; the others are finished, unless they were given up.
        taken = len(before[at]) if at == last and at in before else shard_size if at in before else 0
        added = new.iloc[start : start + max(shard_size - taken, 0)]
        start += len(added)
        if at not in before:
            rows = added
        else:
            same = kept[at].equals(before[at][stays[at]].reset_index(drop=True))
            rows = before[at] if same and not len(added) else pd.concat([kept[at], added])
        if len(rows):
            shards[at] = rows.reset_index(drop=True)
        at += 1
    return shards


def write_shard_lists(photos: pd.DataFrame, shard_size: int, folder: str | Path, memory: str | Path) -> None:
    """Write the lists of :func:`shard_lists` as ``NNNN.parquet`` into a folder.

    :param memory: Parquet file in which one run leaves for the next which photo is in which shard. If it is not there,
        or was made for another ``shard_size``, the photos are divided anew.
    :raises ViewcastError: the memory is damaged.
    """
    earlier = read_parquet(memory) if os.path.exists(memory) else None
    if earlier is not None and earlier["shard_size"].iloc[0] != shard_size:
        earlier = None
    lists = shard_lists(photos.reset_index(drop=True), shard_size, earlier)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for number, rows in lists.items():
        write_parquet(rows, folder / f"{number:04d}.parquet")
    numbered = [rows.assign(shard=number, shard_size=shard_size) for number, rows in lists.items()]
    write_parquet(pd.concat(numbered, ignore_index=True), memory)
