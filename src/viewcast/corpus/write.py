"""Writing the corpus: its two tables, what was understood of the source, and the shard lists."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from viewcast.corpus.labels import doubted, read_views_log, tell
from viewcast.corpus.photos import make_photos, make_users
from viewcast.corpus.shard_lists import write_shard_lists
from viewcast.errors import ViewcastError
from viewcast.pictures.find import find_pictures
from viewcast.store.frames import write_parquet
from viewcast.store.records import write_record
from viewcast.store.seal import Layout
from viewcast.tables.reading import read_table
from viewcast.tables.report import ColumnReport

logger = logging.getLogger(__name__)

SUMMARY = Layout("summary", 2)


@dataclass(frozen=True)
class Corpus:
    """What a source's tables and pictures come to.

    :ivar photos, users: the two tables of the contract.
    :ivar files: (n,) rows ``picture``, ``bytes``, ``modified`` of ``pictures.find.find_pictures``.
    :ivar summary: what was understood, as it is written to summary.json.
    """

    photos: pd.DataFrame
    users: pd.DataFrame
    files: pd.DataFrame
    summary: dict[str, Any]


def read_corpus(
    photos_path: str | Path,
    users_path: str | Path | None,
    pictures: str | Path,
    *,
    columns: Mapping[str, str | None],
    user_columns: Mapping[str, str | None],
    definition: str,
    min_days: float,
    views_log: str | Path | None = None,
    also: Sequence[str] = (),
    extra: Sequence[str] = (),
    encoding: str | None = None,
    day_first: bool | None = None,
    empty_columns: bool = False,
    rows_in_fields: bool = False,
    mean_views_unit: str = "popularity",
    min_matched_users: float = 0.5,
    max_rejected_targets: float = 0.01,
    synthetic: bool = False,
) -> Corpus:
    """Read a source's tables, and look for its pictures without opening any.

    :param views_log: a table of sightings of the photos, by which a view count that falls is noticed.
    :param day_first, empty_columns: as for ``photos.make_photos``; ``rows_in_fields``: as for ``read_table``.
    :param min_matched_users: an error if a smaller share of the photos' users has a row in the users table.
    :param max_rejected_targets: an error if a larger share of the targets cannot be read: popular photos are not
        missing at random.
    :raises ViewcastError: as said, and whatever is wrong with the tables.

    The log says what was understood, and so does the summary: photos, users, users matched, pictures found, statuses,
    labels to be doubted, times and quartiles of views, every named column's counts, whether the corpus is synthetic, so
    that whoever shows results can label them, and ``identity``, a digest that is another for another corpus, but not
    when photos are added to this one at the end.
    """
    reading: dict[str, Any] = {"encoding": encoding, "rows_in_fields": rows_in_fields}
    converting: dict[str, Any] = {"day_first": day_first, "empty_columns": empty_columns}
    source = read_table(photos_path, **reading)
    photos = make_photos(
        source, columns, definition=definition, min_days=min_days, also=also, extra=extra, **converting
    )
    rows, lines, empty = len(source), source.attrs["lines"], source.attrs["empty_rows"]
    del source
    reports: list[ColumnReport] = photos.attrs["reports"]
    _check_targets(reports, rows, max_rejected_targets)
    source = None if users_path is None else read_table(users_path, **reading, key="corpus.users")
    users = make_users(source, user_columns, photos["user_id"], mean_views_unit=mean_views_unit, **converting)
    matched = users.attrs["matched"]
    if source is not None:
        logger.info("%d of %d users have a row in the users table", matched, len(users))
        if matched < min_matched_users * len(users):
            theirs = ", ".join(map(repr, source[user_columns["user_id"]].head(3)))
            ours = ", ".join(map(repr, users["user_id"].head(3)))
            raise ViewcastError(
                f"Only {matched} of the photos' {len(users)} users have a row in the users table, under the share of "
                f"{min_matched_users:g} (corpus.min_matched_users). The photos' users are such as {ours}, the users "
                f"table's {theirs}: are they written alike?"
            )
    folder = Path(pictures)
    if not folder.is_dir():
        raise ViewcastError(
            f"The pictures folder {folder} does not exist. Mend corpus.pictures; a path that does not begin at the "
            f"root is taken from the folder in which the run was started, {Path.cwd()}."
        )
    files = find_pictures(folder, photos["picture"], photos["photo_id"])
    found = int((files["bytes"] >= 0).sum())
    if not found:
        raise ViewcastError(
            f"None of the {len(photos)} pictures is in {folder} (the first one should be "
            f"{photos['picture'].iloc[0]!r}). Mend corpus.pictures, or corpus.columns.picture: paths below that folder."
        )
    photos["picture"] = files["picture"]
    counts = photos["status"].value_counts()
    logger.info("%d photos of %d users; %d pictures found", len(photos), len(users), found)
    logger.info("status: %s", counts.to_dict())
    if not (photos["status"] == "ok").any():
        raise ViewcastError(
            f"No photo has a usable target: {counts.to_dict()}. Look at the columns of views and times "
            "(corpus.columns)."
        )
    photos["doubt"] = doubted(photos, None if views_log is None else read_views_log(views_log))
    doubts = tell(photos)
    uploaded = photos["uploaded_at"]
    quartiles = [float(x) for x in photos["views"].astype(float).quantile([0.25, 0.5, 0.75]).fillna(-1)]
    logger.info("uploaded from %s to %s; quartiles of the views: %s", uploaded.min(), uploaded.max(), quartiles)
    summary: dict[str, Any] = {
        "synthetic": synthetic,
        "identity": _identity(photos, folder),
        "lines": lines,  # of a table that is text; 0 for Parquet
        "rows": rows,
        "empty_rows": empty,
        "photos": len(photos),
        "users": len(users),
        "users_matched": matched,
        "pictures_found": found,
        "status": {str(name): int(count) for name, count in counts.items()},
        "doubts": doubts,
        "uploaded": [str(uploaded.min()), str(uploaded.max())],
        "views_quartiles": quartiles,
        "columns": [report.as_dict() for report in [*reports, *users.attrs["reports"]]],
    }
    photos.attrs, users.attrs = {}, {}
    return Corpus(photos, users, files, summary)


def write_corpus(
    photos_path: str | Path,
    users_path: str | Path | None,
    pictures: str | Path,
    *,
    shard_size: int,
    photos_out: str | Path,
    users_out: str | Path,
    shards_out: str | Path,
    memory: str | Path,
    summary_out: str | Path,
    **reading: Any,
) -> None:
    """Make photos.parquet, users.parquet, the summary and the shard lists from a source's tables and pictures.

    :param memory: which photo is in which shard, kept from one run to the next
        (:func:`viewcast.corpus.shard_lists.write_shard_lists`).
    :param reading: as for :func:`read_corpus`.

    A shard list (``NNNN.parquet``) has the columns photo_id, picture, bytes and modified (the file's size, and its
    time in nanoseconds, -1 where there is none), so that a list, and with it what is computed from its pictures,
    changes only when its photos or their pictures do.
    """
    corpus = read_corpus(photos_path, users_path, pictures, **reading)
    write_record(corpus.summary, summary_out, SUMMARY)
    write_parquet(corpus.photos, photos_out)
    write_parquet(corpus.users, users_out)
    write_shard_lists(pd.concat([corpus.photos["photo_id"], corpus.files], axis=1), shard_size, shards_out, memory)


def _identity(photos: pd.DataFrame, folder: Path) -> str:
    first = photos.iloc[0]
    parts = [str(folder), *(str(first[name]) for name in ("photo_id", "user_id", "picture", "uploaded_at"))]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _check_targets(reports: Sequence[ColumnReport], rows: int, most: float) -> None:
    """:raises ViewcastError: too many targets cannot be read."""
    for report in reports:
        if report.key in ("views", "target") and report.rejected > most * rows:
            raise ViewcastError(
                f"{report.rejected} of {rows} values of the column {report.column} cannot be read as `{report.key}`: "
                f"{', '.join(report.examples)}. That is more than a share of {most:g} (corpus.max_rejected_targets), "
                "and the photos without a target would not be missing at random. Mend the column."
            )
