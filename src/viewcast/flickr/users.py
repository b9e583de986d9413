"""The social cues of a user (paper, section 5), from the calls that need no log-in.

Which method gives which cue, and which of them is a proxy, stands in ``docs/flickr.md``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from viewcast.config.flickr import UsersConfig
from viewcast.flickr import fields
from viewcast.flickr.failures import CallFailed, NotStored
from viewcast.flickr.fields import Seen
from viewcast.flickr.store import Archive

INFO = "flickr.people.getInfo"
PROFILE = "flickr.profile.getProfile"
CONTACTS = "flickr.contacts.getPublicList"
GROUPS = "flickr.people.getPublicGroups"
GROUP = "flickr.groups.getInfo"
PHOTOS = "flickr.people.getPublicPhotos"
_PAGE = 500
log = logging.getLogger(__name__)

# views and days on line (both arrays) to normalised views
Popularity = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass
class User:
    """A row of users.parquet; None is a cue that Flickr did not tell."""

    user_id: str
    mean_views: float | None = None
    photo_count: int | None = None
    contacts: int | None = None
    groups: int | None = None
    groups_admin: int | None = None
    groups_invite_only: int | None = None
    group_members: float | None = None
    member_since: int | None = None
    is_pro: bool | None = None
    mean_views_photos: int | None = None
    # The photos that mean_views is the mean of.
    mean_views_of: frozenset[str] = frozenset()
    # What was refused or is not there yet: method -> why.
    missing: dict[str, str] = field(default_factory=dict)


def ask_user(archive: Archive, user_id: str, config: UsersConfig, popularity: Popularity, extras: str) -> User:
    """Ask for the cues of ``user_id`` that ``config`` names. What is refused leaves its cues None.

    ``extras`` are those of the lists of public photos, so that a crawl that needs these photos anyhow pays
    for them once.
    """
    user = User(user_id)
    steps: list[tuple[str, Callable[[Archive, User], None]]] = [
        ("profile", _profile),
        ("join_date", _join_date),
        ("contacts", _contacts),
        ("groups", lambda a, u: _groups(a, u, "group_members" in config.cues)),
        ("mean_views", lambda a, u: _mean_views(a, u, popularity, extras, config.mean_views_pages)),
    ]
    wanted = set(config.cues) | ({"groups"} if "group_members" in config.cues else set())
    for name, step in steps:
        if name not in wanted:
            continue
        try:
            step(archive, user)
        except CallFailed as error:
            user.missing[name] = str(error)
            if name == "profile":
                break  # no such user: everything else would be refused too
        except NotStored:
            user.missing[name] = "not asked yet"
    return user


def _profile(archive: Archive, user: User) -> None:
    person = fields.part(archive.ask(INFO, user_id=user.user_id).body, "person")
    user.photo_count = fields.whole(fields.part(person, "photos", "count"))
    user.is_pro = fields.truth(fields.part(person, "ispro"))
    user.member_since = _moment(fields.part(person, "photos", "firstdate"))


def _join_date(archive: Archive, user: User) -> None:
    profile = archive.ask(PROFILE, user_id=user.user_id).body
    user.member_since = _moment(fields.part(profile, "profile", "join_date")) or user.member_since


def _moment(value: Any) -> int | None:
    # Flickr writes 0 for a user without photos; nobody joined in 1970.
    return fields.uploaded_at({"dateupload": value}) or None


def _contacts(archive: Archive, user: User) -> None:
    reply = archive.ask(CONTACTS, user_id=user.user_id, per_page=1, page=1).body
    user.contacts = fields.whole(fields.part(reply, "contacts", "total"))


def _groups(archive: Archive, user: User, sizes: bool) -> None:
    # Without the argument, groups by invitation are left out.
    reply = archive.ask(GROUPS, user_id=user.user_id, invitation_only=1).body
    found = list(fields.entries(reply, "groups", "group"))
    user.groups = len(found)
    user.groups_admin = _count(group.get("admin") for group in found)
    user.groups_invite_only = _count(group.get("invitation_only") for group in found)
    if sizes:
        user.group_members = _mean_size(archive, user, found)


def _count(flags: Iterator[Any]) -> int | None:
    """How many flags are set; None where groups are there and none of them carries the flag."""
    values = [fields.truth(flag) for flag in flags]
    known = [value for value in values if value is not None]
    return sum(known) if known or not values else None


def _mean_size(archive: Archive, user: User, groups: list[dict[str, Any]]) -> float | None:
    """Mean number of members; 0 for a user without groups, as in the SPID data."""
    if not groups:
        return 0.0
    sizes = []
    for group in groups:
        size = fields.whole(group.get("members"))
        if size is None:
            try:
                reply = archive.ask(GROUP, group_id=fields.text(group.get("nsid"))).body
            except CallFailed:
                continue  # private or gone
            except NotStored:
                user.missing["group_members"] = "not asked yet"
                return None
            size = fields.whole(fields.part(reply, "group", "members"))
        if size is not None:
            sizes.append(size)
    return float(np.mean(sizes)) if sizes else None


def public_photos(archive: Archive, user_id: str, extras: str, most_pages: int | None = None) -> Iterator[Seen]:
    """All public photos of a user, newest first, or the newest ``most_pages`` pages of 500.

    :raises CallFailed: Flickr refuses (the user is gone).
    :raises NotStored: the archive is offline and has not all of them.
    """
    number, pages = 1, 1
    while number <= pages and (most_pages is None or number <= most_pages):
        reply = archive.ask(PHOTOS, user_id=user_id, extras=extras, per_page=_PAGE, page=number)
        photos = fields.part(reply.body, "photos")
        if fields.whole(fields.part(photos, "page")) not in (number, None):
            return  # a page past the last repeats another
        pages = fields.whole(fields.part(photos, "pages")) or 0
        for entry in fields.entries(reply.body, "photos", "photo"):
            yield Seen(entry, reply.received_at)
        number += 1


def _mean_views(archive: Archive, user: User, popularity: Popularity, extras: str, most_pages: int | None) -> None:
    """Mean of the normalised views over the public photos (videos have views, but no picture: left out)."""
    counts: dict[str, tuple[int, float]] = {}
    for seen in public_photos(archive, user.user_id, extras, most_pages):
        count, uploaded = fields.views(seen.entry), fields.uploaded_at(seen.entry)
        if count is None or count < 0 or uploaded is None or seen.entry.get("media") == "video":
            continue
        days = (seen.received_at / 1000 - uploaded) / 86_400
        if days >= 0:
            counts[fields.photo_id(seen.entry)] = (count, days)
    if counts:
        values = np.array(list(counts.values()), dtype=np.float64)
        user.mean_views = float(popularity(values[:, 0], values[:, 1]).mean())
        user.mean_views_photos, user.mean_views_of = len(counts), frozenset(counts)
