"""One way in for every table: CSV and its relatives, JSON lines and Parquet, compressed or not, whole or in parts.

Cells of text formats are text, and only an empty one is missing: what a column's values are is for
:mod:`viewcast.tables.values` to say, value by value, once it is known what the column should hold.
"""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import json
import lzma
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from viewcast.errors import ViewcastError

#: Suffix -> kind of file; ``.txt`` is a CSV whose separator is found out.
KINDS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".tab": "csv", ".jsonl": "json", ".ndjson": "json",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
PACKED = (".gz", ".bz2", ".xz", ".zst")
SEPARATORS = (",", ";", "\t", "|")
BLOCK_ROWS = 1 << 16
_SAMPLE = 1 << 16
_FIELD_LIMIT = 64 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_table(path: str | Path, *, encoding: str | None = None, key: str = "corpus.photos") -> pd.DataFrame:
    """A table as a frame.

    :param path: a file (.csv, .tsv, .txt, .jsonl, .ndjson or .parquet, perhaps with .gz, .bz2, .xz or .zst behind it;
        in any case), a folder of such files, or a pattern with ``*`` or ``?`` that names some, which are put one below
        the other in the order of their names.
    :param encoding: of text files; None: UTF-8, or what a mark at the beginning says.
    :param key: of the configuration, for errors.
    :returns: text columns hold text, None only where a cell is empty; Parquet's columns keep their types. The frame's
        ``attrs`` hold ``name``, and ``first_row``: what a spreadsheet calls the first row of data.
    :raises ViewcastError: the table is missing, empty, of another kind, cut short, or its rows do not fit its header.
    """
    paths = _parts(Path(path), key)
    frames = [_read_one(part, encoding) for part in paths]
    for part, frame in zip(paths, frames, strict=True):
        if list(frame.columns) != list(frames[0].columns) and len(frame):
            raise ViewcastError(
                f"The parts of the table {path} do not have the same columns: {paths[0].name} has "
                f"{', '.join(map(str, frames[0].columns))}, and {part.name} has {', '.join(map(str, frame.columns))}."
            )
    whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    whole.attrs = {"name": str(path), "first_row": frames[0].attrs["first_row"]}
    return whole


def kind_of(path: Path) -> str | None:
    """``csv``, ``json`` or ``parquet``; None for a file of another kind."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return KINDS.get(suffixes[-1]) if suffixes else None


def _parts(path: Path, key: str) -> list[Path]:
    if path.is_file():
        if kind_of(path) is None:
            raise ViewcastError(
                f"The table {path} ({key}) must be a file of the kinds {', '.join(KINDS)}, perhaps compressed "
                f"({', '.join(PACKED)})."
            )
        return [path]
    if path.is_dir():
        found = sorted(part for part in path.iterdir() if part.is_file() and kind_of(part) is not None)
    else:
        found = sorted(path.parent.glob(path.name)) if re.search(r"[*?\[]", path.name) and path.parent.is_dir() else []
        found = [part for part in found if kind_of(part) is not None]
    if not found:
        what = "holds no table" if path.is_dir() else "does not exist"
        raise ViewcastError(f"The table {path} {what}. Mend the path in the configuration ({key}).")
    return found


def _read_one(path: Path, encoding: str | None) -> pd.DataFrame:
    try:
        if kind_of(path) == "parquet":
            frame = pq.read_table(path).to_pandas()
            frame.attrs["first_row"] = 1
            return frame
        table = _read_csv(path, encoding) if kind_of(path) == "csv" else _read_json(path, encoding)
    except ViewcastError:
        raise
    except UnicodeDecodeError as error:
        raise _not_encoded(path, encoding, error) from None
    except (OSError, EOFError, ValueError, csv.Error, lzma.LZMAError, pa.ArrowException) as error:
        raise ViewcastError(f"The table {path} cannot be read ({error}). Is the file whole?") from None
    frame = table.to_pandas(types_mapper={pa.string(): pd.ArrowDtype(pa.string())}.get)
    frame.attrs["first_row"] = 2 if kind_of(path) == "csv" else 1
    return frame


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, uncompressed."""
    packed = path.suffix.lower()
    if packed == ".zst":
        with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as stream:
            yield io.BufferedReader(stream)
    else:
        opener = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}.get(packed, open)
        with opener(path, "rb") as stream:
            yield stream


def _encoding_of(sample: bytes, encoding: str | None) -> str:
    if encoding is not None:
        return encoding
    return next((name for mark, name in _BOMS if sample.startswith(mark)), "utf-8")


def _read_csv(path: Path, encoding: str | None) -> pa.Table:
    with _opened(path) as stream:
        sample = stream.read(_SAMPLE)
    if not sample.strip():
        raise ViewcastError(f"The table {path} is empty: it has no header and no row.")
    encoding = _encoding_of(sample, encoding)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # old Macintosh files end lines so
    separator = _separator(text, "\t" if ".tsv" in path.name.lower() else None)
    header = [name.strip() for name in next(csv.reader(io.StringIO(text), delimiter=separator))]
    names = _distinct(header)
    with _opened(path) as stream:
        table = _by_arrow(stream, names, separator, encoding)
    if table is None:
        with _opened(path) as stream:
            lines = io.TextIOWrapper(stream, encoding=encoding, newline="")
            table = _row_by_row(lines, names, separator, path)
    _check_quotes(table, len(names), separator, path)
    unnamed = [name for name in names if not name or name.startswith("Unnamed: ")]
    return table.drop_columns([name for name in unnamed if name in table.column_names])


