"""One way in for every table: CSV and its relatives, JSON lines and Parquet, compressed or not, whole or in parts.

Cells of text formats are text, and only an empty one is missing: what a column's values are is for
:mod:`viewcast.tables.values` to say, value by value, once it is known what the column should hold.
"""

from __future__ import annotations

import csv
import logging
import lzma
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from viewcast.errors import ViewcastError
from viewcast.store.seal import check_seal
from viewcast.tables.delimited import read_delimited
from viewcast.tables.files import check_encoding, kind_of, not_encoded, parts_of
from viewcast.tables.json_lines import read_json_lines
from viewcast.tables.rows import Part, Rows, as_frame, distinct

logger = logging.getLogger(__name__)


def read_table(
    path: str | Path, *, encoding: str | None = None, key: str = "corpus.photos", rows_in_fields: bool = False
) -> pd.DataFrame:
    """A table as a frame.

    :param path: a file (.csv, .tsv, .txt, .jsonl, .ndjson or .parquet, perhaps with .gz, .bz2, .xz or .zst behind it;
        in any case), a folder of such files, or a pattern with ``*`` or ``?`` that names some, which are put one below
        the other in the order of their names.
    :param encoding: of text files; None: UTF-8, or what a mark at the beginning says.
    :param key: of the configuration, for errors.
    :param rows_in_fields: may a field hold line breaks that look like rows? If not, that is an error.
    :returns: text columns hold text, None only where a cell is empty; Parquet's columns keep their types. Rows without
        any value are left out. A column name that stands twice in the header has `` (2)`` behind it the second time.
        The frame's ``attrs`` hold ``name``, ``rows`` (:class:`Rows`), ``lines`` (of all text files), ``empty_rows``
        (how many were left out) and ``twice`` (the names that stand twice).
    :raises ViewcastError: the table is missing, empty, of another kind, cut short, or its rows do not fit its header.
    """
    check_encoding(encoding)
    paths = parts_of(Path(path), key)
    parts = [_read_one(part, encoding, rows_in_fields) for part in paths]
    frames = [part.frame for part in parts]
    for part, frame in zip(paths, frames, strict=True):
        if set(frame.columns) != set(frames[0].columns) and len(frame):
            raise ViewcastError(
                f"The parts of the table {path} do not have the same columns: {paths[0].name} has "
                f"{', '.join(map(str, frames[0].columns))}, and {part.name} has {', '.join(map(str, frame.columns))}."
            )
    whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    empty = sum(part.empty_rows for part in parts)
    if empty:
        logger.warning("%s: %d rows without any value are left out", path, empty)
    whole.attrs = {
        "name": str(path),
        "rows": Rows([(part.name, read.numbers) for part, read in zip(paths, parts, strict=True)]),
        "lines": sum(part.lines for part in parts),
        "empty_rows": empty,
        "twice": frozenset(parts[0].twice),
    }
    return whole


def _read_one(path: Path, encoding: str | None, rows_in_fields: bool) -> Part:
    try:
        if kind_of(path) == "parquet":
            check_seal(path, required=False)  # of tables that Viewcast wrote
            table = pq.ParquetFile(path).read()
            names, twice = distinct(table.column_names)
            frame = as_frame(table.rename_columns(names))
            return Part(frame, range(1, len(frame) + 1), twice=twice)
        if kind_of(path) == "json":
            return read_json_lines(path, encoding)
        return read_delimited(path, encoding, rows_in_fields)
    except ViewcastError:
        raise
    except UnicodeDecodeError as error:
        raise not_encoded(path, encoding, error) from None
    except (OSError, EOFError, ValueError, csv.Error, lzma.LZMAError, pa.ArrowException) as error:
        raise ViewcastError(f"The table {path} cannot be read ({error}). Is the file whole?") from None
