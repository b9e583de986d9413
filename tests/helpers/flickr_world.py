"""A small Flickr: users, groups and photos, and the replies that the real one would give about them.

The shapes of the replies (numbers as text here and there, ``_content``, nulls) follow recorded ones.
"""

from __future__ import annotations

import io
import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from PIL import Image

DAY = 86_400
BEGIN = int(datetime(2012, 1, 1, tzinfo=UTC).timestamp())
END = int(datetime(2014, 1, 1, tzinfo=UTC).timestamp())
SIZES = {"t": 100, "s": 240, "n": 320, "m": 500, "z": 640, "c": 800, "l": 1024}
SUFFIX = {"t": "_t", "s": "_m", "n": "_n", "m": "", "z": "_z", "c": "_c", "l": "_b"}


@dataclass
class Photo:
    id: Any
    owner: str
    words: str
    uploaded: Any
    views: Any
    title: Any = "IMG"
    description: Any = ""
    tags: Any = ""
    license: str = "4"
    secret: str = "9337f28800"
    server: str = "7090"
    media: str = "photo"
    aspect: float = 0.75
    # ok, truncated, placeholder, placeholder_png, missing, huge, elsewhere
    picture: str = "ok"
    looks: int = 0
    addresses: bool = True
    deleted: bool = False

    def size(self, name: str) -> tuple[int, int]:
        return SIZES[name], round(SIZES[name] * self.aspect)


@dataclass
class User:
    id: str
    pro: int = 0
    contacts: int = 0
    groups: list[tuple[str, int, int]] = field(default_factory=list)  # (group, admin, invitation only)
    joined: int = BEGIN - 400 * DAY
    deleted: bool = False
    name: str = ""
    alias: str = ""  # at the end of the account's address


