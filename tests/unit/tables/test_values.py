"""Values as people write them: what each means, and what cannot be told apart."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewcast.errors import ViewcastError
from viewcast.tables.report import ColumnReport
from viewcast.tables.rows import Rows
from viewcast.tables.times import times
from viewcast.tables.values import counts, identifiers, numbers, tags, texts, truths


def convert(converter, values, **options):
    series = values if isinstance(values, pd.Series) else pd.Series(values, dtype=object)
    report = ColumnReport("views", "n", Rows.after_header(len(series)))
    found = converter(series, report, **options)
    total = report.read + report.missing + report.impossible + report.rejected
    assert total == len(series)
    known = found.notna()
    return [list(v) if converter is tags and k else v if k else None for v, k in zip(found, known, strict=True)], report


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", " 12 ", "1234.0", "1e3", None], [1, 12, 1234, 1000, None]),
        (["1", "1,234", "999", "12,345,678"], [1, 1234, 999, 12_345_678]),
        (["1.234", "1.234.567", "7"], [1234, 1_234_567, 7]),
        (["1'234", "7"], [1234, 7]),
        (["1,234", "1e3", "1,234.0"], [1234, 1000, 1234]),
        (["1 234,0", "12 345"], [1234, 12_345]),
        (["1.234,0", "12.345"], [1234, 12_345]),
        (["0.000", "5.000"], [0, 5]),
        (["\u22121", "\u200b7\ufeff"], [None, 7]),
        (pd.Series([1.234, 5.0, 1e3]), [None, 5, 1000]),
        (["1 234", "7"], [1234, 7]),
        (["1\u00a0234", "12\u202f345"], [1234, 12_345]),
        (["NA", "null", "None", "-", "5"], [None, None, None, None, 5]),
        (pd.Series([1, 2], dtype="int64"), [1, 2]),
        (pd.Series([1.0, np.nan]), [1, None]),
        (pd.Series(["1", "20"], dtype="category"), [1, 20]),
    ],
)
def test_counts(values, expected):
    assert convert(counts, values)[0] == expected


@pytest.mark.parametrize(
    "values",
    [
        ["1,234", "5678"],
        ["1.234", "12.345"],
        ["1,234", "1.234"],
        ["1,234", "12,34"],
        ["1,234", "1,5"],
        ["1.000", "2.000"],
    ],
)
def test_thousands_that_cannot_be_told_are_an_error_with_examples(values):
    with pytest.raises(ViewcastError, match=r"column n \(views\).*separates thousands .* in row 2"):
        convert(counts, values)


def test_sentinels_are_missing_and_counted_and_wrong_values_are_rejected_with_their_rows():
    found, report = convert(counts, ["-1", "5", "-999", "1e20", "inf", "many", "2.5"])
    assert found == [None, 5, None, None, None, None, None]
    assert (report.impossible, report.rejected, report.examples) == (4, 2, ["'many' in row 7", "'2.5' in row 8"])
    assert convert(counts, ["-1", "5"], signed=True)[0] == [-1, 5]


def test_numbers():
    assert convert(numbers, ["1.5", "-2", "x", None])[0] == [1.5, None, None, None]
    assert convert(numbers, ["1.5", "-2"], signed=True)[0] == [1.5, -2]
    assert convert(numbers, ["1,5", "2,25", "3"])[0] == [1.5, 2.25, 3]
    assert convert(numbers, ["1,234.5", "2,000.00", "7", "3,456"])[0] == [1234.5, 2000, 7, 3456]
    assert convert(numbers, ["1.234,5", "2,5", "7"])[0] == [1234.5, 2.5, 7]
    assert convert(numbers, ["1,234,567", "5"])[0] == [1_234_567, 5]
    assert convert(numbers, ["1,234", "0,5", "5678"])[0] == [1.234, 0.5, 5678]
    assert convert(numbers, ["1 234,5", "2"])[0] == [1234.5, 2]
    assert convert(numbers, ["1.234", "5.678"])[0] == [1.234, 5.678]
    for values in (
        ["1,234"],
        ["1,234", "5678"],
        ["1,5", "2.5"],
        ["1,234.5", "1.234,5"],
        ["1,234.5", "2,5"],
        ["1.234,5", "2.5"],
    ):
        with pytest.raises(ViewcastError, match="separates thousands and which decimals"):
            convert(numbers, values)


def test_truths():
    found, report = convert(truths, ["1", "true", "Yes", "T", "0", "False", "n", "0.0", "maybe", None])
    assert found == [1, 1, 1, 1, 0, 0, 0, 0, None, None] and report.rejected == 1
    assert convert(truths, pd.Series([True, False]))[0] == [1, 0]
    assert convert(truths, pd.Series([1.0, 2.0, 0.0]))[0] == [1, None, 0]


def test_names_keep_their_zeros_and_lose_only_a_point_zero_that_all_have():
    assert convert(identifiers, ["007", " 8 ", "NA", None])[0] == ["007", "8", "NA", None]
    assert convert(identifiers, ["1001.0", "1002"])[0] == ["1001", "1002"]
    assert convert(identifiers, ["1001.0", "x"])[0] == ["1001.0", "x"]
    assert convert(identifiers, pd.Series([53_901_234_500.0, np.nan]))[0] == ["53901234500", None]
    assert convert(identifiers, ["1e5", "2", "\u200b3 "])[0] == ["1e5", "2", "3"]
    for values in (
        ["5.39012E+10", "7"], ["5.39012E+10", "a"], ["5E+10"], ["1,00000E+14", "2,00000E+14"],
        ["539012345678900000", "539012345678910000", "639012345678910000", "7"],
    ):  # fmt: skip
        with pytest.raises(ViewcastError, match="in row 2.*last digits are lost"):
            convert(identifiers, values)


def test_names_that_are_words_for_nothing_are_doubted_and_nested_ones_refused():
    found, report = convert(identifiers, ["NA", "u1", "NA"])
    assert found == ["NA", "u1", "NA"] and report.doubt == "2 are 'NA', which counts as a name like any other"
    with pytest.raises(ViewcastError, match="holds nested values: .* in row 3"):
        convert(identifiers, ["1", '{"a": 1}'])
    with pytest.raises(ViewcastError, match="holds nested values"):
        convert(texts, [None, {"a": "b", "c": "d"}])


@pytest.mark.parametrize(
    "written",
    [
        "{'cat', 'dog'}", "('cat', 'dog')", "array(['cat', 'dog'])", "array(['cat' 'dog'])", 'c("cat", "dog")',
        "{cat,dog}", '["cat", null, "dog"]', '[{"raw": "cat"}, {"raw": "dog"}]',
        '{"tag": [{"_content": "cat"}, {"_content": "dog"}]}', [{"raw": "cat"}, {"raw": "dog"}],
        np.array([b"cat", b"dog"], dtype=object),
    ],
)  # fmt: skip
def test_lists_of_other_languages_and_of_flickr(written):
    values = pd.Series([None, written], dtype=object)
    assert convert(tags, values)[0] == [None, ["cat", "dog"]]


def test_a_list_whose_middle_is_left_out_or_that_holds_no_texts_is_an_error():
    for written in ("['t0' 't1' ... 't9']", "[['a'], ['b']]"):
        with pytest.raises(ViewcastError, match="column n .* in row 3: .*Write the tags"):
            convert(tags, [None, written])


def test_truths_are_no_counts():
    assert convert(counts, pd.Series([True, False]))[1].rejected == 2


def test_the_value_that_does_not_fit_is_the_one_that_is_shown():
    for odd in ("1,5", "1,234.5"):
        with pytest.raises(ViewcastError, match=f"'{odd}' in row 5"):
            convert(numbers, ["2000.0", "2001.5", "2003.0", odd] if odd == "1,5" else ["2000,5", "201,5", "3,0", odd])
    with pytest.raises(ViewcastError, match="'1,5' in row 5"):
        convert(counts, ["0", "1603", "6684", "1,5"] + ["1,234"])


def test_tags_in_every_spelling():
    two = ["new york", "sky"]
    for written in (
        '["new york", "sky"]', "['new york', 'sky']", "['new york' 'sky']", "[new york, sky]", "new york,sky",
        "new york; sky", "new york|sky", '"new york" sky', '  sky "new york" ',
    ):  # fmt: skip
        assert sorted(convert(tags, [written, None, "[]"])[0][0]) == two, written
    assert convert(tags, ["a b", "[]"])[0] == [["a", "b"], []]
    assert convert(tags, [["a b"], None, np.array(["c"])])[0] == [["a b"], None, ["c"]]


def test_the_column_of_tags_shows_its_separator():
    found, report = convert(tags, ["new york,sky", "tokyo", "new york", "a&amp;b,c", "['x', 'y']"])
    assert found == [["new york", "sky"], ["tokyo"], ["new york"], ["a&amp;b", "c"], ["x", "y"]]
    assert report.remark == "',' separates tags"
    found, report = convert(tags, ["sea sky", "geo:lat=57,6 sea", "tokyo bay"])
    assert found == [["sea", "sky"], ["geo:lat=57,6", "sea"], ["tokyo", "bay"]] and not report.remark


NEW_YEAR = pd.Timestamp("2014-01-01", tz="UTC")


@pytest.mark.parametrize(
    "value",
    [
        "1388534400", "1388534400000", "1388534400.0", "1388534400000000", "2014-01-01", "20140101", "2014/01/01",
        "20140101000000", "2014-01-01T00:00:00Z",
        "2014-01-01 00:00:00 UTC", "2014-01-01T02:00:00+02:00", "2014-01-01 00:00:00",
        "Wed, 01 Jan 2014 00:00:00 +0000", "January 1, 2014",
    ],
)  # fmt: skip
def test_times_in_every_spelling_also_in_one_column(value):
    assert convert(times, [value])[0] == [NEW_YEAR]
    assert convert(times, ["1388534400", value, "2014-01-01", None])[0] == [NEW_YEAR, NEW_YEAR, NEW_YEAR, None]


@pytest.mark.parametrize(
    ("value", "hour"),
    [
        ("Wed Jan 01 2014 10:02:03 GMT+0900 (Japan Standard Time)", 1), ("2014-01-01 10:02:03 UTC+9", 1),
        ("2014-01-01 10:02:03 GMT-0500", 15), ("Wed, 01 Jan 2014 10:02:03 GMT", 10),
        ("Wed 2014-01-01 10:02:03", 10), ("2014:01:01 10:02:03", 10),
    ],
)  # fmt: skip
def test_zones_behind_gmt_and_weekdays(value, hour):
    assert convert(times, [value])[0] == [pd.Timestamp("2014-01-01 10:02:03", tz="UTC").replace(hour=hour)]


def test_a_weekday_does_not_hide_which_is_the_day():
    found, report = convert(times, ["Thu 02/01/2014 01:02:03", "Fri 31/01/2014"])
    assert found == [pd.Timestamp("2014-01-02 01:02:03", tz="UTC"), pd.Timestamp("2014-01-31", tz="UTC")]
    assert report.remark == "the day comes first"
    with pytest.raises(ViewcastError, match="which is the day"):
        convert(times, ["Sun 04.05.2014"])


def test_words_and_years_of_two_digits_are_no_times():
    found, report = convert(times, ["now", "today", "1-Jan-70", "04/05/14 10:00", "1 Jan 2014"])
    assert found == [None, None, None, None, NEW_YEAR] and report.rejected == 4


def test_times_that_a_spreadsheet_or_a_program_has_written():
    assert convert(times, ["1.3885344E9"])[0] == [NEW_YEAR]
    with pytest.raises(ViewcastError, match="'1.38853E.09' in row 2: a spreadsheet has rounded the times"):
        convert(times, ["1.38853E+09", "1388534400"])
    assert convert(times, ["1E+20", "1388534400"])[1].impossible == 1
    assert "format the column as a date" in convert(times, ["41640.5", "41641"])[1].remark


def test_one_odd_time_takes_no_other_with_it():
    written = ["1388534400", "unknown", "0001-01-01", "-1", "NaT", "0", "9999-12-31", "41640"]
    found, report = convert(times, written)
    assert found == [NEW_YEAR, *[None] * 7]
    assert (report.read, report.rejected, report.impossible, report.missing) == (1, 2, 4, 1)
    assert report.examples == ["'unknown' in row 3", "'41640' in row 9"]


def test_typed_times():
    typed = pd.Series(pd.to_datetime(["2014-01-01", None]))
    assert convert(times, typed)[0] == [NEW_YEAR, None]
    assert convert(times, pd.Series([1388534400, 1388534400000]))[0] == [NEW_YEAR, NEW_YEAR]


def test_day_and_month_are_told_apart_by_the_whole_column_or_not_at_all():
    assert convert(times, ["31/01/2014", "01/02/2014"])[0] == [
        pd.Timestamp("2014-01-31", tz="UTC"), pd.Timestamp("2014-02-01", tz="UTC"),
    ]  # fmt: skip
    assert convert(times, ["01/31/2014"])[0] == [pd.Timestamp("2014-01-31", tz="UTC")]
    for values in (["01/02/2014"], ["31/01/2014", "01/31/2014"]):
        with pytest.raises(ViewcastError, match="which is the day"):
            convert(times, values)
    first = [pd.Timestamp("2014-02-01", tz="UTC"), pd.Timestamp("2014-01-31", tz="UTC")]
    assert convert(times, ["01.02.2014", "31.01.2014 00:00"], day_first=True)[0] == first
    assert convert(times, ["02/01/2014", "31/01/2014"], day_first=False)[0] == [first[0], None]


@given(
    values=st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=1, max_size=12),
    write=st.sampled_from([str, lambda v: f"{v:,}", lambda v: f"{v:_}", lambda v: f"{v}.0", lambda v: f" {v} "]),
)
def test_counts_come_out_as_they_went_in_or_an_error_is_raised(values, write):
    written = [None if value is None else write(value) for value in values]
    try:
        found, report = convert(counts, written)
    except ViewcastError:
        return
    assert found == values and report.rejected == 0


@given(st.lists(st.text(max_size=12), min_size=1, max_size=8))
def test_no_text_breaks_a_converter_but_by_a_mendable_error(values):
    for converter in (counts, numbers, truths, times, identifiers, tags):
        try:
            convert(converter, values)
        except ViewcastError:
            continue
