"""Small records as JSON, whole or not at all, with a digest among their entries."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from viewcast.store.atomic import atomic_path
from viewcast.store.seal import REMEDY, Layout, blank, check_seal, seal


def write_record(record: Mapping[str, Any], path: str | os.PathLike[str], layout: Layout) -> None:
    """Write a record atomically; the entry ``seal`` is added to it."""
    text = json.dumps({**record, "seal": blank(path, layout).decode()}, indent=2)
    with atomic_path(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
        seal(temporary)


def read_record(path: str | os.PathLike[str], layout: Layout, *, remedy: str = REMEDY) -> dict[str, Any]:
    """Read what :func:`write_record` wrote.

    :param remedy: what a message ends with.
    :raises ViewcastError: as for :func:`viewcast.store.seal.check_seal`.
    """
    check_seal(path, layout, remedy=remedy)
    with open(path, encoding="utf-8") as file:
        record: dict[str, Any] = json.load(file)
    del record["seal"]
    return record
