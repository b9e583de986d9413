"""What importers share: reading hostile files as they are, and writing the tables of the contract."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from viewcast.corpus.photos import USER_NUMBERS
from viewcast.errors import ViewcastError
from viewcast.flickr.fields import text
from viewcast.store.atomic import write_text
from viewcast.store.frames import write_parquet
from viewcast.tables.files import not_encoded
from viewcast.tables.reading import read_table
from viewcast.tables.report import ColumnReport
from viewcast.tables.rows import Rows
from viewcast.tables.times import TYPE, times
from viewcast.tables.values import counts, numbers, truths

PHOTO_TEXT = ("photo_id", "user_id", "picture", "title", "description")
PHOTO_TIMES = ("uploaded_at", "crawled_at")
PHOTO_COUNTS = ("faves", "comments")
CONTRACT = frozenset({*PHOTO_TEXT, *PHOTO_TIMES, "views", *PHOTO_COUNTS, "tags", *USER_NUMBERS, "member_since"})
#: More views than this share that cannot be read stop an import: popular photos are not missing at random.
MAX_REJECTED_VIEWS = 0.01


@dataclass
class Imported:
    """The tables of a data set, in the columns of the contract, and what the configuration must say of it.

    ``settings`` goes into the section ``corpus`` of the written configuration. A column that the data set
    lacks is null.
    """

    photos: pd.DataFrame
    users: pd.DataFrame | None = None
    views_log: pd.DataFrame | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    def write(self, target: Path, pictures: Path) -> None:
        """Write the tables and a configuration that names them and the folder of the pictures."""
        settings: dict[str, Any] = {"source": "table", "photos": str(target / "photos.parquet")}
        photos = complete_photos(self.photos)
        write_parquet(photos, target / "photos.parquet")
        if self.users is not None:
            users = complete_users(self.users)
            write_parquet(users, target / "users.parquet")
            settings["users"] = str(target / "users.parquet")
            settings["user_columns"] = _empty(users)
        if self.views_log is not None:
            write_parquet(self.views_log, target / "views_log.parquet")
            settings["views_log"] = str(target / "views_log.parquet")
        settings |= {"pictures": str(pictures)} | self.settings
        settings["columns"] = _empty(photos) | self.settings.get("columns", {})
        whole = {
            "corpus": settings,
            "pictures": {"shard_size": 1000},
            "dictionary": {"photos": 500, "descriptors": 500_000},
        }
        write_text(target / "corpus.yaml", yaml.safe_dump(whole, sort_keys=False))


def _empty(table: pd.DataFrame) -> dict[str, None]:
    """The contract's columns that hold nothing: a configuration says so, since an empty column stops a run."""
    # Without views there is nothing to forecast, which the run should say.
    return {name: None for name in table if name in CONTRACT - {"views"} and table[name].isna().all()}


def complete_photos(photos: pd.DataFrame) -> pd.DataFrame:
    """``photos`` with every column of the contract, in its order and types; further columns come last.

    :raises ViewcastError: there is no photo, or one without an id.
    """
    if photos.empty or (photos["photo_id"].isna() | (photos["photo_id"] == "")).any():
        raise ViewcastError("The data set has no photos, or photos without an id. Are these the right files?")
    result = pd.DataFrame(index=range(len(photos)))
    photos = photos.reset_index(drop=True)
    for name in PHOTO_TEXT:
        result[name] = _column(photos, name).map(text, na_action="ignore").astype("string")
    result["views"] = whole_numbers(_column(photos, "views"), "views", most=MAX_REJECTED_VIEWS)
    for name in PHOTO_COUNTS:
        result[name] = whole_numbers(_column(photos, name), name)
    for name in PHOTO_TIMES:
        result[name] = moments(_column(photos, name), name)
    result["tags"] = _column(photos, "tags")
    for name in photos.columns.difference(result.columns, sort=False):
        result[name] = photos[name]
    order = ["photo_id", "user_id", "picture", "views", *PHOTO_COUNTS, *PHOTO_TIMES, "title", "description", "tags"]
    return result[order + [name for name in result if name not in order]]


def complete_users(users: pd.DataFrame) -> pd.DataFrame:
    """``users`` with every column of the contract; the first row of a user counts."""
    users = users.drop_duplicates("user_id").reset_index(drop=True)
    result = pd.DataFrame({"user_id": users["user_id"].map(text).astype("string")})
    for name in USER_NUMBERS:
        result[name] = _converted(
            _column(users, name),
            name,
            truths if name == "is_pro" else numbers,
            **({} if name == "is_pro" else {"signed": name == "mean_views"}),
        )
    result["member_since"] = moments(_column(users, "member_since"), "member_since")
    return result


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name] if name in frame else pd.Series([None] * len(frame), dtype=object)


