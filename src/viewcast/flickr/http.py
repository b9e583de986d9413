"""One HTTP session: bounded in time and size, and every failure in this package's own words."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
import urllib3

from viewcast.flickr.failures import Unreachable

_CHUNK = 1 << 16
USER_AGENT = "viewcast (https://pypi.org/project/viewcast)"


class TooLarge(Exception):
    """The body is larger than was allowed."""


class _Slow(Exception):
    pass


def open_session(timeout_s: float, max_bytes: int) -> requests.Session:
    """A session whose responses are complete and bounded when they are returned.

    requests bounds the wait for each byte, not for the whole body; a host that drips would hold a call for
    ever. The hook reads the body under one deadline and one limit of size before anything else looks at it.
    """

    def complete(response: requests.Response, *_: object, **__: object) -> requests.Response:
        deadline = time.monotonic() + timeout_s
        body = io.BytesIO()
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            body.write(chunk)
            if body.tell() > max_bytes:
                response.close()
                raise TooLarge
            if time.monotonic() > deadline:
                response.close()
                raise _Slow
        response.raw.release_conn()
        body.seek(0)
        response.raw = body
        return response

    session = requests.Session()
    session.headers["User-Agent"] = USER_AGENT
    session.max_redirects = 5
    session.hooks["response"] = [complete]
    return session


@contextmanager
def network_failures() -> Iterator[None]:
    """Turn what requests and urllib3 raise into :class:`Unreachable`, in words without any address.

    Their messages carry the URL, and a URL can carry a key: only the kind of the failure is kept.
    """
    try:
        yield
    except _Slow:
        raise Unreachable("the answer took too long") from None
    except (requests.Timeout, urllib3.exceptions.TimeoutError):
        raise Unreachable("no answer in time") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise Unreachable(f"the connection failed ({type(error).__name__})") from None


def check_status(response: requests.Response) -> None:
    """Raise :class:`Unreachable` for a status that may pass: 403 (what fire walls send), 408, 429, 5xx."""
    status = response.status_code
    if status in (403, 408, 425, 429) or status >= 500:
        raise Unreachable(f"HTTP {status}", retry_after(response.headers.get("Retry-After")), status)


def retry_after(value: str | None) -> float | None:
    """Seconds that a ``Retry-After`` header asks for (a number or an HTTP date), None if it asks nothing."""
    if value is None:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
