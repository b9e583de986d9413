"""Tables of the workflow as Parquet and CSV, whole or not at all. Those of users: :mod:`viewcast.tables`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from viewcast.store.atomic import atomic_path
from viewcast.store.seal import REMEDY, Layout, blank, check_seal, seal

#: Of every table of Viewcast's own. Another version where a column is added, or means something else.
TABLE = Layout("table", 1)


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
    table = table.replace_schema_metadata({b"pandas": json.dumps(known).encode()})
    with parquet_writer(path, table.schema) as writer:
        writer.write_table(table)


@contextmanager
def parquet_writer(path: str | os.PathLike[str], schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """Write a table part by part, atomically, and with a digest of all its bytes (:mod:`viewcast.store.seal`)."""
    sealed = schema.with_metadata({**(schema.metadata or {}), b"seal": blank(path, TABLE)})
    with atomic_path(path) as temporary:
        with pq.ParquetWriter(temporary, sealed) as writer:
            yield writer
        seal(temporary)


def read_parquet(
    path: str | os.PathLike[str], columns: Sequence[str] | None = None, *, remedy: str = REMEDY
) -> pd.DataFrame:
    """Read what :func:`write_parquet` wrote.

    :param remedy: what a message ends with.
    :raises ViewcastError: as for :func:`viewcast.store.seal.check_seal`.
    """
    check_seal(path, TABLE, remedy=remedy)
    return pd.read_parquet(path, columns=None if columns is None else list(columns))


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a frame atomically; floats with all their digits unless already formatted."""
    with atomic_path(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
