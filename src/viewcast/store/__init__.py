"""Files: atomic writing, HDF5, frames as Parquet and CSV, records as JSON, reading ahead."""
