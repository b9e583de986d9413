"""From a source's tables to the two tables of the contract (docs/architecture.md)."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from viewcast.corpus.target import COUNTED, RELATIVE, SECONDS_PER_DAY, favour, popularity
from viewcast.errors import ViewcastError
from viewcast.tables.recognise import bare
from viewcast.tables.report import ColumnReport
from viewcast.tables.rows import Rows
from viewcast.tables.times import TYPE, times
from viewcast.tables.values import counts, identifiers, numbers, tags, texts, truths

logger = logging.getLogger(__name__)

#: Columns of users.parquet that hold numbers; `member_since` is a time.
USER_NUMBERS = (
    "mean_views", "mean_views_photos", "photo_count", "contacts", "groups", "groups_admin", "groups_invite_only",
    "group_members", "is_pro",
)  # fmt: skip
#: Those that are whole.
_USER_COUNTS = ("mean_views_photos", "photo_count", "contacts", "groups", "groups_admin", "groups_invite_only")


#: Columns of photos.parquet that Viewcast computes.
RESERVED = frozenset({"status", "days", "popularity", "doubt"})


_HOW_TIMES = " Times are written for instance as 2014-01-31 10:02:03, or as seconds since 1970 (docs/tables.md)."


class Columns:
    """The named columns of a source's table, converted one by one, with a report of each.

    :param table: ``photos`` or ``users``, for messages.
    :param source: of ``tables.reading.read_table``, or any frame.
    :param names: key -> name of the column, or None.
    :param empty_columns: may a column be there and hold nothing? If not, that is an error.
    """

    def __init__(
        self, table: str, source: pd.DataFrame, names: Mapping[str, str | None], *, empty_columns: bool = False
    ) -> None:
        self.table, self.source, self.names, self.empty_columns = table, source, names, empty_columns
        self.rows: Rows = source.attrs.get("rows") or Rows.after_header(len(source))
        self.reports: list[ColumnReport] = []
        for key, name in names.items():
            if name not in (None, key):  # a name that the user gave: the defaults are the keys
                self.require(key)
            elif name is not None and name not in source:
                near = [str(column) for column in source.columns if bare(str(column)) == bare(name)]
                if near:
                    raise ViewcastError(
                        f"The {table} table has no column {name!r}, but one that is called {near[0]!r}. If it is the "
                        f"same, name it as {self.key_of(key)}; if not, set that to null."
                    )

    def has(self, key: str) -> bool:
        """Is there such a column?

        :raises ViewcastError: there are two.
        """
        if self.names[key] in self.source.attrs.get("twice", ()):
            raise ViewcastError(
                f"The header of the {self.table} table names the column {self.names[key]!r} twice, and it should hold "
                f"`{key}`. Give each column a name of its own."
            )
        return self.names[key] is not None and self.names[key] in self.source

    def require(self, key: str) -> None:
        """:raises ViewcastError: there is no such column."""
        if not self.has(key):
            raise ViewcastError(
                f"The {self.table} table has no column {self.names[key]!r}, which should hold `{key}`. Name the right "
                f"one as {self.key_of(key)}; the table has: {', '.join(map(str, self.source.columns))}."
            )

    def convert(
        self, key: str, converter: Callable[..., pd.Series], missing: object = math.nan, **options: Any
    ) -> pd.Series:
        """The column ``key`` by one of the converters of :mod:`viewcast.tables`; ``missing`` throughout without one."""
        if not self.has(key):
            return pd.Series([missing] * len(self.source), index=self.source.index)
        report = ColumnReport(key, str(self.names[key]), self.rows)
        found = converter(self.source[self.names[key]], report, **options)
        report.say(f"{self.table} table")
        self.reports.append(report)
        if not report.read and report.rejected:
            shown = ", ".join(report.examples) + (f" ({report.remark})" if report.remark else "")
            raise ViewcastError(
                f"No value of the column {report.column} of the {self.table} table can be read as `{key}`: {shown}. Is "
                f"it the right column?{_HOW_TIMES if converter is times else ''}"
            )
        if not report.read and not self.empty_columns:
            remedy = (
                "Without views there must be another target (corpus.columns.target)."
                if key == "views"
                else f"If there is no such thing, set {self.key_of(key)} to null. To let every empty column pass, set "
                "corpus.empty_columns to true."
            )
            raise ViewcastError(
                f"The column {report.column} of the {self.table} table, which should hold `{key}`, is empty: "
                f"{report.missing} values are missing and {report.impossible} impossible. {remedy}"
            )
        return found

    def key_of(self, key: str) -> str:
        """The key of the configuration that names the column."""
        return f"corpus.{'columns' if self.table == 'photos' else 'user_columns'}.{key}"

    def row(self, mask: pd.Series | np.ndarray) -> str:
        """What a spreadsheet calls the first row at which ``mask`` holds: ``row 12``."""
        return self.rows.name(int(np.flatnonzero(np.asarray(mask))[0]))


def make_photos(
    source: pd.DataFrame,
    columns: Mapping[str, str | None],
    *,
    definition: str = "log2_rate_plus_one",
    min_days: float = 1.0,
    also: Sequence[str] = (),
    extra: Sequence[str] = (),
    day_first: bool | None = None,
    empty_columns: bool = True,
) -> pd.DataFrame:
    """The photos table of the contract, in the order of the source.

    :param source: the source's table.
    :param columns: which column holds what: the keys of ``config.PhotoColumns``.
    :param extra: further columns that hold numbers (``social.extra_cues``).
    :param day_first: of dates such as 03/04/2014; None: the column shows it.
    :param empty_columns: as for :class:`Columns`.
    :returns: one row per photo. ``status`` is ``ok``, or why the photo has no target: ``no_views``,
        ``negative_views``, ``no_upload_time``, ``upload_after_crawl``, ``no_target``; its ``popularity`` is
        then NaN. ``days`` on line stands beside it, and so does ``popularity_<definition>`` for every other reading in
        ``also`` but the one relative to the user's average, which each split makes; it is NaN also where the faves,
        comments or views that it needs are not known. Columns that the configuration does not name are kept as they
        are. ``attrs["reports"]`` holds a :class:`ColumnReport` of each named column.
    :raises ViewcastError: a column is missing or cannot be read, an id is missing or double, or the table is empty.
    """
    if source.empty:
        raise ViewcastError("The photos table is empty: it has no row. Is corpus.photos the right file?")
    read = Columns("photos", source, columns, empty_columns=empty_columns)
    read.require("photo_id")
    if columns["target"] is None and columns["views"] is None:
        raise ViewcastError("Neither corpus.columns.views nor corpus.columns.target names a column: one of them must.")
    read.require("views" if columns["target"] is None else "target")
    for needed in dict.fromkeys(column for one in also for column in COUNTED.get(one, ())):
        if not read.has(needed):
            raise ViewcastError(
                f"corpus.popularity.also asks for {', '.join(one for one in also if needed in COUNTED.get(one, ()))}, "
                f"and the photos table has no column of {needed}: name it as corpus.columns.{needed}, or ask for less. "
                f"The table has: {', '.join(map(str, source.columns))}."
            )

    photo_id = read.convert("photo_id", identifiers)
    if photo_id.isna().any():
        raise ViewcastError(
            f"The photos table has no photo_id in {read.row(photo_id.isna())} (column {columns['photo_id']}; rows "
            "are counted as a spreadsheet does). Give every photo its own id, or drop that row."
        )
    double = photo_id.duplicated()
    if double.any():
        raise ViewcastError(
            f"The photos table names the photo {photo_id[double].iloc[0]!r} twice (again in {read.row(double)}; "
            f"{int(double.sum())} such rows in all). Ids must be unique: drop the duplicates."
        )
    photos = pd.DataFrame({"photo_id": photo_id})
    photos["user_id"] = read.convert("user_id", identifiers) if read.has("user_id") else photo_id
    if photos["user_id"].isna().any():
        raise ViewcastError(
            f"The photos table has no user_id in {read.row(photos['user_id'].isna())}. Fill it in, or set "
            "corpus.columns.user_id to null, and every photo counts as its own user's."
        )
    photos["picture"] = read.convert("picture", texts) if read.has("picture") else photo_id + ".jpg"
    for key in ("title", "description"):
        photos[key] = read.convert(key, texts, None)
    photos["tags"] = read.convert("tags", tags, None)
    views = read.convert("views", counts, signed=True)
    photos["views"] = views.astype("Int64")
    for key in ("faves", "comments"):
        photos[key] = read.convert(key, counts).astype("Int64")
    for key in ("uploaded_at", "crawled_at"):
        photos[key] = pd.to_datetime(read.convert(key, times, pd.NaT, day_first=day_first), utc=True).astype(TYPE)
    if read.has("in_mean_views"):
        known = read.convert("in_mean_views", truths)
        photos["in_mean_views"] = known.map({1.0: True, 0.0: False}).astype("boolean")

    if columns["target"] is not None:
        photos["popularity"] = read.convert("target", numbers, signed=True)
        photos["status"] = np.where(photos["popularity"].notna(), "ok", "no_target")
    else:
        days = _days(read, photos)
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
        of_views = [("popularity", definition), *((f"popularity_{one}", one) for one in also)]
        for name, reading in of_views:
            if reading not in COUNTED and reading != RELATIVE:
                photos[name] = np.where(usable, popularity(*known, reading, min_days=min_days), np.nan)
    counted = [photos[key].to_numpy(dtype=float, na_value=np.nan) for key in ("faves", "comments", "views")]
    for one in also:
        if one in COUNTED:
            photos[f"popularity_{one}"] = np.where(photos["status"] == "ok", favour(one, *counted), np.nan)
    named = {column for column in columns.values() if column is not None}
    others = {name: name for name in extra if name in source and name not in named}
    cues = Columns("photos", source, others, empty_columns=empty_columns)
    for column in source.columns:
        if column in others:
            photos[column] = cues.convert(column, numbers, signed=True)
        elif column not in named:
            name = str(column)
            if name in photos or name in RESERVED:
                name = f"source_{name}"
                logger.warning(
                    "photos table: its own column %s is kept as %s, because Viewcast writes one of that name",
                    column,
                    name,
                )
            photos[name] = source[column]
    photos = photos.reset_index(drop=True)
    photos.attrs["reports"] = read.reports + cues.reports
    return photos


def make_users(
    source: pd.DataFrame | None,
    columns: Mapping[str, str | None],
    user_ids: pd.Series,
    *,
    mean_views_unit: str = "popularity",
    day_first: bool | None = None,
    empty_columns: bool = True,
) -> pd.DataFrame:
    """The users table of the contract: one row for each user of the photos, in order of the name.

    :param source: the source's table, or None.
    :param user_ids: the photos' users. Users without a row get one with nulls; others are left out.
    :param day_first, empty_columns: as for :func:`make_photos`.
    :param mean_views_unit: a mean of popularities may be negative, other means may not.
    :returns: ``attrs["reports"]`` holds a :class:`ColumnReport` of each named column, ``attrs["matched"]`` how many
        users have a row in the source.
    :raises ViewcastError: the column of the user is missing, or two rows of a user differ.
    """
    users = pd.DataFrame({"user_id": sorted(user_ids.unique())})
    if source is None:
        users = users.assign(**dict.fromkeys(USER_NUMBERS, math.nan))
        users["member_since"] = pd.Series(pd.NaT, index=users.index, dtype=TYPE)
        users.attrs = {"reports": [], "matched": 0}
        return users
    read = Columns("users", source, columns, empty_columns=empty_columns)
    read.require("user_id")
    table = pd.DataFrame({"user_id": read.convert("user_id", identifiers)})
    for key in USER_NUMBERS:
        if key in _USER_COUNTS:
            table[key] = read.convert(key, counts)
        elif key == "is_pro":
            table[key] = read.convert(key, truths)
        else:
            table[key] = read.convert(key, numbers, signed=key == "mean_views" and mean_views_unit == "popularity")
    table["member_since"] = pd.to_datetime(
        read.convert("member_since", times, pd.NaT, day_first=day_first), utc=True
    ).astype(TYPE)
    if table["user_id"].isna().any():
        raise ViewcastError(
            f"The users table has no user in {read.row(table['user_id'].isna())} (column {columns['user_id']}). "
            "Fill it in, or drop that row."
        )
    double = table["user_id"].duplicated() & ~table.duplicated()
    if double.any():
        raise ViewcastError(
            f"The users table names {table['user_id'][double].iloc[0]!r} twice (again in {read.row(double)}), with "
            "other values: give each user one row."
        )
    table = table.drop_duplicates("user_id").set_index("user_id")
    matched = int(users["user_id"].isin(table.index).sum())
    users = table.reindex(users["user_id"]).reset_index()
    users.attrs = {"reports": read.reports, "matched": matched}
    return users


def _days(read: Columns, photos: pd.DataFrame) -> pd.Series:
    if read.names["days"] is not None:
        read.require("days")
        return read.convert("days", numbers, signed=True)
    # 1970 and the like are how sources write "unknown".
    uploaded = photos["uploaded_at"].where(photos["uploaded_at"] >= pd.Timestamp("2000-01-01", tz="UTC"))
    return (photos["crawled_at"] - uploaded).dt.total_seconds() / SECONDS_PER_DAY
