"""Writing tables, whole or not at all. Reading them: :mod:`viewcast.tables`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from viewcast.store.atomic import atomic_path


def write_parquet(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a frame atomically."""
    with atomic_path(path) as temporary:
        frame.to_parquet(temporary, index=False)


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a frame atomically; floats with all their digits unless already formatted."""
    with atomic_path(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
