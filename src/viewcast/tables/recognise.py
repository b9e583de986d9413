"""Which column of a table holds what, by the names that data sets, interfaces and exports give it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

#: What people have beside views, or in their place. A table of it speaks of likes then, and its owner should know.
LIKES = (
    "likes", "like_count", "likes_count", "num_likes", "favorites", "favorite_count", "count_faves", "faves",
    "favimg_num_favorites", "edge_liked_by",
)  # fmt: skip
#: For each key of ``corpus.columns`` the names that are known for it, the surest first: Viewcast's own, those of SMPD,
#: YFCC100M, SPID, Flickr's API (also flattened by pandas), img2dataset, and exports of Instagram.
PHOTOS: Mapping[str, Sequence[str]] = {
    "photo_id": (
        "photo_id", "pid", "flickr_id", "img_id", "image_id", "media_id", "post_id", "pk", "id", "shortcode", "key",
        "photo", "line_id",
    ),
    "user_id": (
        "user_id", "uid", "owner_nsid", "owner.nsid", "owner_id", "owner", "author_id", "author", "owner_username",
        "username", "account", "user", "nsid",
    ),
    "picture": (
        "picture", "image_path", "img_path", "image_file", "img_filepath", "filepath", "file_path", "filename",
        "file_name", "local_path", "path", "file", "image", "img", "picture_path",
    ),
    "views": (
        "views", "view_count", "num_views", "n_views", "count_views", "favimg_num_views", "video_view_count",
        "video_play_count", "plays",
    ),
    "faves": ("faves", "count_faves", *LIKES),
    "comments": (
        "comments", "count_comments", "comment_count", "comments_count", "num_comments", "favimg_num_comments",
        "edge_media_to_comment",
    ),
    "uploaded_at": (
        "uploaded_at", "date_upload", "dateupload", "dates.posted", "date_uploaded", "upload_date",
        "favimg_upload_date",
        "date_posted", "postdate", "post_date", "posted_at", "created_at", "taken_at_timestamp", "taken_at",
        "timestamp", "created_time", "upload_time", "published_at", "date_utc", "date",
    ),
    "crawled_at": (
        "crawled_at", "date_crawl", "date_crawled", "crawl_date", "crawl_time", "scraped_at", "retrieved_at",
        "fetched_at", "collected_at", "observed_at", "downloaded_at", "query_time",
    ),
    "days": ("days", "days_online", "days_on_line", "age_days", "age_in_days"),
    "target": ("target", "label", "popularity", "popularity_score", "log_views_per_day_label", "score"),
    "title": ("title", "title._content", "headline"),
    "description": ("description", "description._content", "caption", "desc", "edge_media_to_caption", "text"),
    "tags": ("tags", "user_tags", "usertags", "alltags", "all_tags", "hashtags", "keywords"),
    "in_mean_views": ("in_mean_views",),
}  # fmt: skip
#: Likewise for ``corpus.user_columns``.
USERS: Mapping[str, Sequence[str]] = {
    "user_id": (*PHOTOS["user_id"], "id"),
    "mean_views": ("mean_views", "avg_views", "average_views", "mean_view"),
    "mean_views_photos": ("mean_views_photos",),
    "photo_count": (
        "photo_count", "photos_count", "photos.count._content", "num_photos", "n_photos", "media_count", "mediacount",
        "posts_count", "posts", "photos",
    ),
    "contacts": ("contacts", "contacts_count", "num_contacts", "followers", "followers_count", "follower_count"),
    "groups": ("groups", "groups_count", "num_groups", "group_count"),
    "groups_admin": ("groups_admin",),
    "groups_invite_only": ("groups_invite_only",),
    "group_members": ("group_members", "groups_avg_members", "groups_mean_members", "avg_group_members"),
    "member_since": ("member_since", "photo_firstdate", "first_date", "join_date", "joined", "registered_at"),
    "is_pro": ("is_pro", "ispro", "pro"),
}  # fmt: skip


def recognise(columns: Iterable[object], names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Key -> column, for the keys that have one; no column twice. Case and punctuation do not count."""
    left: dict[str, str] = {}
    for column in columns:
        left.setdefault(bare(str(column)), str(column))
    found = {}
    for key, known in names.items():
        name = next((bare for bare in map(bare, known) if bare in left), None)
        if name is not None:
            found[key] = left.pop(name)
    return found


def bare(name: str) -> str:
    """A name without case and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
