"""YFCC100M metadata (Thomee et al. 2016): photos under Creative Commons licences, without view counts."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_plus

import pandas as pd

from viewcast.errors import ViewcastError
from viewcast.flickr.fields import text
from viewcast.importers.base import Imported, find_file, index_pictures

# The 23 columns of the release; a later one puts a line number before and a hash after the identifier.
_COLUMNS = (
    "photo_id", "user_id", "nickname", "taken", "uploaded_at", "device", "title", "description", "tags",
    "machine_tags", "longitude", "latitude", "accuracy", "page", "url", "license", "license_url", "server",
    "farm", "secret", "secret_original", "extension", "marker",
)  # fmt: skip
_TEXTS = ("title", "description", "device")
_VIDEO = "1"


def read(folder: Path) -> Imported:
    """Read ``yfcc100m_dataset*`` (tab-separated, as it is or compressed), photos only.

    Texts are URL-encoded there and decoded here; tags are separated by commas. There are no views: the ids
    serve to ask Flickr for them, or to join counts of your own.
    """
    path = find_file(folder, "yfcc100m_dataset*", "*.tsv*")
    if path is None:
        raise ViewcastError(f"{folder} has no file yfcc100m_dataset (tab-separated, also .bz2 or .gz).")
    photos = pd.DataFrame(_rows(path), columns=[*_COLUMNS], dtype=object).replace({"": None})
    photos = photos[photos["marker"] != _VIDEO].drop_duplicates("photo_id").reset_index(drop=True)
    for name in _TEXTS:
        photos[name] = photos[name].map(_decoded, na_action="ignore")
    photos["tags"] = [[_decoded(tag) for tag in tags.split(",")] if tags else [] for tags in photos["tags"].fillna("")]
    photos["picture"] = photos["photo_id"].map(index_pictures(folder))
    keep = ["photo_id", "user_id", "picture", "uploaded_at", "title", "description", "tags", "license",
            "url", "device"]  # fmt: skip
    return Imported(photos[keep])


def _rows(path: Path) -> Iterator[list[str]]:
    opener = {".bz2": bz2.open, ".gz": gzip.open}.get(path.suffix, open)
    with opener(path, "rt", encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            values = line.rstrip("\n").split("\t")
            if len(values) == len(_COLUMNS) + 2:
                values = [values[1], *values[3:]]
            elif len(values) != len(_COLUMNS):
                raise ViewcastError(f"{path}, line {number}: {len(values)} columns; YFCC100M metadata have 23 or 25.")
            yield values


def _decoded(value: str) -> str:
    return text(unquote_plus(value, errors="replace"))
