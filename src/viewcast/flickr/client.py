"""The Flickr API behind one method.

``flickrapi`` signs and sends. It retries nothing, limits nothing, has no default timeout, prints its key and
writes tokens to disk; all of that is settled here and in :mod:`viewcast.flickr.patience`.
"""

from __future__ import annotations

import json
import logging
from typing import Any, Protocol

import flickrapi

from viewcast.config.flickr import FlickrConfig
from viewcast.errors import ViewcastError
from viewcast.flickr.credentials import Credentials
from viewcast.flickr.failures import CallFailed, Unreachable, is_refusal
from viewcast.flickr.http import TooLarge, check_status, network_failures, open_session

# A page of 500 photos with 100 kB descriptions each would be 50 MB.
_MAX_REPLY_BYTES = 64 << 20
# What a good reply holds; one without it would be taken for "nothing there", and kept.
_CONTENT = {
    "flickr.photos.search": "photos",
    "flickr.photos.getInfo": "photo",
    "flickr.people.getPublicPhotos": "photos",
    "flickr.people.getInfo": "person",
    "flickr.people.getPublicGroups": "groups",
    "flickr.groups.getInfo": "group",
    "flickr.contacts.getPublicList": "contacts",
    "flickr.profile.getProfile": "profile",
    "flickr.urls.lookupUser": "user",
    "flickr.people.findByUsername": "user",
}


class FlickrClient(Protocol):
    """Whatever can answer a call of the Flickr API."""

    def call(self, method: str, **arguments: str | int) -> dict[str, Any]:
        """The reply of ``method`` (``flickr.photos.search``), parsed.

        :raises CallFailed: Flickr refused this call.
        :raises Unreachable: no usable answer came.
        :raises ViewcastError: no call can succeed (the key was refused, the address is wrong).
        """
        ...


class _QuietFlickrAPI(flickrapi.FlickrAPI):
    def __repr__(self) -> str:  # the original prints the key
        return "<FlickrAPI>"

    __str__ = __repr__


class FlickrApiClient:
    """The network, through ``flickrapi``: one attempt per call."""

    def __init__(self, credentials: Credentials, config: FlickrConfig) -> None:
        # At level DEBUG the OAuth libraries log headers with the key in them.
        for name in ("oauthlib", "requests_oauthlib", "flickrapi"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._credentials = credentials
        self._api = _QuietFlickrAPI(
            credentials.key,
            credentials.secret,
            format="json",
            store_token=False,
            timeout=config.patience.timeout_s,
        )
        self._api.REST_URL = config.api_url
        session = open_session(config.patience.timeout_s, _MAX_REPLY_BYTES)
        # flickrapi logs the whole body of an error status and drops its headers: look at it first.
        session.hooks["response"].append(self._check)
        self._api.flickr_oauth.session = session

    @staticmethod
    def _check(response: Any, *_: object, **__: object) -> None:
        if response.status_code == 401:
            raise ViewcastError("Flickr refused the key (HTTP 401). Check FLICKR_API_KEY and FLICKR_API_SECRET.")
        check_status(response)
        if response.status_code not in (200, 301, 302, 303, 307, 308):
            raise ViewcastError(
                f"corpus.flickr.api_url answered HTTP {response.status_code}: this is not the API's address."
            )

    def call(self, method: str, **arguments: str | int) -> dict[str, Any]:
        """See :class:`FlickrClient`."""
        try:
            with network_failures():
                body = self._api.do_flickr_call(method, **arguments)
            # A host that echoes the key must not bring it into the store.
            reply = _parse(self._credentials.redact(body.decode("utf-8", "surrogateescape")))
            if reply["stat"] == "fail":
                raise _failure(reply)
            if _CONTENT.get(method, "stat") not in reply:
                raise Unreachable("the reply lacks its content")
            return reply
        except TooLarge:
            raise CallFailed(0, f"the reply exceeds {_MAX_REPLY_BYTES >> 20} MiB") from None
        except CallFailed as error:
            if is_refusal(error):
                raise ViewcastError(
                    f"Flickr refused the key ({error}). Check FLICKR_API_KEY and FLICKR_API_SECRET."
                ) from None
            raise
        except flickrapi.FlickrError as error:
            raise Unreachable(self._credentials.redact(str(error))) from None


def _parse(body: str) -> dict[str, Any]:
    """The reply in ``body``; broken UTF-8 is kept as surrogates, control characters as they are."""
    try:
        reply = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        raise Unreachable("the answer is not JSON") from None
    if not isinstance(reply, dict) or reply.get("stat") not in ("ok", "fail"):
        raise Unreachable("the answer is no reply of the API")
    return reply


def _failure(reply: dict[str, Any]) -> CallFailed:
    try:
        code = int(reply.get("code", 0))
    except (TypeError, ValueError):
        code = 0
    return CallFailed(code, str(reply.get("message", "no message")))
