"""Files as people have them: every way to write a table gives the same cells, or an error that says what to do."""

import bz2
import codecs
import csv
import gzip
import io
import json
import lzma
import re

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewcast.errors import ViewcastError
from viewcast.tables.reading import read_table
from viewcast.tables.scan import scan

ROWS = [{"id": "007", "title": "café, du nord", "views": "12"}, {"id": "8", "title": None, "views": "3"}]
PLAIN = 'id,title,views\n007,"café, du nord",12\n8,,3\n'


def by_name(value: object) -> str:
    """Bytes are no name of a test: gzip writes the time into them."""
    return value if isinstance(value, str) else ""


def cells(frame: pd.DataFrame) -> list[dict]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.csv", PLAIN.encode()),
        ("T.CSV", codecs.BOM_UTF8 + PLAIN.encode()),
        ("t.csv", PLAIN.encode("utf-16")),
        ("t.csv", PLAIN.replace("\n", "\r\n").encode() + b"\r\n\r\n"),
        ("t.csv", PLAIN.replace("\n", "\r").encode()),
        ("t.csv", b'id;title;views\n007;"caf\xc3\xa9, du nord";12\n8;;3\n'),
        ("t.txt", "id|title|views\n007|café, du nord|12\n8||3\n".encode()),
        ("t.tsv", "id\ttitle\tviews\n007\tcafé, du nord\t12\n8\t\t3\n".encode()),
        ("t.csv", ' id , title,views \n007,"café, du nord",12\n8,,3\n'.encode()),
        ("t.csv", 'id,title,views\n007,"café, du nord",12,\n8,,3,\n'.encode()),
        ("t.csv", 'id,title,views\n007,"café, du nord",12,\n8,,3\n'.encode()),
        ("t.csv", ',id,title,views\n0,007,"café, du nord",12\n1,8,,3\n'.encode()),
        ("t.csv.gz", gzip.compress(PLAIN.encode())),
        ("t.csv.bz2", bz2.compress(PLAIN.encode())),
        ("t.csv.XZ", lzma.compress(PLAIN.encode())),
        ("t.csv.zst", zstd(PLAIN.encode())),
        ("t.jsonl", "\n".join(map(json.dumps, ROWS)).encode()),
        ("t.ndjson.gz", gzip.compress("\n".join(map(json.dumps, ROWS)).encode())),
    ],
    ids=by_name,
)
def test_every_way_to_write_a_table_gives_the_same_cells(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    assert cells(read_table(tmp_path / name)) == ROWS


def test_another_encoding_is_read_by_its_name_and_refused_without(tmp_path):
    (tmp_path / "t.csv").write_bytes(PLAIN.encode("latin-1"))
    assert cells(read_table(tmp_path / "t.csv", encoding="latin-1")) == ROWS
    with pytest.raises(ViewcastError, match=r"not UTF-8: byte 0xe9 at position 23, in row 2.*corpus.encoding"):
        read_table(tmp_path / "t.csv")


def test_a_folder_and_a_pattern_are_their_parts_in_order(tmp_path):
    for number, row in enumerate(ROWS):
        pd.DataFrame([row]).to_csv(tmp_path / f"part{number}.csv", index=False)
    (tmp_path / "notes.md").write_text("no table")
    for path in (tmp_path, tmp_path / "part*.csv"):
        assert cells(read_table(path)) == ROWS
    (tmp_path / "part2.csv").write_text("id,views\n9,1\n")
    with pytest.raises(ViewcastError, match="do not have the same columns"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    "above", ["sep=;\n", ";;\n", "\n;;\n", "sep=;\n;;\n"], ids=["sep", "empty row", "two", "sep and empty row"]
)
def test_what_spreadsheets_put_above_the_header(tmp_path, above):
    (tmp_path / "t.csv").write_text(above + "id;title;views\n007;café, du nord;12\n8;;3\n")
    frame = read_table(tmp_path / "t.csv")
    assert cells(frame) == ROWS
    assert frame.attrs["rows"].name(0) == f"row {above.count(chr(10)) + 2}"


def test_names_without_what_cannot_be_seen(tmp_path):
    (tmp_path / "t.csv").write_text("\u200bid , title\u00a0,views\n007,x,12\n")
    pa.parquet.write_table(
        pa.table([["007"], ["x"], ["12"]], names=["\u200bid ", " title", "views"]), tmp_path / "t.parquet"
    )
    (tmp_path / "t.jsonl").write_text('{" id": "007", "title ": "x", "views": 12, "n": NaN}\n')
    for name in ("t.csv", "t.parquet", "t.jsonl"):
        assert list(read_table(tmp_path / name).columns)[:3] == ["id", "title", "views"]


def test_wrapped_values_in_json_are_unwrapped(tmp_path):
    row = {
        "id": {"$numberLong": "53901234567890123"},
        "title": {"_content": "Hi"},
        "t": {"$date": {"$numberLong": "1"}},
    }
    (tmp_path / "t.jsonl").write_text(json.dumps(row) + "\n")
    assert cells(read_table(tmp_path / "t.jsonl")) == [{"id": "53901234567890123", "title": "Hi", "t": "1"}]


def test_files_that_are_no_parts_are_named(tmp_path, caplog):
    (tmp_path / "parts" / "sub").mkdir(parents=True)
    (tmp_path / "parts" / "a.csv").write_text("id,n\n1,2\n")
    (tmp_path / "parts" / "b.csv").write_text("n,id\n4,3\n")  # another order
    for name in ("b.csv.part", "c.json", "._a.csv", ".~lock.a.csv"):
        (tmp_path / "parts" / name).write_text("x")
    for path in (tmp_path / "parts", tmp_path / "p*" / "?.csv"):
        assert cells(read_table(path)) == [{"id": "1", "n": "2"}, {"id": "3", "n": "4"}]
    assert "left out, because they are no tables of a known kind: b.csv.part, c.json, sub" in caplog.text


def test_long_whole_numbers_with_a_gap_keep_their_digits(tmp_path):
    pd.DataFrame({"id": pd.array([9007199254740993, None], dtype="Int64")}).to_parquet(tmp_path / "t.parquet")
    assert str(read_table(tmp_path / "t.parquet")["id"][0]) == "9007199254740993"


@pytest.mark.parametrize("name", ["utf8mb4", "base64", "utf-9"])
def test_an_encoding_that_there_is_not_is_named(tmp_path, name):
    (tmp_path / "t.csv").write_text(PLAIN)
    with pytest.raises(ViewcastError, match=f"no encoding '{name}' .corpus.encoding"):
        read_table(tmp_path / "t.csv", encoding=name)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("t.csv", b"PK\x03\x04 and more", "is no text: it is an Excel workbook"),
        ("t.csv", gzip.compress(PLAIN.encode()), "is no text: it is gzip"),
        ("t.csv", PLAIN.encode("utf-16-le"), "UTF-16 without a mark"),
        ("t.csv", b"# exported by me\n" + PLAIN.encode(), "'# exported by me', looks like no header"),
        ("t.csv", b"", "is empty"),
        ("t.csv", b"a,b,c\n1,x,2\n2,y\n", "Row 3 .* has 2 fields where the header has 3"),
        ("t.csv", b"a,b\n1,x\n2,y,z\n", "Row 3 .* has 3 fields where the header has 2"),
        ("t.csv", b'id,title,views\n1,"x,5\n2,y,6\n3,z,7\n4,"w",8\n', "quotation mark"),
        ("t.csv", b'id,title,views\n1,"x,5\n2,y,6\n', "quotation mark"),
        ("t.jsonl", b'{"a": 1}\n{"a": \n', "Line 2 .* is no JSON"),
        ("t.jsonl", b"[1]\n", "no JSON object"),
        ("t.csv.gz", gzip.compress(PLAIN.encode())[:30], "Is the file whole"),
        ("t.parquet", b"PAR1 and no more", "Is the file whole"),
        ("t.xlsx", b"PK", "must be a file of the kinds"),
    ],
    ids=by_name,
)
def test_what_cannot_be_read_says_why(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ViewcastError, match=message):
        read_table(tmp_path / name)


