"""FlickrUser (Abdullahu and Grabner, ECCV 2024): images that 2.5k Flickr users made favourites."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from viewcast.errors import ViewcastError
from viewcast.importers.base import Imported, need_file, read_csv

# The column's name in the published description of 2024, and in the one before it.
_COLUMNS = {
    "url": ("favimg_url", "img_url"),
    "views": ("favimg_num_views", "views"),
    "uploaded_at": ("favimg_upload_date", "upload_date"),
    "faves": ("favimg_num_favorites", "favorites"),
    "comments": ("favimg_num_comments", "comments"),
    "is_pro": ("favimg_owner_ispro", "img_owner_ispro"),
    "favored_by": ("user_id", "user"),
    "photo_id": ("img_id",),
}
# .../server/id_secret.jpg
_ADDRESS_ID = re.compile(r"/([0-9]+)_[0-9a-z]+(?:_[a-z0-9]+)?\.\w+$", re.I)


def read(folder: Path, encoding: str | None = None) -> Imported:
    """Read ``FlickrUser.csv``.

    Its users are those who *liked* an image (kept as ``favored_by``, the first of them); who uploaded it is
    not told, only whether that account is Pro. So every photo counts as its own user's. An image that
    several users liked comes once. The time of the crawl is not told either: the target is
    log2(views + 1), without regard to time.
    """
    path = need_file(folder, "FlickrUser*.csv")
    table = read_csv(path, encoding)
    named = {}
    for ours, theirs in _COLUMNS.items():
        column = next((name for name in theirs if name in table), None)
        if column is not None:
            named[ours] = table[column]
    photos = pd.DataFrame(named)
    if "photo_id" not in photos and "url" in photos:
        photos["photo_id"] = photos["url"].str.extract(_ADDRESS_ID, expand=False)
    if "photo_id" not in photos or "views" not in photos:
        raise ViewcastError(f"{path} has neither an image id nor an address, or no views; is it FlickrUser.csv?")
    photos = photos.dropna(subset="photo_id").drop_duplicates("photo_id").reset_index(drop=True)
    photos["user_id"] = photos["photo_id"]
    users = None
    if "is_pro" in photos:
        users = pd.DataFrame({"user_id": photos["user_id"], "is_pro": photos.pop("is_pro")})
    return Imported(photos, users, settings={"popularity": {"definition": "log2_views_plus_one"}})
