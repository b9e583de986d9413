"""A configuration for a corpus of one's own, from its tables' column names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pydantic import BaseModel

from viewcast.config.corpus import PhotoColumns, UserColumns
from viewcast.errors import ViewcastError
from viewcast.pictures.find import SUFFIXES
from viewcast.tables.reading import read_table
from viewcast.tables.recognise import LIKES, PHOTOS, USERS, recognise

_EXAMPLES = 3
_HEAD = (
    "# Written by `viewcast init` from the names of the columns. Look it through, then say `viewcast check` with it.",
    "# What each key means is in config/README.md, how tables are read in docs/tables.md.",
)


@dataclass(frozen=True)
class Draft:
    """A configuration to look through.

    :ivar text: YAML with comments.
    :ivar said: what was mapped, what was left, and what is to be looked at, line by line.
    """

    text: str
    said: list[str]


def draft_configuration(
    photos: Path, users: Path | None = None, pictures: Path | None = None, *, encoding: str | None = None
) -> Draft:
    """Recognise the columns of one or two tables (:mod:`viewcast.tables.recognise`).

    Without a time of the crawl, and without days on line, the target is log2(views + 1); without views, a column that
    is called a label or a popularity; without that, likes take the place of views, and it is said.

    :raises ViewcastError: a table cannot be read, or no column is a photo's id or its popularity.
    """
    table = read_table(photos, encoding=encoding)
    found, remarks = _photo_columns(table, photos)
    said = [f"{photos}:", *_said(table, found, PhotoColumns)]
    lines = [*_HEAD, "corpus:", "  source: table", f"  photos: {_quoted(photos)}"]
    if users is None:
        lines.append("  # users: my/users.csv       # a table of the users, if you have one")
    else:
        lines.append(f"  users: {_quoted(users)}")
    if pictures is None:
        lines.append("  pictures: pictures          # the folder of the pictures: put in yours")
        said.append("No folder of pictures was given: put it in as corpus.pictures.")
    else:
        lines.append(f"  pictures: {_quoted(pictures)}")
    if encoding is not None:
        lines.append(f"  encoding: {_quoted(encoding)}")
    lines += ["  columns:", *_mapping(table, found, PhotoColumns, remarks)]
    if users is not None:
        account = read_table(users, encoding=encoding, key="corpus.users")
        known = _user_columns(account, users)
        said += [f"{users}:", *_said(account, known, UserColumns)]
        lines += ["  user_columns:", *_mapping(account, known, UserColumns, {})]
        if "mean_views" in known:
            lines.append("  mean_views_unit: views  # what mean_views is a mean of: popularity, views or views_per_day")
            said.append("corpus.mean_views_unit: the users' mean of views is taken for one of raw views. Is it?")
    if "target" not in found and "days" not in found and not {"uploaded_at", "crawled_at"} <= set(found):
        lines += [
            "  popularity:",
            "    # No column says when the views were read, or how old the photos were, so that time does not count.",
            "    definition: log2_views_plus_one",
        ]
        said.append("No two columns tell the days on line: the target is log2(views + 1), without regard to time.")
    lines += ["pictures:", "  shard_size: 1000", "dictionary:", "  photos: 500", "  descriptors: 500000"]
    return Draft("\n".join(lines) + "\n", said + [f"{key}: {remark}" for key, remark in remarks.items()])


def _photo_columns(table: pd.DataFrame, path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """What is recognised, and what is to be said of it."""
    found = recognise(table.columns, PHOTOS)
    if "photo_id" not in found:
        raise _not_known(table, path, "the photos' ids")
    if "views" in found:
        target = found.pop("target", None)
        return found, {} if target is None else {"views": f"{target!r} could be the target in place of views and times"}
    if "target" in found:
        return found, {}
    likes = recognise(table.columns, {"views": LIKES})
    if not likes:
        raise _not_known(table, path, "views, or another target")
    found.pop("faves", None)  # no column twice
    return found | likes, {"views": "likes, in place of views: every table speaks of likes then"}


def _user_columns(table: pd.DataFrame, path: Path) -> dict[str, str]:
    known = recognise(table.columns, USERS)
    if "user_id" not in known:
        raise _not_known(table, path, "the users' ids")
    return known


def _not_known(table: pd.DataFrame, path: Path, what: str) -> ViewcastError:
    return ViewcastError(
        f"No column of {path} is known to hold {what}; it has: {', '.join(map(str, table.columns))}. Copy "
        "config/table.yaml, and name the column there."
    )


def _said(table: pd.DataFrame, found: Mapping[str, str], keys: type[BaseModel]) -> list[str]:
    left = [str(column) for column in table.columns if column not in found.values()]
    lines = [f"  {key}: {found[key]}" for key in keys.model_fields if key in found]
    lines += [f"  not found: {', '.join(key for key in keys.model_fields if key not in found)}"]
    return lines + ([f"  left: {', '.join(left)}"] if left else [])


def _mapping(
    table: pd.DataFrame, found: Mapping[str, str], keys: type[BaseModel], remarks: Mapping[str, str]
) -> list[str]:
    lines = []
    for key in keys.model_fields:
        if key not in found:
            lines.append(f"    {key}: null")
            continue
        values = [_shown(value) for value in table[found[key]].dropna().head(_EXAMPLES)]
        comment = ", ".join(values) + (f"; {remarks[key]}" if key in remarks else "")
        lines.append(f"    {key}: {_quoted(found[key])}  # {comment}")
    return lines


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 30 else text[:27] + "..."


def _quoted(value: object) -> str:
    """YAML's text between quotation marks is JSON's."""
    return json.dumps(str(value), ensure_ascii=False)


def sort_paths(paths: Sequence[Path]) -> tuple[Path, Path | None, Path | None]:
    """The photos table, the users table and the folder of pictures among one to three paths.

    The first is the photos table; a folder that holds pictures, or that comes third, is the folder of pictures.

    :raises ViewcastError: there are more.
    """
    photos, *rest = paths
    users = pictures = None
    for path in rest:
        if pictures is None and path.is_dir() and (users is not None or _has_pictures(path)):
            pictures = path
        elif users is None:
            users = path
        else:
            raise ViewcastError(
                f"{path} is one too many: photos.csv, users.csv and the folder of pictures, in that order."
            )
    return photos, users, pictures


def _has_pictures(folder: Path) -> bool:
    return any(path.suffix.lower() in SUFFIXES for path in folder.rglob("*"))
