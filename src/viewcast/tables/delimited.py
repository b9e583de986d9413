"""Tables as text with separators: CSV and its relatives.

Cells are text, and only an empty one is missing. A file is read by pyarrow where its quotation marks are in order and
every row fits the header, else row by row, so that an error knows the row.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from viewcast.errors import ViewcastError
from viewcast.tables.files import as_utf8, check_text, encoding_of, opened
from viewcast.tables.quotes import check_quotes
from viewcast.tables.rows import Part, as_frame, distinct
from viewcast.tables.scan import scan

SEPARATORS = (",", ";", "\t", "|")
BLOCK_ROWS = 1 << 16
_SAMPLE = 1 << 16
_FIELD_LIMIT = 64 << 20


def read_delimited(path: Path, encoding: str | None, rows_in_fields: bool) -> Part:
    """A CSV file; the arguments are those of ``reading.read_table``."""
    with opened(path) as stream:
        sample = stream.read(_SAMPLE)
    if not sample.strip():
        raise ViewcastError(f"The table {path} is empty: it has no header and no row.")
    if encoding is None:
        check_text(sample, path)
    encoding = encoding_of(sample, encoding)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # old Macintosh files end lines so
    separator = _separator(text, "\t" if ".tsv" in path.name.lower() else None)
    said = re.match(r"(?:sep|SEP)=(.)\n", text)  # Excel's own word for the separator, above the header
    if said:
        separator, text = said[1], text[said.end() :]
    above, header = _header(text, separator)
    names, twice = distinct(header)
    above += bool(said)
    with as_utf8(path, encoding) as stream:
        look = scan(stream, separator)
    table, empty = None, len(look.empty)
    if look.in_order and not above:
        with as_utf8(path, encoding) as stream:
            table = _by_arrow(stream, names, separator)
        # Numbers from 1, and the header is the first.
        numbers = np.delete(np.arange(2, look.records + 1), [record - 1 for record in look.empty])
    if table is None:
        with as_utf8(path, encoding) as stream:
            lines = io.TextIOWrapper(stream, encoding="utf-8", newline="")
            table, numbers, empty = _row_by_row(lines, names, separator, path, above)
    if len(table) != len(numbers):
        raise ViewcastError(
            f"The table {path} has {look.lines} lines, which by their quotation marks make {len(numbers)} rows below "
            f"the header, but {len(table)} were read. Write the table anew, with one kind of line ends."
        )
    kept = _with_values(table)
    if len(kept) < len(table):
        empty += len(table) - len(kept)
        table, numbers = table.take(kept), numbers[kept]
    if not rows_in_fields:
        check_quotes(table, numbers, separator, path)
    unnamed = [name for name in names if not name or name.startswith("Unnamed: ")]
    table = table.drop_columns([name for name in unnamed if name in table.column_names])
    return Part(as_frame(table), numbers, look.lines, empty, twice)


def _with_values(table: pa.Table) -> np.ndarray:
    """Positions of the rows that have a value, other than blanks, in any column."""
    empty = np.arange(len(table))
    for column in table.columns:
        if not len(empty):
            break
        text = column if len(empty) == len(table) else column.take(empty)
        blank = pa.compute.fill_null(pa.compute.equal(pa.compute.utf8_trim_whitespace(text), ""), True)
        empty = empty[blank.to_numpy()]
    return np.delete(np.arange(len(table)), empty)


def _separator(sample: str, given: str | None) -> str:
    """The separator that splits the first lines into the most columns, as many in each."""
    if given is not None:
        return given
    lines = sample.split("\n")
    whole = "\n".join(lines[:200] if len(lines) > 200 else lines)
    best, columns = ",", 1
    for separator in SEPARATORS:
        rows = [row for row in csv.reader(io.StringIO(whole), delimiter=separator) if row][:100]
        # The last row may be cut by the sample's end, and data may have an empty field more than the header.
        wide = len(rows[0]) if rows else 1
        fitting = sum(len(row) in (wide, wide + 1) for row in rows[:-1] or rows)
        if wide > columns and fitting > 0.9 * max(len(rows) - 1, 1):
            best, columns = separator, wide
    return best


def _by_arrow(stream: IO[bytes], names: list[str], separator: str) -> pa.Table | None:
    """The table by pyarrow's reader, or None where a row does not fit the header, which it cannot tell apart."""
    unfit: list[int] = []

    def note(row: pacsv.InvalidRow) -> str:
        unfit.append(row.actual_columns)
        return "skip"

    try:
        table = pacsv.read_csv(
            stream,
            read_options=pacsv.ReadOptions(column_names=names, skip_rows_after_names=1, block_size=16 << 20),
            parse_options=pacsv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=note, ignore_empty_lines=True
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True,
                quoted_strings_can_be_null=True, check_utf8=True,
            ),
        )  # fmt: skip
    except pa.ArrowInvalid:
        return None  # the other reader knows the byte or the row
    return None if unfit else table


def _header(text: str, separator: str) -> tuple[int, list[str]]:
    """How many rows without any value stand above the header, and the header."""
    for above, row in enumerate(csv.reader(io.StringIO(text), delimiter=separator)):
        if any(cell.strip() for cell in row):
            return above, row
    return 0, []


def _row_by_row(
    lines: IO[str], names: list[str], separator: str, path: Path, above: int
) -> tuple[pa.Table, np.ndarray, int]:
    """By Python's reader the table, its rows' numbers, and how many lines are empty. Fields beyond the header must be
    empty.
    """
    limit = csv.field_size_limit(_FIELD_LIMIT)
    blocks: list[pa.Table] = []
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    empty = 0
    try:
        reader = csv.reader(lines, delimiter=separator, strict=True)
        for _ in range(above + 1):
            next(reader)
        for number, row in enumerate(reader, above + 2):
            if not any(cell.strip() for cell in row):
                empty += 1
                continue
            if len(row) < len(names) or any(row[len(names) :]):
                if len(names) == 1:
                    raise ViewcastError(
                        f"The first line of the table {path}, {names[0][:80]!r}, looks like no header: row {number} "
                        f"has {len(row)} fields. Take away what stands above the names of the columns."
                    )
                raise ViewcastError(
                    f"Row {number} of the table {path} has {len(row)} fields where the header has {len(names)}: "
                    f"{separator.join(row)[:120]!r}. Put a field that holds the separator {separator!r} between "
                    "quotes, and give every row as many fields."
                )
            if any(cell and cell[0] in " \t" and cell.lstrip()[:1] == '"' for cell in row):
                raise ViewcastError(
                    f"Row {number} of the table {path} has a blank before a quotation mark: "
                    f"{separator.join(row)[:120]!r}. A quoted field begins with the mark: take the blank away."
                )
            rows.append([value or None for value in row[: len(names)]])
            numbers.append(number)
            if len(rows) == BLOCK_ROWS:
                blocks.append(_block(rows, names))
                rows = []
    except csv.Error as error:
        raise ViewcastError(
            f"The table {path} cannot be read near line {reader.line_num} ({error}). Is a quotation mark lone there? A "
            "mark inside a quoted field is written twice."
        ) from None
    finally:
        csv.field_size_limit(limit)
    return pa.concat_tables([*blocks, _block(rows, names)]), np.array(numbers, dtype=np.int64), empty


def _block(rows: list[list[str | None]], names: list[str]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[] for _ in names]
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(names, columns, strict=True)})
