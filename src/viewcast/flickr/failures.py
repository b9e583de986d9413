"""What can go wrong between here and Flickr, and the one place that says what is worth another try."""

from __future__ import annotations

import re

# Codes that every method shares, and 10 and 201, which mean the same of one service.
_TEMPORARY_CODES = frozenset({10, 105, 106, 201})
_TEMPORARY_TEXT = re.compile(r"not currently available|currently unavailable|temporarily unavailable", re.I)
# The key or its signature was refused: no other call can succeed.
_REFUSED_CODES = frozenset({95, 96, 97, 98, 100})


class CallFailed(Exception):
    """Flickr understood the call and refused it: ``stat: fail`` with a code and a message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"code {code}: {message}")
        self.code = code
        self.message = message


class Unreachable(Exception):
    """No usable answer came: connection, timeout, HTTP status, or a body that is no reply.

    ``retry_after`` is the wait that the host asked for, seconds, or None; ``status`` the HTTP status.
    """

    def __init__(self, message: str, retry_after: float | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.status = status


class NotStored(Exception):
    """The answer is not in the store and the network may not be asked."""


def is_retryable(error: BaseException) -> bool:
    """Could the same call succeed a little later?"""
    if isinstance(error, CallFailed):
        return error.code in _TEMPORARY_CODES or bool(_TEMPORARY_TEXT.search(error.message))
    return isinstance(error, Unreachable)


def is_refusal(error: CallFailed) -> bool:
    """Is it the key that was refused, so that every other call would fail too?"""
    return error.code in _REFUSED_CODES
