"""Files: atomic writing, HDF5, frames as Parquet and CSV, reading ahead."""
