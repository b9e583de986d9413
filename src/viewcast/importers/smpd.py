"""Social Media Prediction data (SMP Challenge, 2017-2020 and later): Flickr posts with a popularity label."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pandas as pd

from viewcast.errors import ViewcastError
from viewcast.importers.base import (
    MAX_REJECTED_VIEWS,
    Imported,
    decimal_numbers,
    find_file,
    listed_tags,
    need_file,
    read_csv,
    read_json_table,
    read_lines,
    require,
)

_USERS = {"photo_count": "photo_count", "ispro": "is_pro", "photo_firstdate": "member_since"}
_NAMES = {name.lower(): name for name in ("Pid", "Uid", "Title", "Alltags", "Postdate", "Category",
          "Subcategory", "Concept", "Mediatype", "photo_count", "ispro", "photo_firstdate")}  # fmt: skip


def read(folder: Path, encoding: str | None = None) -> Imported:
    """Read the training files: the label, and whatever is there of text, category, temporal-spatial,
    additional and user data, and the list of picture paths.

    All files have one row per post, in the same order; the ids in them are compared, not trusted. The label
    is the challenge's own, log2(views/days) + 1, and becomes the target as it stands (column ``label``):
    the counts themselves were not published. ``member_since`` is the date of the first upload.
    """
    parts = {
        name: _read_part(path)
        for name in ("text", "category", "temporalspatial_information", "additional_information", "user_data")
        if (path := find_file(folder, f"train_{name}.json")) is not None
    }
    posts = _posts(folder, parts, encoding)
    posts["label"] = _labels(folder, posts, encoding)
    temporal, words, category = (
        parts.get(name, pd.DataFrame()) for name in ("temporalspatial_information", "text", "category")
    )
    photos = pd.DataFrame(
        {
            "photo_id": posts["Pid"],
            "user_id": posts["Uid"],
            "picture": posts["picture"],
            "uploaded_at": temporal.get("Postdate"),
            "title": words.get("Title"),
            "label": decimal_numbers(posts["label"], "label", most=MAX_REJECTED_VIEWS),
        }
    )
    if "Alltags" in words:
        photos["tags"] = words["Alltags"].map(listed_tags)
    for name in ("Category", "Subcategory", "Concept"):
        if name in category:
            photos[name.lower()] = category[name].astype("string")
    users = None
    if (data := parts.get("user_data")) is not None:
        users = data.rename(columns=_USERS).assign(user_id=posts["Uid"])
    return Imported(photos, users, settings={"columns": {"target": "label", "views": None}})


def _read_part(path: Path) -> pd.DataFrame:
    table = read_json_table(path)
    return table.rename(columns={name: _NAMES[name.lower()] for name in table if name.lower() in _NAMES})


def _posts(folder: Path, parts: dict[str, pd.DataFrame], encoding: str | None) -> pd.DataFrame:
    """Post id, user id and picture of every row, from the first file that has both ids."""
    path = find_file(folder, "train_img_filepath.txt", "train_img_path.txt")
    lines = read_lines(path, encoding) if path is not None else None
    if lines is not None:
        paths = [PurePosixPath(line) for line in lines]
        ids = pd.DataFrame({"Pid": [p.stem for p in paths], "Uid": [p.parent.name for p in paths]})
    else:
        ids = next((t[["Pid", "Uid"]] for t in parts.values() if {"Pid", "Uid"} <= set(t)), None)
        if ids is None:
            raise ViewcastError(f"No file in {folder} says which post is whose (columns Pid and Uid).")
        ids = ids.astype(str)
    for name, table in parts.items():
        if len(table) != len(ids):
            raise ViewcastError(f"train_{name}.json has {len(table)} rows, and there are {len(ids)} posts.")
        for column in {"Pid", "Uid"} & set(table):
            wrong = (table[column].astype(str) != ids[column]).to_numpy()
            if wrong.any():
                raise ViewcastError(
                    f"train_{name}.json is in another order: row {wrong.argmax() + 1} has {column} "
                    f"{table[column][wrong.argmax()]!r}, the other files {ids[column][wrong.argmax()]!r}."
                )
    # Paths begin with the archive's own folder; pictures are found by their own and their user's name as well.
    ids["picture"] = lines if lines is not None else ids["Uid"] + "/" + ids["Pid"] + ".jpg"
    return ids


def _labels(folder: Path, posts: pd.DataFrame, encoding: str | None) -> list[object]:
    path = need_file(folder, "train_label.txt", "train_label.json", "train_label.csv")
    if path.suffix == ".txt":
        labels: list[object] = list(read_lines(path, encoding))
    else:
        table = read_csv(path, encoding) if path.suffix == ".csv" else read_json_table(path)
        column = next((name for name in table if name.lower() in ("label", "popularity", "score")), None)
        require(table, path, ["label"] if column is None else [])
        labels = list(table[column])
    if len(labels) != len(posts):
        raise ViewcastError(f"{path} has {len(labels)} labels, and there are {len(posts)} posts.")
    return labels
