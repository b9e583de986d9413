"""What the settings of a corpus will hold, and what a run will cost: told before any picture is opened."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from viewcast.corpus.protocols import PROTOCOLS, make_protocol
from viewcast.corpus.settings import Setting, make_setting, target_column
from viewcast.pictures.shards import read_shard_lists
from viewcast.store.atomic import write_text
from viewcast.store.frames import read_parquet

logger = logging.getLogger(__name__)

#: Processor seconds of one photo through all descriptors with decoding, on one core: 0.080 and 0.093 on two corpora of
#: 320 and 256 pixels; larger pictures are reduced to 500 first.
SECONDS_A_PHOTO = 0.09
#: Bytes on disk of one photo's features, compressed.
FEATURE_BYTES = 43_000


def write_prospects(photos: str | Path, shards: str | Path, out: str | Path, **settings: Any) -> None:
    """:func:`prospects` of a corpus that was read, into the log and a text file.

    :param photos, shards: photos.parquet and the folder of the shard lists.
    """
    targets = {target_column(name) for name in settings["settings"]}
    table = read_parquet(photos, columns=["photo_id", "user_id", "status", "uploaded_at", *sorted(targets)])
    sizes = read_shard_lists(shards, table["photo_id"]).set_index("photo_id")["bytes"]
    lines = list(prospects(table, sizes.loc[table["photo_id"]].to_numpy(), **settings))
    for line in lines:
        logger.info("%s", line)
    write_text(out, "\n".join(lines) + "\n")


def prospects(
    photos: pd.DataFrame,
    sizes: np.ndarray,
    *,
    seed: int,
    folds: int,
    settings: Mapping[str, Mapping[str, Any]],
) -> Iterator[str]:
    """Line by line what each setting and protocol can hold, and what the run will cost in time and disk.

    :param sizes: (n,) bytes of each photo's picture, -1 where there is none. Every picture is taken for one that can be
        read.
    :param settings: for each setting, and each further reading of its target, the keys that choose its photos.
    """
    found = sizes >= 0
    # Every setting sorts its photos.
    order = photos["photo_id"].argsort()
    photos, usable = photos.iloc[order], ((photos["status"] == "ok") & found).to_numpy()[order]
    drawn = {"seed": seed, "splits": 1, "folds": folds}  # which photos take part is the same in every split
    made = [make_setting(name, photos, usable, **drawn, **keys) for name, keys in settings.items()]
    for setting in [*made, *(make_protocol(name, photos, usable, **drawn) for name in PROTOCOLS)]:
        yield f"{setting.name}: {_size(setting)}"
    count, cores = int(found.sum()), os.cpu_count() or 1
    minutes = max(count * SECONDS_A_PHOTO / 60, 1)
    yield (
        f"about {minutes:,.0f} processor minutes for the features, {max(minutes / cores, 1):,.0f} minutes on this "
        f"machine's {cores} cores; the regressions come on top: as much again for 1,800 photos"
    )
    yield (
        f"about {count * FEATURE_BYTES / 1e9:.1f} GB on disk for the features, and {sizes[found].sum() / 1e9:.1f} GB "
        "for the pictures in shards"
    )


def _size(setting: Setting) -> str:
    users = pd.Series(setting.user).nunique()
    state = setting.unavailable or f"{len(setting.photo_id)} photos of {users} users"
    return state + (f"; {setting.note}" if setting.note else "")
