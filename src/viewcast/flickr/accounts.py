"""The accounts that a configuration names: by id, end of their address, user name, or the whole address."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from viewcast.errors import ViewcastError
from viewcast.flickr import fields
from viewcast.flickr.failures import CallFailed
from viewcast.flickr.store import Archive
from viewcast.flickr.users import INFO

BY_ADDRESS = "flickr.urls.lookupUser"
BY_NAME = "flickr.people.findByUsername"
_ID = re.compile(r"[0-9]+@N[0-9]+", re.ASCII)
_ALIAS = re.compile(r"[0-9A-Za-z_-]+", re.ASCII)
_ADDRESS = re.compile(r"(https?://)?([a-z]+\.)?flickr\.com(/|$)", re.I)
log = logging.getLogger(__name__)


class _Unknown(Exception):
    """Why a name is no account."""


def find_accounts(archive: Archive, names: Sequence[str]) -> list[str]:
    """The user ids (NSID) of the accounts that ``names`` name, each once, in their order.

    An id costs one call, an address two; a name without blanks is looked up as the end of an address and as a user
    name, three calls.

    :raises ViewcastError: Flickr knows no such account, it was deleted, or a name fits two: every such name is told.
    :raises NotStored: the archive is offline and does not have the answers.
    """
    found: dict[str, None] = {}
    unknown = []
    for name in names:
        try:
            user_id = _find(archive, name.strip())
            person = archive.ask(INFO, user_id=user_id).body
        except (_Unknown, CallFailed) as error:
            unknown.append(f"{name!r} ({error})")
            continue
        if fields.whole(fields.part(person, "person", "photos", "count")) == 0:
            log.warning("the account %r shows no public photo", name)
        found[user_id] = None
    if unknown:
        raise ViewcastError(
            f"corpus.flickr.user_mix.ids names what is no account of Flickr: {', '.join(unknown)}. Write the address "
            "of the account's page, such as https://www.flickr.com/people/NAME/, or its id, such as 12345678@N00, "
            "and start the crawl again."
        )
    return list(found)


def _find(archive: Archive, name: str) -> str:
    if _ADDRESS.match(name):
        kind, _, name = unquote(urlsplit(name if "://" in name else f"https://{name}").path).strip("/").partition("/")
        name = name.partition("/")[0]
        if kind not in ("people", "photos") or not name:
            raise _Unknown("the address of an account's page begins with flickr.com/people/ or flickr.com/photos/")
        return name if _ID.fullmatch(name) else _ask(archive, BY_ADDRESS, url=_address(name))
    if _ID.fullmatch(name):
        return name
    if not _ALIAS.fullmatch(name):
        return _ask(archive, BY_NAME, username=name)
    answers: dict[str, str] = {}
    for method, arguments in ((BY_ADDRESS, {"url": _address(name)}), (BY_NAME, {"username": name})):
        try:
            answers[method] = _ask(archive, method, **arguments)
        except CallFailed as error:
            refusal = error
    if not answers:
        raise refusal
    if len(set(answers.values())) > 1:
        raise _Unknown(
            f"{answers[BY_ADDRESS]} has it at the end of its address, {answers[BY_NAME]} as its user name: write one "
            "of these ids"
        )
    return next(iter(answers.values()))


def _address(name: str) -> str:
    return f"https://www.flickr.com/photos/{name}/"


def _ask(archive: Archive, method: str, **arguments: str) -> str:
    user = fields.part(archive.ask(method, **arguments).body, "user")
    user_id = fields.text(fields.part(user, "nsid") or fields.part(user, "id"))
    if not _ID.fullmatch(user_id):
        raise _Unknown("Flickr's answer holds no user id")
    return user_id