@dataclass
class World:
    """What the server knows. ``age`` lets view counts grow: each photo has so many more."""

    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, int | None] = field(default_factory=dict)  # members; None: private
    photos: list[Photo] = field(default_factory=list)
    cap: int = 4000
    age: int = 0
    invitation_flag: bool = True
    members_in_groups: bool = False

    def photos_of(self, user: str) -> list[Photo]:
        own = [p for p in self.photos if p.owner == user and not p.deleted]
        return sorted(own, key=lambda p: _stamp(p), reverse=True)

    # -- replies -----------------------------------------------------------------------------------

    def answer(self, method: str, a: dict[str, str], base: str) -> dict[str, Any]:
        """The reply to a call, ``stat`` included."""
        handler = getattr(self, "_" + method.replace("flickr.", "").replace(".", "_"), None)
        if handler is None:
            return fail(112, f'Method "{method}" not found')
        return handler(a, base)

    def _photos_search(self, a: dict[str, str], base: str) -> dict[str, Any]:
        words = a.get("tags", a.get("text", "")).replace(",", " ").split()
        if not words:
            return fail(3, "Parameterless searches have been disabled. Please use "
                           "flickr.photos.getRecent instead.")  # fmt: skip
        low, high = int(a.get("min_upload_date", 0)), int(a.get("max_upload_date", 2**40))
        licenses = a["license"].split(",") if "license" in a else None
        hits = [
            p
            for p in self.photos
            if not p.deleted
            and low <= _stamp(p) <= high
            and all(word in p.words.split() for word in words)
            and (licenses is None or p.license in licenses)
            and a.get("media", "all") in ("all", p.media + "s")
        ]
        hits.sort(key=_stamp)
        per_page, page = min(int(a.get("per_page", 100)), 500), int(a.get("page", 1))
        # Past the cap the last page comes again and again, under the number that was asked for.
        start = min((page - 1) * per_page, max(self.cap - per_page, 0))
        shown = hits[start : start + per_page]
        return self._list(shown, page, math.ceil(len(hits) / per_page), per_page, len(hits), a, base)

    def _people_getPublicPhotos(self, a: dict[str, str], base: str) -> dict[str, Any]:
        if (bad := self._user(a)) is not None:
            return bad
        own = self.photos_of(a["user_id"])
        per_page, page = min(int(a.get("per_page", 100)), 500), int(a.get("page", 1))
        shown = own[(page - 1) * per_page : page * per_page]
        return self._list(shown, page, math.ceil(len(own) / per_page), per_page, len(own), a, base)

    def _list(self, shown, page, pages, per_page, total, a, base):  # type: ignore[no-untyped-def]
        extras = set(a.get("extras", "").split(","))
        return {
            "photos": {
                "page": page,
                "pages": pages,
                "perpage": per_page,
                "total": str(total),
                "photo": [self.entry(p, extras, base) for p in shown],
            },
            "stat": "ok",
        }

    def entry(self, p: Photo, extras: set[str], base: str) -> dict[str, Any]:
        entry = {
            "id": p.id, "owner": p.owner, "secret": p.secret, "server": p.server, "farm": 8,
            "title": p.title, "ispublic": 1, "isfriend": 0, "isfamily": 0,
        }  # fmt: skip
        simple = {
            "license": p.license, "date_upload": p.uploaded, "views": self.views(p), "tags": p.tags,
            "media": p.media,
        }  # fmt: skip
        for name, value in simple.items():
            if name in extras and value is not ...:
                entry[name.replace("_", "")] = value
        counts = {"count_faves": self.faves(p), "count_comments": 2}
        entry |= {name: str(count) for name, count in counts.items() if name in extras}
        if "description" in extras:
            entry["description"] = {"_content": p.description}
        for name in SIZES:
            if f"url_{name}" in extras and p.addresses:
                width, height = p.size(name)
                host = "http://elsewhere.example" if p.picture == "elsewhere" else base
                entry[f"url_{name}"] = f"{host}/{p.server}/{p.id}_{p.secret}{SUFFIX[name]}.jpg"
                entry[f"width_{name}"], entry[f"height_{name}"] = str(width), height
        return entry

    def faves(self, p: Photo) -> int:
        return (int(p.views) + self.age) // 10 if isinstance(p.views, int) else 1

    def views(self, p: Photo) -> Any:
        return str(int(p.views) + self.age) if isinstance(p.views, int) else p.views

    def _user(self, a: dict[str, str]) -> dict[str, Any] | None:
        user = self.users.get(a.get("user_id", ""))
        if user is None:
            return fail(1, "User not found")
        return fail(5, "User deleted") if user.deleted else None

    def _people_getInfo(self, a: dict[str, str], base: str) -> dict[str, Any]:
        if (bad := self._user(a)) is not None:
            return bad
        user, own = self.users[a["user_id"]], self.photos_of(a["user_id"])
        first = min((_stamp(p) for p in own), default=0)
        return {
            "person": {
                "id": user.id, "nsid": user.id, "ispro": user.pro, "is_deleted": 0, "path_alias": None,
                "username": {"_content": "somebody"}, "realname": {"_content": ""},
                "photos": {"firstdatetaken": {"_content": None}, "firstdate": {"_content": str(first)},
                           "count": {"_content": len(own)}},
            },
            "stat": "ok",
        }  # fmt: skip

    def _urls_lookupUser(self, a: dict[str, str], base: str) -> dict[str, Any]:
        address = re.fullmatch(r"https://www\.flickr\.com/(?:people|photos)/([^/]+)/", a.get("url", ""))
        return self._named(lambda user: address is not None and address[1] in (user.alias, user.id))

    def _people_findByUsername(self, a: dict[str, str], base: str) -> dict[str, Any]:
        return self._named(lambda user: user.name == a.get("username"))

    def _named(self, fits: Callable[[User], bool]) -> dict[str, Any]:
        for user in self.users.values():
            if fits(user):
                return {"user": {"id": user.id, "username": {"_content": user.name}}, "stat": "ok"}
        return fail(1, "User not found")

    def _profile_getProfile(self, a: dict[str, str], base: str) -> dict[str, Any]:
        if (bad := self._user(a)) is not None:
            return bad
        user = self.users[a["user_id"]]
        return {"profile": {"id": user.id, "nsid": user.id, "join_date": str(user.joined)}, "stat": "ok"}

    def _contacts_getPublicList(self, a: dict[str, str], base: str) -> dict[str, Any]:
        if (bad := self._user(a)) is not None:
            return bad
        total = self.users[a["user_id"]].contacts
        shown = [{"nsid": f"{i}@N01", "username": f"c{i}"} for i in range(min(total, int(a["per_page"])))]
        return {
            "contacts": {"page": 1, "pages": total, "per_page": 1, "perpage": 1, "total": total,
                         "contact": shown},
            "stat": "ok",
        }  # fmt: skip

    def _people_getPublicGroups(self, a: dict[str, str], base: str) -> dict[str, Any]:
        if (bad := self._user(a)) is not None:
            return bad
        shown = []
        for group, admin, invitation in self.users[a["user_id"]].groups:
            if invitation and a.get("invitation_only") != "1":
                continue
            item = {"nsid": group, "name": f"Group {group}", "admin": str(admin), "eighteenplus": "0"}
            if self.invitation_flag:
                item["invitation_only"] = str(invitation)
            if self.members_in_groups and self.groups[group] is not None:
                item["members"] = str(self.groups[group])
            shown.append(item)
        return {"groups": {"group": shown}, "stat": "ok"}

    def _groups_getInfo(self, a: dict[str, str], base: str) -> dict[str, Any]:
        if a.get("group_id") not in self.groups:
            return fail(1, "Group not found")
        members = self.groups[a["group_id"]]
        if members is None:
            return fail(2, "Group is private")
        return {
            "group": {"id": a["group_id"], "name": {"_content": "Group"}, "members": {"_content": str(members)},
                      "privacy": {"_content": "3"}},
            "stat": "ok",
        }  # fmt: skip

    def _photos_getInfo(self, a: dict[str, str], base: str) -> dict[str, Any]:
        for p in self.photos:
            if p.id == a.get("photo_id") and not p.deleted:
                return {
                    "photo": {
                        "id": p.id, "secret": p.secret, "server": p.server, "farm": 8, "media": p.media,
                        "dateuploaded": str(p.uploaded), "license": p.license, "views": self.views(p),
                        "owner": {"nsid": p.owner, "username": "somebody"},
                        "title": {"_content": p.title}, "description": {"_content": p.description},
                        "tags": {"tag": [{"raw": t, "_content": t} for t in str(p.tags).split()]},
                    },
                    "stat": "ok",
                }  # fmt: skip
        return fail(1, "Photo not found")


