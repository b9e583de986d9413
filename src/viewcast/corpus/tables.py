"""Reading and writing the corpus's tables: parquet or CSV in, parquet out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from viewcast.errors import ViewcastError
from viewcast.store.atomic import atomic_path


def read_table(path: str | Path, *, text_columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """A .parquet or .csv file as a frame.

    :param text_columns: columns of a CSV file that stay text, so that an id such as ``007`` survives.
    :raises ViewcastError: the file is missing, empty, of another kind, or cannot be read.
    """
    path = Path(path)
    if not path.exists():
        raise ViewcastError(f"The table {path} does not exist. Mend the path in the configuration (corpus).")
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.suffix in (".csv", ".gz"):
            return pd.read_csv(path, dtype={column: str for column in text_columns}, keep_default_na=True)
    except Exception as error:
        raise ViewcastError(f"The table {path} cannot be read ({error}). Is it a whole {path.suffix} file?") from error
    raise ViewcastError(f"The table {path} must be a .parquet or a .csv file.")


def write_parquet(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a frame atomically."""
    with atomic_path(path) as temporary:
        frame.to_parquet(temporary, index=False)


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a frame atomically; floats with all their digits unless already formatted."""
    with atomic_path(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
