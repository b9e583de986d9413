"""What Flickr's replies say, as values: Flickr writes numbers as text, text as ``_content``, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# One call gives all that the tables need of a photo; a call per photo could not be afforded.
PHOTO_EXTRAS = (
    "description,license,date_upload,date_taken,views,tags,media,o_dims,url_t,url_s,url_n,url_m,url_z,url_c,url_l"
)
# Asked as well, but no part of a stored call's name: replies from before they were asked stay valid.
COUNT_EXTRAS = "count_faves,count_comments"
# Enough for a mean over all photos of a user.
VIEW_EXTRAS = "date_upload,views"

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True)
class Seen:
    """A photo as a list showed it at ``received_at`` (milliseconds since 1970, UTC)."""

    entry: dict[str, Any]
    received_at: int


def text(value: Any) -> str:
    """A text, also one wrapped as ``{"_content": ...}``; ``""`` for null.

    Halves of surrogate pairs and bytes that are no UTF-8 become U+FFFD each: a Parquet text cannot hold
    them. The store keeps them as they came. Everything else, control characters too, stays.
    """
    if isinstance(value, dict):
        value = value.get("_content")
    if value is None:
        return ""
    return re.sub("[\ud800-\udfff]", "\ufffd", str(value))


def whole(value: Any) -> int | None:
    """A whole number of at most 18 digits, also as text or wrapped; None for anything else."""
    if isinstance(value, dict):
        value = value.get("_content")
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    digits = str(value).strip()
    return int(digits) if _WHOLE.fullmatch(digits) else None


def truth(value: Any) -> bool | None:
    """A flag: 0, 1, true or false; None for anything else."""
    if isinstance(value, bool):
        return value
    number = whole(value)
    return None if number is None else number != 0


def part(reply: Any, *names: str) -> Any:
    """The value under ``names``, one inside the other; None where something is missing or no mapping."""
    for name in names:
        if not isinstance(reply, dict):
            return None
        reply = reply.get(name)
    return reply


def entries(reply: dict[str, Any], *names: str) -> Iterator[dict[str, Any]]:
    """The items of a list in a reply, without those that are no mapping."""
    found = part(reply, *names)
    if isinstance(found, list):
        yield from (item for item in found if isinstance(item, dict))


def photo_id(entry: dict[str, Any]) -> str:
    """The id of a photo entry, ``""`` where it has none."""
    return text(entry.get("id"))


def owner(entry: dict[str, Any]) -> str:
    """The user id (NSID) of a photo entry, ``""`` where it has none."""
    found = entry.get("owner")
    return text(found.get("nsid") if isinstance(found, dict) else found)


def views(entry: dict[str, Any]) -> int | None:
    """The view count, as given: negative ones too, None where it is no whole number."""
    return whole(entry.get("views"))


def faves(entry: dict[str, Any]) -> int | None:
    """How many people made it a favourite; lists tell it."""
    return whole(entry.get("count_faves"))


def comments(entry: dict[str, Any]) -> int | None:
    """How many comments it has: ``count_comments`` in lists, ``comments`` in getInfo."""
    return whole(entry.get("count_comments", entry.get("comments")))


def asked(arguments: dict[str, str | int]) -> dict[str, str | int]:
    """The arguments of a call as they are sent, with :data:`COUNT_EXTRAS` where all of a photo is asked for."""
    more = f"{PHOTO_EXTRAS},{COUNT_EXTRAS}"
    return arguments | ({"extras": more} if arguments.get("extras") == PHOTO_EXTRAS else {})


def uploaded_at(entry: dict[str, Any]) -> int | None:
    """Upload time, seconds since 1970 (UTC): ``dateupload`` in lists, ``dateuploaded`` in getInfo."""
    value = entry.get("dateupload", entry.get("dateuploaded"))
    seconds = whole(value)
    # Beyond the year 9999 no calendar library follows.
    return seconds if seconds is not None and 0 <= seconds < 253_402_300_800 else None


def tags(entry: dict[str, Any]) -> list[str]:
    """The tags: lists give them in Flickr's normal form, separated by blanks."""
    return text(entry.get("tags")).split(" ") if text(entry.get("tags")).strip(" ") else []
