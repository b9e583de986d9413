"""Files as people have them: every way to write a table gives the same cells, or an error that says what to do."""

import bz2
import codecs
import csv
import gzip
import io
import json
import lzma

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewcast.errors import ViewcastError
from viewcast.tables.reading import read_table

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
    ("name", "data", "message"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"a,b,c\n1,x,2\n2,y\n", "Row 3 .* has 2 fields where the header has 3"),
        ("t.csv", b"a,b\n1,x\n2,y,z\n", "Row 3 .* has 3 fields where the header has 2"),
        ("t.csv", b"a,a\n1,x\n", "names 'a' twice"),
        ("t.csv", b'id,title,views\n1,"x,5\n2,y,6\n3,z,7\n4,"w",8\n', "row 2 holds line breaks and whole rows"),
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


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=8).map(str.strip)


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