def test_what_is_not_there_names_the_key(tmp_path):
    for path in (tmp_path / "no.csv", tmp_path / "no*.csv"):
        with pytest.raises(ViewcastError, match="does not exist.*corpus.users"):
            read_table(path, key="corpus.users")


def test_line_breaks_in_a_text_are_a_text(tmp_path):
    pd.DataFrame({"id": ["1", "2"], "text": ["one\ntwo, three", "x"], "n": [1, 2]}).to_csv(
        tmp_path / "t.csv", index=False
    )
    assert read_table(tmp_path / "t.csv")["text"].tolist() == ["one\ntwo, three", "x"]


@pytest.mark.parametrize(
    "data",
    [
        'id,title,n\n1,"open,3\n2,b",4\n5,c,6\n',  # one row
        'id,title,n\n1,"open,3\n2,b,4\n\n5,c",6\n7,d,8\n',
        'id,n,title\n1,3,"open\n2,4,b"\n5,6,c\n',  # the last column
        'title,id,n\n"open,1,3\nb",2,4\nc,5,6\n',  # the first
        'id,title,n\r\n1,"open,3,\r\n2,b",4\r\n5,c,6\r\n',  # an empty field too many
    ],
)
def test_a_lone_quotation_mark_that_swallows_rows_is_an_error(tmp_path, data):
    (tmp_path / "t.csv").write_text(data, newline="")
    with pytest.raises(ViewcastError, match="column title of row 2 holds line breaks and whole rows.*rows_in_fields"):
        read_table(tmp_path / "t.csv")
    assert len(read_table(tmp_path / "t.csv", rows_in_fields=True)) < 4


