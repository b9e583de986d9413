"""Tables as lines of JSON objects."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa

from viewcast.errors import ViewcastError
from viewcast.tables.files import opened
from viewcast.tables.rows import Part, as_frame, distinct


def read_json_lines(path: Path, encoding: str | None) -> Part:
    """Lines of JSON objects: numbers become the text that stands there, truth values and lists the text of JSON."""
    columns: dict[str, list[str | None]] = {}
    numbers: list[int] = []
    number = 0
    with opened(path) as stream:
        for number, line in enumerate(io.TextIOWrapper(stream, encoding=encoding or "utf-8-sig"), 1):
            if not line.strip():
                continue
            for name, value in _object(line, path, number).items():
                columns.setdefault(name, [None] * len(numbers)).append(value)
            numbers.append(number)
            for values in columns.values():
                if len(values) < len(numbers):
                    values.append(None)
    if not numbers:
        raise ViewcastError(f"The table {path} is empty: it has no row.")
    names, twice = distinct(list(columns))
    table = pa.table(
        {name: pa.array(values, pa.string()) for name, values in zip(names, columns.values(), strict=True)}
    )
    return Part(as_frame(table), np.array(numbers), number, number - len(numbers), twice)


def _object(line: str, path: Path, number: int) -> dict[str, str | None]:
    try:
        # As text, because a number of many digits would lose some of them.
        row = json.loads(line, parse_float=str, parse_int=str, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise ViewcastError(f"Line {number} of {path} is no JSON ({error}). Is the file whole?") from None
    if not isinstance(row, dict):
        raise ViewcastError(f"Line {number} of {path} is no JSON object with named values.")
    cells = {name: _cell(value) for name, value in row.items()}
    for name, cell in cells.items():
        try:
            f"{name}{cell}".encode()
        except UnicodeEncodeError:
            raise ViewcastError(
                f"Line {number} of {path}, {name!r}, holds half a character: {cell!r:.120}. The text was cut in the "
                "middle of a pair such as \\ud83d\\ude00: take the half away."
            ) from None
    return cells


def _constant(name: str) -> str | None:
    return None if name == "NaN" else name


#: Names under which Flickr and MongoDB wrap a single value.
_WRAPPERS = frozenset({"_content", "$numberLong", "$numberInt", "$numberDouble", "$oid", "$date"})


def _cell(value: object) -> str | None:
    while isinstance(value, dict) and len(value) == 1 and _WRAPPERS >= set(value):
        (value,) = value.values()
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value, ensure_ascii=False)