def _separator(sample: str, given: str | None) -> str:
    """The separator that splits the first lines into the most columns, as many in each."""
    if given is not None:
        return given
    lines = sample.splitlines()
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


def _distinct(header: list[str]) -> list[str]:
    """Names of columns: an unnamed one is ``Unnamed: k``, a repeated one is a mistake."""
    names = [name or f"Unnamed: {number}" for number, name in enumerate(header)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ViewcastError(f"The table's header names {', '.join(map(repr, twice))} twice. Give each column one name.")
    return names


def _by_arrow(stream: IO[bytes], names: list[str], separator: str, encoding: str) -> pa.Table | None:
    """The table by pyarrow's reader, or None where a row does not fit the header, which it cannot tell apart."""
    unfit: list[int] = []

    def note(row: pacsv.InvalidRow) -> str:
        unfit.append(row.actual_columns)
        return "skip"

    # pyarrow would take a mark at the beginning for a part of the first name, and reads UTF-8 fastest.
    plain = encoding.lower().replace("_", "-") in ("utf-8", "utf-8-sig", "ascii")
    source = stream if plain else _recoded(stream, encoding)
    try:
        table = pacsv.read_csv(
            source,
            read_options=pacsv.ReadOptions(column_names=names, skip_rows_after_names=1, block_size=16 << 20),
            parse_options=pacsv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=note, ignore_empty_lines=True
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True,
                quoted_strings_can_be_null=True, check_utf8=True,
            ),
        )  # fmt: skip
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            stream.seek(0)
            for _ in io.TextIOWrapper(stream, encoding="utf-8", newline=""):
                pass  # raises UnicodeDecodeError, which knows the byte
        return None
    return None if unfit else table


def _recoded(stream: IO[bytes], encoding: str) -> IO[bytes]:
    return io.BytesIO(io.TextIOWrapper(stream, encoding=encoding, newline="").read().encode())


def _row_by_row(lines: IO[str], names: list[str], separator: str, path: Path) -> pa.Table:
    """The table by Python's reader: fields beyond the header must be empty (a trailing separator)."""
    limit = csv.field_size_limit(_FIELD_LIMIT)
    blocks, rows = [], []
    try:
        reader = csv.reader(lines, delimiter=separator, strict=True)
        next(reader)
        for number, row in enumerate(reader, 2):
            if not row:
                continue
            if len(row) < len(names) or any(row[len(names) :]):
                raise ViewcastError(
                    f"Row {number} of the table {path} has {len(row)} fields where the header has {len(names)}: "
                    f"{separator.join(row)[:120]!r}. Put a field that holds the separator {separator!r} between "
                    "quotes, and give every row as many fields."
                )
            rows.append([value or None for value in row[: len(names)]])
            if len(rows) == BLOCK_ROWS:
                blocks.append(_block(rows, names))
                rows = []
    except csv.Error as error:
        raise ViewcastError(
            f"The table {path} cannot be read near row {reader.line_num} ({error}). Is a quotation mark lone there?"
        ) from None
    finally:
        csv.field_size_limit(limit)
    return pa.concat_tables([*blocks, _block(rows, names)])


def _block(rows: list[list[str | None]], names: list[str]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[] for _ in names]
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(names, columns, strict=True)})


def _check_quotes(table: pa.Table, columns: int, separator: str, path: Path) -> None:
    """A lone quotation mark swallows the rows up to the next one: their separators then stand inside a field."""
    if columns < 2:
        return
    row = rf"\n[^\n]*(?:{re.escape(separator)}[^\n]*){{{columns - 1},}}\n?"
    for name in table.column_names:
        swallowed = pa.compute.match_substring_regex(table[name], row)
        at = pa.compute.index(swallowed, True).as_py()
        if at >= 0:
            raise ViewcastError(
                f"In the table {path}, the column {name} of row {at + 2} holds line breaks and whole rows: a lone "
                f"quotation mark has swallowed them ({table[name][at].as_py()[:120]!r}). Mend the quotation marks (a "
                "mark inside a quoted field is written twice)."
            )


def _read_json(path: Path, encoding: str | None) -> pa.Table:
    """Lines of JSON objects; numbers, truth values and lists become the text that JSON writes for them."""
    columns: dict[str, list[str | None]] = {}
    count = 0
    with _opened(path) as stream:
        for number, line in enumerate(io.TextIOWrapper(stream, encoding=encoding or "utf-8-sig"), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ViewcastError(f"Line {number} of {path} is no JSON ({error}). Is the file whole?") from None
            if not isinstance(row, dict):
                raise ViewcastError(f"Line {number} of {path} is no JSON object with named values.")
            for name, value in row.items():
                values = columns.setdefault(str(name), [None] * count)
                text = value if isinstance(value, str) else None if value is None else json.dumps(value)
                values.append(text or None)
            count += 1
            for values in columns.values():
                if len(values) < count:
                    values.append(None)
    if not count:
        raise ViewcastError(f"The table {path} is empty: it has no row.")
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _not_encoded(path: Path, encoding: str | None, error: UnicodeDecodeError) -> ViewcastError:
    """Where the first byte stands that is not of the encoding."""
    position, row = 0, 1
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")()
    wrong = error.object[error.start]
    with _opened(path) as stream:
        for line in stream:
            try:
                decoder.decode(line)
            except UnicodeDecodeError as here:
                position, wrong = position + here.start, here.object[here.start]
                break
            position, row = position + len(line), row + 1
    return ViewcastError(
        f"The table {path} is not {encoding or 'UTF-8'}: byte 0x{wrong:02x} at position {position}, in row {row}. Save "
        "it as UTF-8, or name its own encoding as corpus.encoding, for instance latin-1 or cp1252."
    )
