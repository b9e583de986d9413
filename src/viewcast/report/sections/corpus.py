"""The corpus at a glance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from viewcast.corpus.write import SUMMARY
from viewcast.report.cells import LONGEST_LIST, Cell, Table
from viewcast.report.scores import count_words, read_table
from viewcast.report.style import short_name
from viewcast.report.words import cut, listed
from viewcast.store.frames import read_parquet
from viewcast.store.records import read_record

#: Reasons to leave a photo out, in words: statuses of photos.parquet, then of pictures.
STATUSES = {
    "no_views": "no count of views",
    "negative_views": "a count of views below 0",
    "no_upload_time": "no upload time",
    "upload_after_crawl": "uploaded after its views were read",
    "no_target": "no popularity in the table",
    "missing": "the picture is not in the folder",
    "empty": "the picture's file is empty",
    "truncated": "the picture's file is cut off",
    "unsupported": "the file is no picture that can be read",
    "too_large": "the picture has too many pixels",
    "too_small": "the picture is too small",
}


def corpus(photos: str | Path, summary: str | Path, problems: str | Path, *, users: bool) -> dict[str, Any]:
    """The corpus at a glance.

    :param users: are users named by their identifiers?
    """
    frame = read_parquet(photos, ["photo_id", "user_id", "uploaded_at", "crawled_at", "status"])
    known, troubles = read_record(summary, SUMMARY), read_table(problems)
    failed = troubles[troubles["status"] != "ok"]
    usable = (frame["status"] == "ok") & ~frame["photo_id"].isin(failed["photo_id"])
    per_user = frame["user_id"].value_counts()
    busiest = str(per_user.index[0])
    facts = [
        ("photographs", f"{len(frame):,}, of which {int(usable.sum()):,} can be used"),
        ("users", f"{len(per_user):,}, of whom {known['users_matched']:,} have a row in the users table"),
        (
            "photographs of one user",
            f"{per_user.median():,.0f} in the median, {per_user.max():,} at most (of the user "
            f"{cut(busiest) if users else short_name(busiest)})"
            if per_user.max() > 1
            else "one of each",
        ),
        ("uploaded", _span(frame["uploaded_at"])),
        ("views read", _span(frame["crawled_at"])),
    ]
    quartiles = known["views_quartiles"]
    if min(quartiles) >= 0:
        low, median, high = (f"{views:,.0f}" for views in quartiles)
        facts.append(("views", f"{median} in the median; half of the photographs have {low} to {high}"))
    tags = _tags(photos, frame["user_id"])
    if tags:
        facts.append(("frequent tags", listed(tags)))
    doubts = [(column["column"], column["doubt"]) for column in known["columns"] if column["doubt"]]
    return {
        "photos": len(frame),
        "users": len(per_user),
        "usable": int(usable.sum()),
        "facts": facts,
        "left_out": _left_out(frame, failed),
        "remarks": int(((troubles["status"] == "ok") & (troubles["reason"] != "")).sum()),
        "doubted": int((troubles["doubt"] != "").sum()),
        "doubts": [(cut(str(column)), cut(str(doubt), 300)) for column, doubt in doubts],
    }


def _span(times: pd.Series) -> str:
    known = times.dropna()
    if known.empty:
        return "not known"
    first, last = (time.strftime("%Y-%m-%d") for time in (known.min(), known.max()))
    return first if first == last else f"{first} to {last}"


def _tags(photos: str | Path, users: pd.Series) -> list[str]:
    """The tags that most users have given, and no tag of a single user; as numbers, for they are tens of millions.

    :param users: the user of each photo.
    """
    lists = pq.read_table(photos, columns=["tags"])["tags"]
    if pa.types.is_null(lists.type):
        return []
    many = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    encoded = pc.list_flatten(lists).dictionary_encode().unify_dictionaries()
    if not encoded.num_chunks or not len(encoded):
        return []
    names = np.array(encoded.chunk(0).dictionary.to_pylist(), dtype=object)
    tag = np.concatenate([pc.fill_null(chunk.indices, -1).to_numpy() for chunk in encoded.chunks]).astype(np.int64)
    user = np.repeat(pd.factorize(users)[0], many)
    pairs = pd.unique(tag * len(users) + user)
    counts = np.bincount(pairs[pairs >= 0] // len(users), minlength=len(names))
    order = sorted(np.flatnonzero(counts > 1), key=lambda number: (-counts[number], names[number]))
    return [cut(names[number], 30) for number in order[:LONGEST_LIST]]


def _left_out(photos: pd.DataFrame, failed: pd.DataFrame) -> Table | None:
    """Why photos are left out, and how many; a photo without a target does not count again for its picture."""
    without = photos.loc[photos["status"] != "ok", "status"].value_counts()
    usable = photos.loc[photos["status"] == "ok", "photo_id"]
    broken = failed[failed["photo_id"].isin(usable)].groupby("status", sort=False)["reason"]
    rows = [[Cell(_status(str(status))), Cell(""), Cell(count_words(str(count)))] for status, count in without.items()]
    for status, reasons in sorted(broken, key=lambda group: -len(group[1])):
        example = str(reasons.iloc[0])
        rows.append([Cell(_status(str(status))), Cell(cut(example, 160)), Cell(count_words(str(len(reasons))))])
    if not rows:
        return None
    return Table(
        "left-out", "Photographs that are left out, and why", ["why", "for example", "photographs"], rows, False
    )


def _status(status: str) -> str:
    return STATUSES.get(status, cut(status))
