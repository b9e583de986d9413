"""Times as people write them, all in one column if need be: value by value to UTC."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from viewcast.errors import ViewcastError
from viewcast.tables.report import ColumnReport
from viewcast.tables.values import as_text, is_missing

TYPE = "datetime64[us, UTC]"
#: Before it there were no photographs; sources write such times for "unknown".
EARLIEST = pd.Timestamp("1826-01-01", tz="UTC")
#: After it there are none yet; 9999-12-31 stands for "never".
LATEST = pd.Timestamp("2200-01-01", tz="UTC")
#: Fewer seconds since 1970 than this, in 1973, are years, days of a spreadsheet or other numbers.
FIRST_SECONDS = 1e8
#: Numbers that a spreadsheet writes for the days from 1982 to 2064.
_SPREADSHEET_DAYS = (30_000, 60_000)
#: Seconds, milliseconds, microseconds and nanoseconds since 1970 up to the year 5138.
_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))


def times(values: pd.Series, report: ColumnReport, *, day_first: bool | None = None) -> pd.Series:
    """UTC times, NaT where there is none.

    Read are: times; seconds, milliseconds, microseconds or nanoseconds since 1970; ISO 8601 with or without a zone
    (then UTC), also with ``UTC`` behind it; 20140131; and dates with slashes, points or a month's name. Times before
    photography (0001-01-01, negative seconds) are impossible, and missing.

    :param day_first: is 03/04/2014 in April? None: the column's other dates show it.
    :raises ViewcastError: they do not, or a spreadsheet has rounded the seconds.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        text, missing = values, values.isna().to_numpy()
        found = pd.to_datetime(values, utc=True).astype(TYPE)
        impossible = np.zeros(len(values), dtype=bool)
    else:
        text = as_text(values)
        missing = is_missing(text)
        impossible = np.zeros(len(values), dtype=bool)
        found = pd.Series(pd.NaT, index=values.index, dtype=TYPE)
        if not missing.all():
            known = text[~missing].astype(str).str.replace("\u2212", "-")  # the typographic minus
            found[~missing], impossible[~missing] = _written(known, report, day_first)
    impossible |= ((found < EARLIEST) | (found > LATEST)).to_numpy() & ~missing
    rejected = ~missing & ~impossible & found.isna().to_numpy()
    report.count(text.to_numpy(dtype=object), missing, impossible, rejected)
    return found.where(~impossible)


def _written(text: pd.Series, report: ColumnReport, day_first: bool | None) -> tuple[pd.Series, np.ndarray]:
    """The times, and which of the values stand for none."""
    found = pd.Series(pd.NaT, index=text.index, dtype=TYPE)
    impossible = text.str.startswith("0000-").to_numpy(dtype=bool).copy()
    number = text.str.fullmatch(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE]\+?[0-9]+)?|[+-]?inf(?:inity)?", case=False)
    date = r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    for pattern, how in ((date, "%Y%m%d"), (date + r"[0-9]{6}", "%Y%m%d%H%M%S")):
        packed = text.str.fullmatch(pattern)
        found[packed] = pd.to_datetime(text[packed], format=how, utc=True, errors="coerce").astype(TYPE)
        number &= ~packed
    if number.any():
        _check_rounded(text[number], report)
        size = pd.to_numeric(text[number])
        impossible[number.to_numpy(dtype=bool)] = (size <= 0) | (size >= _UNITS[-1][0])
        found[number] = _since_1970(size)
        if size.between(*_SPREADSHEET_DAYS).any():
            report.remark = (
                "numbers such as 41640 look like a spreadsheet's days: format the column as a date there, as "
                "2014-01-31, and export it again"
            )
    rest = text[~number & found.isna()]
    rest = rest.str.replace(r"^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s+", "", regex=True)
    rest = rest.str.replace(r"\s*\([^()]*\)$", "", regex=True)  # the zone's name, behind its offset
    rest = rest.str.replace(r"\s*(?:UTC|GMT)\s*([+-]\d{1,2})(?::?(\d{2}))?$", _offset, regex=True)
    rest = rest.str.replace(r"\s*(?:UTC|GMT|Z)$", "+00:00", regex=True)
    rest = rest.str.replace(r"^(\d{4})[/:](\d+)[/:](\d+)", r"\1-\2-\3", regex=True)
    if rest.empty:
        return found, impossible
    spoken = rest.str.contains("now|today", case=False)  # pandas would take the time of the run
    iso = pd.to_datetime(rest.mask(spoken), format="ISO8601", utc=True, errors="coerce").astype(TYPE)
    found[rest.index] = iso
    left = rest[iso.isna()]
    slashed = left.str.extract(r"^(?P<first>\d{1,2})[/.-](?P<second>\d{1,2})[/.-](?P<year>\d{4})(?P<time>.*)$")
    given = slashed["first"].notna()
    if given.any():
        found[left[given].index] = _slashed(slashed[given], left[given], report, day_first)
    months = r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    # With two digits it cannot be told which number is the year.
    named = left[~given & left.str.contains(months, case=False) & left.str.contains(r"\b(?:18|19|20)\d{2}\b")]
    if len(named):
        found[named.index] = pd.to_datetime(named, format="mixed", utc=True, errors="coerce").astype(TYPE)
    return found, impossible


def _offset(match: re.Match[str]) -> str:
    hours = match[1]
    return f"{hours[0]}{hours[1:]:0>2}:{match[2] or '00'}"


def _check_rounded(text: pd.Series, report: ColumnReport) -> None:
    """:raises ViewcastError: 1.38853E+09 is not a second, but three hours."""
    parts = text.str.extract(r"^[+-]?[0-9]\.?(?P<digits>[0-9]*)[eE]\+(?P<power>[0-9]{1,2})$")
    lost = parts["digits"].str.len() < parts["power"].astype(float).where(lambda power: power < 20)
    if lost.any():
        shown = report.show(text, text.index.to_numpy()[lost])
        raise ViewcastError(
            f"The column {report.column} ({report.key}) holds {', '.join(shown)}: a spreadsheet has rounded the times, "
            "and their last digits are lost. Export the column as text."
        )


def _since_1970(number: pd.Series) -> pd.Series:
    seconds = number.astype(float).to_numpy()
    seconds = np.where(seconds < FIRST_SECONDS, np.nan, seconds)
    scale = np.select([np.abs(seconds) < limit for limit, _ in _UNITS], [unit for _, unit in _UNITS], np.nan)
    moment = pd.to_datetime(pd.Series(seconds / scale, index=number.index), unit="s", utc=True, errors="coerce")
    return moment.astype(TYPE)


def _slashed(parts: pd.DataFrame, text: pd.Series, report: ColumnReport, day_first: bool | None) -> pd.Series:
    first, second = parts["first"].astype(int), parts["second"].astype(int)
    if day_first is None:
        day_first = bool((first > 12).any())
        if day_first == (second > 12).any():
            raise ViewcastError(
                f"The column {report.column} ({report.key}) holds {', '.join(report.show(text, text.index))}, and it "
                "cannot be told which is the day and which the month. Set corpus.day_first to true or false, or write "
                "dates as 2014-01-31."
            )
    day, month = (first, second) if day_first else (second, first)
    report.remark = "the day comes first" if day_first else "the month comes first"
    written = parts["year"] + "-" + month.astype(str).str.zfill(2) + "-" + day.astype(str).str.zfill(2) + parts["time"]
    return pd.to_datetime(written, format="mixed", utc=True, errors="coerce").astype(TYPE)
