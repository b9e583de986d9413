"""YFCC100M metadata (Thomee et al. 2016): photos under Creative Commons licences, without view counts."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote_plus

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from viewcast.errors import ViewcastError
from viewcast.flickr.fields import text
from viewcast.importers.base import Imported
from viewcast.tables.files import opened
from viewcast.tables.rows import as_frame

# The 23 columns of the release; a later one puts a line number before and a hash after the identifier.
_COLUMNS = (
    "photo_id", "user_id", "nickname", "taken", "uploaded_at", "device", "title", "description", "tags",
    "machine_tags", "longitude", "latitude", "accuracy", "page", "url", "license", "license_url", "server",
    "farm", "secret", "secret_original", "extension", "marker",
)  # fmt: skip
_WITH_HASH = ("line", "photo_id", "hash", *_COLUMNS[1:])
_KEPT = ("photo_id", "user_id", "uploaded_at", "title", "description", "tags", "license", "url", "device")
_TEXTS = ("title", "description", "device")
_VIDEO = "1"


def read(folder: Path, encoding: str | None = None) -> Imported:
    """Read ``yfcc100m_dataset*``, whole or in its ten parts (tab-separated, as they are or compressed), photos only.

    Texts are URL-encoded there and decoded here; tags are separated by commas. Pictures are named by the photo's id,
    or, as released, by their hash, which stands in the table or in ``yfcc100m_hash*``. There are no views: the ids
    serve to ask Flickr for them, or to join counts of your own.
    """
    paths = _files(folder, "yfcc100m_dataset*") or _files(folder, "*.tsv*")
    if not paths:
        raise ViewcastError(f"{folder} has no file yfcc100m_dataset (tab-separated, also .bz2 or .gz, or in parts).")
    photos = pd.concat([_photos(path, encoding) for path in paths], ignore_index=True)
    photos = photos.drop_duplicates("photo_id").reset_index(drop=True)
    for name in _TEXTS:
        photos[name] = photos[name].map(_decoded, na_action="ignore")
    photos["tags"] = [[_decoded(tag) for tag in tags.split(",")] if tags else [] for tags in photos["tags"].fillna("")]
    hashes = [_read(path, ("photo_id", "hash"), encoding) for path in _files(folder, "yfcc100m_hash*")]
    if hashes:
        known = pd.concat(hashes).drop_duplicates("photo_id").set_index("photo_id")["hash"]
        photos["hash"] = photos["photo_id"].map(known)
    photos["picture"] = photos.pop("hash")
    return Imported(photos)


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if path.is_file())


def _photos(path: Path, encoding: str | None) -> pd.DataFrame:
    with opened(path) as stream:
        width = stream.readline().count(b"\t") + 1
    if width not in (len(_COLUMNS), len(_WITH_HASH)):
        raise ViewcastError(f"{path}, line 1: {width} columns; YFCC100M metadata have 23 or 25.")
    table = _read(path, _COLUMNS if width == len(_COLUMNS) else _WITH_HASH, encoding)
    photos = table[table["marker"] != _VIDEO]
    return photos.reindex(columns=[*_KEPT, "hash"]).astype(object).where(photos.notna(), None)


def _read(path: Path, names: tuple[str, ...], encoding: str | None) -> pd.DataFrame:
    """Lines of as many fields, without quotation marks."""

    def refuse(row: pacsv.InvalidRow) -> str:
        raise ViewcastError(f"{path}, line {row.number}: {row.actual_columns} columns, and line 1 has {len(names)}.")

    try:
        with opened(path) as stream:
            table = pacsv.read_csv(
                stream,
                read_options=pacsv.ReadOptions(
                    column_names=list(names), use_threads=False, encoding=encoding or "utf8"
                ),
                parse_options=pacsv.ParseOptions(delimiter="\t", quote_char=False, invalid_row_handler=refuse),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
                ),
            )
    except (OSError, EOFError, pa.ArrowException) as error:
        raise ViewcastError(f"{path} cannot be read ({error}). Is the file whole?") from None
    return as_frame(table)


def _decoded(value: str) -> str:
    return text(unquote_plus(value, errors="replace"))