def whole_numbers(values: pd.Series, name: str = "counts", most: float = 1.0) -> pd.Series:
    """Whole numbers, negative ones too; null for anything else, which is counted in the log.

    :raises ViewcastError: there are more such values than the share ``most``.
    """
    return _converted(values, name, counts, most, signed=True).astype("Int64")


def decimal_numbers(values: pd.Series, name: str, most: float = 1.0) -> pd.Series:
    """Likewise numbers of any kind, as float64."""
    return _converted(values, name, numbers, most, signed=True)


def moments(values: pd.Series, name: str = "times") -> pd.Series:
    """UTC times from whatever :func:`viewcast.tables.times.times` reads; null for others, which are counted."""
    return pd.to_datetime(_converted(values, name, times), utc=True).astype(TYPE)


def _converted(
    values: pd.Series, name: str, converter: Callable[..., pd.Series], most: float = 1.0, **options: bool
) -> pd.Series:
    report = ColumnReport(name, name, values.attrs.get("rows") or Rows.after_header(len(values)))
    found = converter(values.reset_index(drop=True), report, **options)
    if report.rejected or report.impossible:
        report.say("the data set")
    if report.rejected > most * len(values):
        raise ViewcastError(
            f"{report.rejected} of {len(values)} values of {name} cannot be read: {', '.join(report.examples)}. That "
            f"is more than a share of {most:g}, and these photos would not be missing at random. Mend the column."
        )
    return found.set_axis(values.index)


def find_file(folder: Path, *patterns: str) -> Path | None:
    """The one file below ``folder`` that matches a pattern, the first pattern with a match deciding.

    :raises ViewcastError: several match it.
    """
    for pattern in patterns:
        found = sorted(path for path in folder.rglob(pattern) if path.is_file())
        if len(found) > 1:
            raise ViewcastError(f"{folder} holds several files {pattern}: {', '.join(map(str, found[:3]))}.")
        if found:
            return found[0]
    return None


def need_file(folder: Path, *patterns: str) -> Path:
    """Like :func:`find_file`, but the file must be there."""
    found = find_file(folder, *patterns)
    if found is None:
        raise ViewcastError(
            f"{folder} has no file {' or '.join(patterns)}. docs/datasets.md says how the data set is laid out."
        )
    return found


def read_csv(path: Path, encoding: str | None = None) -> pd.DataFrame:
    """A table by :func:`viewcast.tables.reading.read_table`, whose cells may hold lists and other objects from here on.

    A text that fills a line may look like rows here: published tables were read by others before.
    """
    table = read_table(path, encoding=encoding, rows_in_fields=True)
    objects = table.astype(object).where(table.notna(), None)
    objects.attrs = table.attrs
    return objects


def read_lines(path: Path, encoding: str | None = None) -> list[str]:
    """The lines of a text file, without blanks at their ends and empty ones at the end.

    :raises ViewcastError: it is no text in this encoding.
    """
    try:
        return [line.strip() for line in path.read_text(encoding=encoding or "utf-8-sig").rstrip().splitlines()]
    except UnicodeDecodeError as error:
        raise not_encoded(path, encoding, error) from None


def read_json_table(path: Path) -> pd.DataFrame:
    """A table written by ``DataFrame.to_json``: a list of rows, or columns of numbered values.

    :raises ViewcastError: it is something else.
    """
    try:
        data = json.loads(path.read_bytes().decode("utf-8", "surrogateescape"), strict=False)
    except ValueError as error:
        raise ViewcastError(f"{path} is no JSON ({error}). Is it whole?") from None
    if isinstance(data, dict):
        data = {name: list(values.values()) if isinstance(values, dict) else values for name, values in data.items()}
    try:
        return pd.DataFrame(data, dtype=object)
    except (ValueError, TypeError) as error:
        raise ViewcastError(f"{path} holds no table ({error}).") from None


def require(frame: pd.DataFrame, path: Path, names: Sequence[str]) -> None:
    """:raises ViewcastError: ``frame`` lacks one of these columns."""
    missing = [name for name in names if name not in frame]
    if missing:
        raise ViewcastError(f"{path} has no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}.")


def listed_tags(value: object) -> list[str]:
    """Tags as a list, written as a Python list (``['a b', 'c']``), or separated by blanks; none for null."""
    if isinstance(value, list | tuple | np.ndarray):
        return [text(tag) for tag in value]
    if pd.isna(value):
        return []
    written = text(value).strip()
    if written.startswith("["):
        try:
            return [text(tag) for tag in ast.literal_eval(written)]
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            pass
    return written.split()