def fail(code: int, message: str) -> dict[str, Any]:
    return {"stat": "fail", "code": code, "message": message}


def _stamp(p: Photo) -> int:
    return p.uploaded if isinstance(p.uploaded, int) else int(p.uploaded)


def jpeg(looks: int, size: tuple[int, int], format: str = "JPEG") -> bytes:
    """A picture that depends on ``looks``, with enough detail that its end is not its beginning."""
    small = Image.frombytes("RGB", (8, 6), random.Random(looks).randbytes(144))
    file = io.BytesIO()
    small.resize(size, Image.Resampling.BILINEAR).save(file, format, quality=70)
    return file.getvalue()


def make_world(
    seed: int = 0,
    *,
    users: int = 14,
    fans: int = 0,
    words: tuple[str, ...] = ("happy cat", "scary dog"),
    cap: int = 4000,
) -> World:
    """A random little world in which most odd cases occur; the last ``fans`` users have 30 photos each."""
    rng = random.Random(seed)
    world = World(cap=cap)
    world.groups = {f"{1000 + i}@N2{i % 10}": rng.randint(2, 50_000) for i in range(12)}
    world.groups["2000@N20"] = None
    number = 7_000_000_000
    for i in range(users):
        user = User(f"{30_000_000 + i}@N{i % 10:02d}", pro=int(i % 3 == 0), contacts=rng.randint(0, 900))
        for group in rng.sample(sorted(world.groups), rng.randint(0, 5)):
            user.groups.append((group, rng.randint(0, 1), rng.randint(0, 1)))
        world.users[user.id] = user
        fame = rng.random() * 8
        for _ in range(30 if i >= users - fans else rng.randint(1, 4)):
            number += rng.randint(1, 1000)
            world.photos.append(
                Photo(
                    str(number),
                    user.id,
                    words=rng.choice(words) + (" " + rng.choice(words) if rng.random() < 0.2 else ""),
                    uploaded=rng.randint(BEGIN, END),
                    views=int(2 ** rng.gauss(fame, 1)),
                    title=f"Title {number}",
                    description="x" * rng.randint(0, 30),
                    tags=" ".join(rng.sample(["cat", "dog", "sky", "tree"], rng.randint(0, 4))),
                    secret=f"{rng.getrandbits(40):010x}",
                    aspect=rng.choice([0.75, 0.66, 1.0]),
                    license=str(rng.choice([0, 4, 5])),
                    looks=number,
                )
            )
    photos = world.photos
    photos[3].picture, photos[5].picture, photos[7].picture = "truncated", "placeholder", "missing"
    photos[9].picture, photos[11].picture = "placeholder_png", "elsewhere"
    photos[13].looks = photos[12].looks
    photos[13].aspect = photos[12].aspect
    photos[15].addresses = False
    photos[17].media = "video"
    world.users[photos[19].owner].deleted = True
    return world