def test_a_text_of_many_lines_with_many_commas_is_a_text(tmp_path):
    texts = ["one, two, three, four\nfive, six, seven\n\neight, nine", "red\ngreen, blue, white", "x, y\nz"]
    frame = pd.DataFrame({"id": ["1", "2", "3"], "text": texts, "n": ["4", "5", "6"]})
    for columns in (["id", "text", "n"], ["text", "id", "n"], ["id", "n", "text"]):
        frame[columns].to_csv(tmp_path / "t.csv", index=False)
        assert read_table(tmp_path / "t.csv")["text"].tolist() == texts


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('1,"he" llo,3', "expected after"),
        ('1, "a b",3', "Row 2 .* has a blank before a quotation mark"),
        ('1,"a"b",3', "quotation mark"),
    ],
)
def test_misplaced_quotation_marks_change_no_text_silently(tmp_path, line, message):
    (tmp_path / "t.csv").write_text(f"id,title,n\n{line}\n2,b,4\n")
    with pytest.raises(ViewcastError, match=message):
        read_table(tmp_path / "t.csv")


def test_inches_inside_a_field_are_text(tmp_path):
    (tmp_path / "t.csv").write_text('id,title,n\n1,a 12" lens,3\n2,"b, 5"" wide",4\n')
    assert read_table(tmp_path / "t.csv")["title"].tolist() == ['a 12" lens', 'b, 5" wide']


@pytest.mark.parametrize("inches", ["", '3,an 8" disk,9\n'])
def test_rows_are_counted_as_a_spreadsheet_does(tmp_path, inches):
    """Empty lines and rows count, and a field of two lines makes one row; with either reader."""
    text = f'id,title,n\n1,"x\ny",2\n\n,,\n2,z,3\n , ,\n{inches}4,w,5\n\n'
    (tmp_path / "t.csv").write_text(text)
    frame = read_table(tmp_path / "t.csv")
    assert frame["id"].tolist() == (["1", "2", "3", "4"] if inches else ["1", "2", "4"])
    names = ["row 2", "row 5", "row 7", "row 8"] if inches else ["row 2", "row 5", "row 7"]
    assert [frame.attrs["rows"].name(i) for i in range(len(frame))] == names
    assert frame.attrs["empty_rows"] == 4
    assert frame.attrs["lines"] == len(text.splitlines())


