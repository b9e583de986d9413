"""Runs of the crawl against the local Flickr, here or in another process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fake_flickr import KEY, REST, SECRET, Server

from viewcast.config.flickr import FlickrConfig
from viewcast.flickr.crawl import Summary, crawl
from viewcast.flickr.credentials import Credentials
from viewcast.flickr.derive import derive
from viewcast.flickr.membership import tables_path

CREDENTIALS = Credentials(KEY, SECRET)
NOW = 1_400_000_000.0  # May 2014, after every upload of the little world
TABLES = ("photos", "users", "views_log")


def make_config(server: Server, folder: Path, **changes: Any) -> FlickrConfig:
    """A configuration for the local Flickr: fast, patient only for an instant."""
    values: dict[str, Any] = {
        "folder": str(folder),
        "api_url": server.base + REST,
        "search": {"queries": ["happy cat", "scary dog"], "until": "2014-03-01"},
        "pictures": {
            "per_second": 2000,
            "hosts": ["127.0.0.1"],
            "base_url": server.base,
        },
        "patience": {
            "calls_per_hour": 3600 * 1000,
            "timeout_s": 1.0,
            "first_wait_s": 0.005,
            "longest_wait_s": 0.02,
            "bucket_folder": str(folder / "bucket"),
        },
    }
    for name, value in changes.items():
        values[name] = values.get(name, {}) | value if isinstance(value, dict) else value
    return FlickrConfig.model_validate(values)


def run(config: FlickrConfig, now: float = NOW) -> Summary:
    """Crawl with the local key and a clock that stands still, so that two runs can be equal."""
    return crawl(config, 0, credentials=CREDENTIALS, clock=lambda: now)


def run_dump(dump: str) -> None:
    """:func:`run` for another process."""
    run(FlickrConfig.model_validate_json(dump))


def tables(config: FlickrConfig) -> dict[str, pa.Table]:
    """The derived tables."""
    folder = tables_path(config)
    derive(config, 0, folder)
    return {name: pq.read_table(folder / f"{name}.parquet") for name in TABLES}
