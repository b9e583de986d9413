"""Social Popularity Image Dynamics (Ortis, Farinella, Battiato): Flickr photos with 30 daily view counts."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from viewcast.importers.base import (
    Imported,
    find_file,
    listed_tags,
    moments,
    need_file,
    read_csv,
    require,
    whole_numbers,
)

_DAY = re.compile(r"Day0*([1-9][0-9]*)")
_USERS = {
    "UserId": "user_id",
    "MeanViews": "mean_views",
    "PhotoCount": "photo_count",
    "Contacts": "contacts",
    "GroupsCount": "groups",
    "GroupsAvgMembers": "group_members",
    "Ispro": "is_pro",
}
_INFO = {"NumSets": "albums", "NumGroups": "photo_groups", "Size": "pixels"}


def read(folder: Path, encoding: str | None = None) -> Imported:
    """Read ``headers*.csv`` and, where they are, ``img_info*.csv``, ``users*.csv`` and ``popularity*.csv``.

    The views are those of the last day that has a count, and that day is ``crawled_at``: so the days on line
    are exactly 30 for a photo that was followed to the end. Without the popularity file there are no views.
    """
    path = need_file(folder, "headers*.csv")
    headers = read_csv(path, encoding)
    require(headers, path, ["FlickrId", "UserId", "DatePosted"])
    headers = headers.drop_duplicates("FlickrId").reset_index(drop=True)
    photos = pd.DataFrame(
        {
            "photo_id": headers["FlickrId"],
            "user_id": headers["UserId"],
            # The file is named so, or by the photo's id.
            "picture": headers["Path"].map(lambda p: Path(str(p)).name) if "Path" in headers else None,
            "uploaded_at": headers["DatePosted"],
            "crawled_at": headers.get("DateCrawl"),
        }
    )
    photos = _add_info(photos, folder, encoding)
    log = _views_log(photos, folder, encoding)
    if log is not None:
        last = log.groupby("photo_id", sort=False).last().reindex(photos["photo_id"])
        photos["views"] = last["views"].to_numpy()
        photos["crawled_at"] = last["observed_at"].astype("string").to_numpy()
    users = None
    if (users_path := find_file(folder, "users*.csv")) is not None:
        users = read_csv(users_path, encoding)
        require(users, users_path, ["UserId"])
        users = users.rename(columns=_USERS)
        users = users[[name for name in _USERS.values() if name in users]]
    # The data set's mean is one of raw view counts.
    return Imported(photos, users, log, {"mean_views_unit": "views"})


def _add_info(photos: pd.DataFrame, folder: Path, encoding: str | None) -> pd.DataFrame:
    path = find_file(folder, "img_info*.csv")
    if path is None:
        return photos
    info = read_csv(path, encoding)
    require(info, path, ["FlickrId"])
    info = info.drop_duplicates("FlickrId").set_index("FlickrId").reindex(photos["photo_id"]).reset_index()
    photos["title"], photos["description"] = info.get("Title"), info.get("Description")
    if "Tags" in info:
        photos["tags"] = info["Tags"].map(listed_tags)
    for theirs, ours in _INFO.items():
        if theirs in info:
            photos[ours] = whole_numbers(info[theirs])
    return photos


def _views_log(photos: pd.DataFrame, folder: Path, encoding: str | None) -> pd.DataFrame | None:
    """One row per photo and day with a count."""
    path = find_file(folder, "popularity*.csv")
    if path is None:
        return None
    counts = read_csv(path, encoding)
    require(counts, path, ["FlickrId"])
    days = {name: int(found.group(1)) for name in counts if (found := _DAY.fullmatch(name))}
    require(counts, path, ["Day01"] if not days else [])
    long = counts.drop_duplicates("FlickrId").melt("FlickrId", list(days), "day", "views")
    long = long.assign(day=long["day"].map(days), views=whole_numbers(long["views"])).dropna(subset="views")
    posted = moments(photos.set_index("photo_id")["uploaded_at"])
    long["observed_at"] = long["FlickrId"].map(posted) + pd.to_timedelta(long["day"], unit="D")
    long = long.dropna(subset="observed_at").sort_values(["FlickrId", "day"], ignore_index=True)
    return long.rename(columns={"FlickrId": "photo_id"})[["photo_id", "views", "observed_at"]]
