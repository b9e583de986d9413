"""Times as people write them, all in one column if need be: value by value to UTC."""

from __future__ import annotations

import numpy as np
import pandas as pd

from viewcast.errors import ViewcastError
from viewcast.tables.report import ColumnReport
from viewcast.tables.values import WORDS, as_text

TYPE = "datetime64[us, UTC]"
#: Before it there were no photographs; sources write such times for "unknown".
EARLIEST = pd.Timestamp("1826-01-01", tz="UTC")
#: After it there are none yet; 9999-12-31 stands for "never".
LATEST = pd.Timestamp("2200-01-01", tz="UTC")
#: Fewer seconds since 1970 than this, in 1973, are years, days of a spreadsheet or other numbers.
FIRST_SECONDS = 1e8
#: Seconds, milliseconds, microseconds and nanoseconds since 1970 up to the year 5138.
_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))


def times(values: pd.Series, report: ColumnReport, first_row: int) -> pd.Series:
    """UTC times, NaT where there is none.

    Read are: times; seconds, milliseconds, microseconds or nanoseconds since 1970; ISO 8601 with or without a zone
    (then UTC), also with ``UTC`` behind it; 20140131; and dates with slashes, points or a month's name. Times before
    photography (0001-01-01, negative seconds) are impossible, and missing.

    :raises ViewcastError: it cannot be told whether 03/04/2014 is in March or in April.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        text, missing = values, values.isna().to_numpy()
        found = pd.to_datetime(values, utc=True).astype(TYPE)
    else:
        text = as_text(values)
        missing = (text.isna() | text.astype("string").str.lower().isin(WORDS)).to_numpy(dtype=bool)
        found = pd.Series(pd.NaT, index=values.index, dtype=TYPE)
        if not missing.all():
            found[~missing] = _written(text[~missing].astype(str), report, first_row)
    impossible = ((found < EARLIEST) | (found > LATEST)).to_numpy() & ~missing
    if not pd.api.types.is_datetime64_any_dtype(values):
        early = text.astype("string").str.fullmatch(
            r"-[0-9.]+|0(?:\.0*)?|0000-.*|[+-]?[0-9]{21,}(?:\.0*)?|[+-]?[0-9.]*[eE]\+?[0-9]+"
        )
        impossible |= early.fillna(False).to_numpy(dtype=bool) & ~missing
    rejected = ~missing & ~impossible & found.isna().to_numpy()
    report.count(text.to_numpy(dtype=object), missing, impossible, rejected, first_row)
    return found.where(~impossible)


def _written(text: pd.Series, report: ColumnReport, first_row: int) -> pd.Series:
    found = pd.Series(pd.NaT, index=text.index, dtype=TYPE)
    number = text.str.fullmatch(r"[0-9]+(?:\.[0-9]*)?")
    day = text.str.fullmatch(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
    if day.any():
        found[day] = pd.to_datetime(text[day], format="%Y%m%d", utc=True, errors="coerce").astype(TYPE)
    clock = text.str.fullmatch(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{6}")
    if clock.any():
        found[clock] = pd.to_datetime(text[clock], format="%Y%m%d%H%M%S", utc=True, errors="coerce").astype(TYPE)
    day |= clock
    if (number & ~day).any():
        found[number & ~day] = _since_1970(pd.to_numeric(text[number & ~day]))
    rest = (
        text[~number]
        .str.replace(r"\s*(?:UTC|GMT|Z)$", "+00:00", regex=True)
        .str.replace(r"^(\d{4})/(\d+)/(\d+)", r"\1-\2-\3", regex=True)
    )
    if rest.empty:
        return found
    iso = pd.to_datetime(rest, format="ISO8601", utc=True, errors="coerce").astype(TYPE)
    found[rest.index] = iso
    left = rest[iso.isna()]
    slashed = left.str.extract(r"^(?P<first>\d{1,2})[/.-](?P<second>\d{1,2})[/.-](?P<year>\d{4})(?P<time>.*)$")
    given = slashed["first"].notna()
    if given.any():
        found[left[given].index] = _slashed(slashed[given], left[given], report, first_row)
    named = left[~given & left.str.contains(r"[A-Za-z]{3}") & left.str.contains(r"\d")]
    if len(named):
        found[named.index] = pd.to_datetime(named, format="mixed", utc=True, errors="coerce").astype(TYPE)
    return found


def _since_1970(number: pd.Series) -> pd.Series:
    seconds = number.astype(float).to_numpy()
    seconds = np.where(seconds < FIRST_SECONDS, np.nan, seconds)
    scale = np.select([np.abs(seconds) < limit for limit, _ in _UNITS], [unit for _, unit in _UNITS], np.nan)
    moment = pd.to_datetime(pd.Series(seconds / scale, index=number.index), unit="s", utc=True, errors="coerce")
    return moment.astype(TYPE)


def _slashed(parts: pd.DataFrame, text: pd.Series, report: ColumnReport, first_row: int) -> pd.Series:
    first, second = parts["first"].astype(int), parts["second"].astype(int)
    day_first, month_first = (first > 12).any(), (second > 12).any()
    if day_first == month_first:
        row = int(text.index[0]) + first_row
        raise ViewcastError(
            f"The column {report.column} ({report.key}) holds {text.iloc[0]!r} in row {row}, and it cannot be told "
            "which is the day and which the month. Write dates as 2014-01-31."
        )
    day, month = (first, second) if day_first else (second, first)
    report.remark = "the day comes first" if day_first else "the month comes first"
    written = parts["year"] + "-" + month.astype(str).str.zfill(2) + "-" + day.astype(str).str.zfill(2) + parts["time"]
    return pd.to_datetime(written, format="mixed", utc=True, errors="coerce").astype(TYPE)
