"""Writing tables, whole or not at all. Reading them: :mod:`viewcast.tables`."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from viewcast.store.atomic import atomic_path


def write_parquet(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a frame atomically."""
    frame = frame.copy(deep=False)
    frame.attrs = {}
    table = pa.Table.from_pandas(frame, preserve_index=False)
    known = json.loads(table.schema.metadata[b"pandas"])
    for column in known["columns"]:
        # pandas writes the names of its list types, and cannot read them.
        if column["numpy_type"].startswith("list<"):
            column["numpy_type"] = "object"
    table = table.replace_schema_metadata({b"pandas": json.dumps(known).encode()})
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary)


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a frame atomically; floats with all their digits unless already formatted."""
    with atomic_path(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