def test_rows_of_parts_are_named_with_their_file(tmp_path):
    for name, data in (("a.csv", "id,n\n1,2\n"), ("b.csv", "id,n\n\n2,3\n4,5\n")):
        (tmp_path / name).write_text(data)
    rows = read_table(tmp_path).attrs["rows"]
    assert [rows.name(i) for i in range(3)] == ["row 2 of a.csv", "row 3 of b.csv", "row 4 of b.csv"]


def test_a_name_that_stands_twice_stops_no_run_that_does_not_ask_for_it(tmp_path):
    (tmp_path / "t.csv").write_text("id,a,a\n1,x,y\n")
    frame = read_table(tmp_path / "t.csv")
    assert list(frame.columns) == ["id", "a", "a (2)"] and frame.attrs["twice"] == {"a"}
    pa.parquet.write_table(pa.table([["1"], ["x"], ["y"]], names=["id", "a", "a"]), tmp_path / "t.parquet")
    assert list(read_table(tmp_path / "t.parquet").columns) == ["id", "a", "a (2)"]


def test_numbers_in_json_keep_their_digits_and_half_a_character_is_named(tmp_path):
    (tmp_path / "t.jsonl").write_text('{"id": 12345678901234567890, "n": 1.10, "t": [1, "\u00e9"]}\n\n{"id": 2}\n')
    frame = read_table(tmp_path / "t.jsonl")
    assert cells(frame)[0] == {"id": "12345678901234567890", "n": "1.10", "t": '["1", "é"]'}
    assert frame.attrs["rows"].name(1) == "row 3"
    (tmp_path / "t.jsonl").write_text('{"id": 1, "title": "half \\ud83d"}\n')
    with pytest.raises(ViewcastError, match="Line 1 .*'title', holds half a character"):
        read_table(tmp_path / "t.jsonl")


def records(data: bytes, separator: str) -> tuple[int, list[int]]:
    """By the definition, one character after another."""
    found, empty, inside, start = 0, [], False, 0
    text = data.decode()
    at = 0
    while at < len(text):
        if text[at] == '"':
            inside = not inside
        end = 2 if text[at : at + 2] == "\r\n" else 1 if text[at] in "\r\n" else 0
        if end and not inside:
            empty += [found] if at == start else []
            found, start = found + 1, at + end
        at += max(end, 1)
    return found + (start < len(text)), empty


@settings(max_examples=300, deadline=None)
@given(st.text('a,"\n\r', max_size=30), st.integers(1, 8))
def test_a_scan_counts_records_and_empty_lines_in_chunks_of_any_size(text, chunk):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("viewcast.tables.scan._CHUNK", chunk)
        found = scan(io.BytesIO(text.encode()), ",")
    assert (found.records, found.empty) == records(text.encode(), ",")
    assert found.lines == len(re.findall("\r\n|\r|\n", text)) + bool(text and text[-1] not in "\r\n")


@settings(max_examples=300, deadline=None)
@given(st.text('a, "\n', max_size=24))
def test_where_a_scan_finds_all_in_order_the_strict_reader_does_too(text):
    if scan(io.BytesIO(text.encode()), ",").in_order:
        rows = list(csv.reader(io.StringIO(text), strict=True))
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        assert list(csv.reader(io.StringIO(out.getvalue()), strict=True)) == rows


TEXT = st.text(
    st.one_of(st.characters(blacklist_categories=("Cs", "Cc")), st.sampled_from('",;\n|\t')), max_size=8
).map(str.strip)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(TEXT.filter(bool), TEXT, TEXT), min_size=1, max_size=6),
    separator=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    trailing=st.booleans(),
)
def test_what_goes_in_comes_out_or_an_error_is_raised(tmp_path, rows, separator, quoting, end, encoding, trailing):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end)
    writer.writerow(["id", "title", "note"])
    for row in rows:
        writer.writerow([*row, ""] if trailing else row)
    (tmp_path / "t.csv").write_bytes(out.getvalue().encode(encoding))
    try:
        found = read_table(tmp_path / "t.csv")
    except ViewcastError:
        return
    assert [tuple(row.values()) for row in cells(found)] == [tuple(value or None for value in row) for row in rows]
