"""Tables of the workflow as Parquet and CSV, whole or not at all. Those of users: :mod:`viewcast.tables`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from viewcast.store.atomic import atomic_path
from viewcast.store.seal import BLANK, check_seal, seal


def write_parquet(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a frame atomically."""
    frame = frame.copy(deep=False)
    frame.attrs = {}
    table = pa.Table.from_pandas(frame, preserve_index=False)
    known = json.loads(table.schema.metadata[b"pandas"])
    for column in known["columns"]:
        # pandas writes the names of its list types, and cannot read them.
        if column["numpy_type"].startswith("list<"):
            column["numpy_type"] = "object"
    table = table.replace_schema_metadata({b"pandas": json.dumps(known).encode(), b"seal": BLANK})
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary)
        seal(temporary)


def read_parquet(path: str | os.PathLike[str], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read what :func:`write_parquet` wrote.

    :raises ViewcastError: a bit of the file has changed.
    """
    check_seal(path)
    return pd.read_parquet(path, columns=None if columns is None else list(columns))


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a frame atomically; floats with all their digits unless already formatted."""
    with atomic_path(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
