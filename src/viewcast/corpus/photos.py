"""From a source's tables to the two tables of the contract (docs/architecture.md)."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from viewcast.corpus.tables import read_table, write_csv, write_parquet
from viewcast.corpus.target import SECONDS_PER_DAY, popularity
from viewcast.errors import ViewcastError
from viewcast.store.atomic import write_text

logger = logging.getLogger(__name__)

#: Columns of users.parquet that hold numbers; `member_since` is a time.
USER_NUMBERS = (
    "mean_views", "mean_views_photos", "photo_count", "contacts", "groups", "groups_admin", "groups_invite_only",
    "group_members", "is_pro",
)  # fmt: skip


def make_photos(
    source: pd.DataFrame,
    columns: Mapping[str, str | None],
    *,
    definition: str = "log2_rate_plus_one",
    min_days: float = 1.0,
    also: Sequence[str] = (),
) -> pd.DataFrame:
    """The photos table of the contract, in the order of the source.

    :param source: the source's table.
    :param columns: which column holds what: the keys of ``config.PhotoColumns``.
    :returns: one row per photo. ``status`` is ``ok``, or why the photo has no target: ``no_views``,
        ``negative_views``, ``no_upload_time``, ``upload_after_crawl``, ``no_target``; its ``popularity`` is
        then NaN. ``days`` on line, and ``popularity_<definition>`` for every other reading in ``also``, stand beside
        it. Columns that the configuration does not name are kept as they are.
    :raises ViewcastError: a column is missing, an id is missing or double, or the table is empty.
    """
    if source.empty:
        raise ViewcastError("The photos table is empty: it has no row. Is corpus.photos the right file?")
    own_target = columns["target"]
    needed = {"photo_id": columns["photo_id"]}
    if own_target is not None:
        needed["target"] = own_target
    else:
        needed["views"] = columns["views"]
    for key, column in needed.items():
        _require(source, column, key)

    photo_id = source[columns["photo_id"]]
    if photo_id.isna().any():
        raise ViewcastError(
            f"The photos table has no photo_id in row {_row(photo_id.isna())} (column {columns['photo_id']}; the "
            "first row below the header is 1). Give every photo its own id, or drop that row."
        )
    photo_id = photo_id.astype(str)
    double = photo_id.duplicated()
    if double.any():
        raise ViewcastError(
            f"The photos table names the photo {photo_id[double].iloc[0]!r} twice (again in row {_row(double)}; "
            f"{int(double.sum())} such rows in all). Ids must be unique: drop the duplicates."
        )
    photos = pd.DataFrame({"photo_id": photo_id})
    photos["user_id"] = _text(source, columns, "user_id", default=photo_id)
    if photos["user_id"].isna().any():
        raise ViewcastError(
            f"The photos table has no user_id in row {_row(photos['user_id'].isna())}. Fill it in, or set "
            "corpus.columns.user_id to null, and every photo counts as its own user's."
        )
    photos["picture"] = _text(source, columns, "picture", default=photo_id + ".jpg")
    for key in ("title", "description"):
        photos[key] = _text(source, columns, key, default=None)
    photos["tags"] = _tags(source, columns)
    views = _number(source, columns, "views")
    photos["views"] = views.round().astype("Int64")
    photos["uploaded_at"] = _time(source, columns, "uploaded_at")
    photos["crawled_at"] = _time(source, columns, "crawled_at")

    if own_target is not None:
        target = _number(source, columns, "target")
        photos["popularity"] = target.where(np.isfinite(target))
        photos["status"] = np.where(photos["popularity"].notna(), "ok", "no_target")
    else:
        days = _days(source, columns, photos)
        timeless = definition == "log2_views_plus_one"
        status = np.full(len(photos), "ok", dtype=object)
        if not timeless:
            status[(days < 0).to_numpy()] = "upload_after_crawl"
            status[days.isna().to_numpy()] = "no_upload_time"
        status[(views < 0).to_numpy()] = "negative_views"
        status[views.isna().to_numpy()] = "no_views"
        photos["status"] = status
        usable = photos["status"] == "ok"
        known = views.where(usable, 0).to_numpy(), days.where(usable, 1.0).fillna(1.0).to_numpy()
        photos["days"] = np.where(usable, np.maximum(days, min_days), np.nan)
        for name, reading in (("popularity", definition), *((f"popularity_{one}", one) for one in also)):
            photos[name] = np.where(usable, popularity(*known, reading, min_days=min_days), np.nan)
    named = {column for column in columns.values() if column is not None}
    for column in source.columns:
        if column not in named and column not in photos:
            photos[column] = source[column]
    return photos.reset_index(drop=True)


def make_users(source: pd.DataFrame | None, columns: Mapping[str, str], user_ids: pd.Series) -> pd.DataFrame:
    """The users table of the contract: one row for each user of the photos, in order of the name.

    :param source: the source's table, or None.
    :param user_ids: the photos' users. Users without a row get one with nulls; others are left out.
    :raises ViewcastError: the column of the user is missing, or a user is named twice.
    """
    users = pd.DataFrame({"user_id": sorted(user_ids.unique())})
    if source is not None:
        column = columns["user_id"]
        if column not in source:
            raise ViewcastError(
                f"The users table has no column {column!r} (corpus.user_columns.user_id). It has: "
                + ", ".join(map(str, source.columns)) + "."
            )  # fmt: skip
        source = source.assign(**{column: source[column].astype(str)})
        double = source[column].duplicated()
        if double.any():
            raise ViewcastError(
                f"The users table names {source[column][double].iloc[0]!r} twice (again in row {_row(double)}): "
                "give each user one row."
            )
        source = source.set_index(column).reindex(users["user_id"]).reset_index()
    for key in USER_NUMBERS:
        users[key] = _number(source, columns, key) if source is not None else math.nan
    users["member_since"] = (
        _time(source, columns, "member_since") if source is not None else pd.Series(pd.NaT, users.index)
    )
    users["member_since"] = pd.to_datetime(users["member_since"], utc=True)
    return users


def write_corpus(
    photos_path: str | Path,
    users_path: str | Path | None,
    pictures: str | Path,
    *,
    columns: Mapping[str, str | None],
    user_columns: Mapping[str, str],
    definition: str,
    min_days: float,
    also: Sequence[str] = (),
    shard_size: int,
    photos_out: str | Path,
    users_out: str | Path,
    shards_out: str | Path,
    summary_out: str | Path,
    synthetic: bool,
) -> None:
    """Make photos.parquet, users.parquet and the shard lists from a source's tables and its pictures folder.

    ``summary_out`` (JSON) counts photos, users and statuses, and says whether the corpus is synthetic, so that
    whoever shows results can label them.

    A shard list (``NNNN.csv``) has the columns photo_id, picture and bytes (the file's size, -1 where there
    is none), so that a list, and with it what is computed from its pictures, changes only when its photos do.
    """
    text = tuple(c for c in (columns["photo_id"], columns["user_id"]) if c is not None)
    source = read_table(photos_path, text_columns=text)
    photos = make_photos(source, columns, definition=definition, min_days=min_days, also=also)
    users_source = None
    if users_path is not None:
        users_source = read_table(users_path, text_columns=(user_columns["user_id"],))
    users = make_users(users_source, user_columns, photos["user_id"])
    folder = Path(pictures)
    if not folder.is_dir():
        raise ViewcastError(f"The pictures folder {folder} does not exist. Mend corpus.pictures.")
    sizes = np.array([_file_size(folder, picture) for picture in photos["picture"]])
    if (sizes < 0).all():
        raise ViewcastError(
            f"None of the {len(photos)} pictures is in {folder} (the first one should be "
            f"{photos['picture'].iloc[0]!r}). Mend corpus.pictures, or corpus.columns.picture: paths below that folder."
        )
    counts = photos["status"].value_counts()
    logger.info("%d photos, %d users; status: %s", len(photos), len(users), counts.to_dict())
    if not (photos["status"] == "ok").any():
        raise ViewcastError(
            f"No photo has a usable target: {counts.to_dict()}. Look at the columns of views and times "
            "(corpus.columns)."
        )
    summary = {
        "synthetic": synthetic, "photos": len(photos), "users": len(users),
        "status": {str(name): int(count) for name, count in counts.items()},
    }  # fmt: skip
    write_text(summary_out, json.dumps(summary, indent=2) + "\n")
    write_parquet(photos, photos_out)
    write_parquet(users, users_out)
    shards = Path(shards_out)
    shards.mkdir(parents=True, exist_ok=True)
    lists = pd.DataFrame({"photo_id": photos["photo_id"], "picture": photos["picture"], "bytes": sizes})
    for number, start in enumerate(range(0, len(lists), shard_size)):
        write_csv(lists.iloc[start : start + shard_size], shards / f"{number:04d}.csv")


def _file_size(folder: Path, picture: object) -> int:
    """Size in bytes, or -1 where there is no such file below the folder."""
    if not isinstance(picture, str) or "\0" in picture:
        return -1
    path = PurePosixPath(picture)
    if path.is_absolute() or ".." in path.parts:
        return -1
    try:
        return (folder / path).stat().st_size
    except OSError:
        return -1


def _row(mask: pd.Series) -> int:
    return int(np.flatnonzero(mask.to_numpy())[0]) + 1


def _require(source: pd.DataFrame, column: str | None, key: str) -> None:
    if column is None or column not in source:
        raise ViewcastError(
            f"The photos table has no column {column!r}, which should hold `{key}`. Name the right one as "
            f"corpus.columns.{key}; the table has: {', '.join(map(str, source.columns))}."
        )


def _text(source: pd.DataFrame, columns: Mapping[str, str | None], key: str, default: object) -> object:
    column = columns[key]
    if column is None or column not in source:
        return default
    values = source[column]
    return values.astype("string").astype(object).where(values.notna(), None)


def _number(source: pd.DataFrame, columns: Mapping[str, str | None], key: str) -> pd.Series:
    column = columns[key]
    if column is None or column not in source:
        return pd.Series(math.nan, index=source.index)
    values = source[column]
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    wrong = values.notna() & numbers.isna()
    if wrong.any():
        logger.warning(
            "column %s: %d values are no numbers and count as missing (first: %r in row %d)",
            column, int(wrong.sum()), values[wrong].iloc[0], _row(wrong),
        )  # fmt: skip
    return numbers


def _time(source: pd.DataFrame, columns: Mapping[str, str | None], key: str) -> pd.Series:
    """UTC times from ISO 8601 texts, times, or seconds since 1970; NaT where there is none."""
    column = columns[key]
    if column is None or column not in source:
        return pd.Series(pd.NaT, index=source.index, dtype="datetime64[us, UTC]")
    values = source[column]
    if pd.api.types.is_numeric_dtype(values):
        seconds = pd.to_numeric(values, errors="coerce").astype(float)
        # Outside years 1 to 9999 there is no such time; such a value counts as missing.
        seconds = seconds.where(seconds.between(-6.2e10, 2.5e11))
        times = pd.to_datetime(seconds, unit="s", utc=True, errors="coerce")
    else:
        times = pd.to_datetime(values, utc=True, errors="coerce", format="ISO8601")
    wrong = values.notna() & times.isna()
    if wrong.any():
        logger.warning(
            "column %s: %d values are no times and count as missing (first: %r in row %d)",
            column, int(wrong.sum()), values[wrong].iloc[0], _row(wrong),
        )  # fmt: skip
    return times.astype("datetime64[us, UTC]")


def _days(source: pd.DataFrame, columns: Mapping[str, str | None], photos: pd.DataFrame) -> pd.Series:
    if columns["days"] is not None:
        _require(source, columns["days"], "days")
        return _number(source, columns, "days")
    # 1970 and the like are how sources write "unknown".
    uploaded = photos["uploaded_at"].where(photos["uploaded_at"] >= pd.Timestamp("2000-01-01", tz="UTC"))
    return (photos["crawled_at"] - uploaded).dt.total_seconds() / SECONDS_PER_DAY


def _tags(source: pd.DataFrame, columns: Mapping[str, str | None]) -> pd.Series:
    column = columns["tags"]
    if column is None or column not in source:
        return pd.Series([None] * len(source), index=source.index, dtype=object)

    def split(value: object) -> list[str] | None:
        if isinstance(value, list | tuple | np.ndarray):
            return [str(tag) for tag in value]
        return None if pd.isna(value) else str(value).split()

    return source[column].map(split).astype(object)
