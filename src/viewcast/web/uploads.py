"""One photo and its cues out of a request, within the limits and without touching the disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from viewcast.errors import ViewcastError
from viewcast.predict.cues import Cues, read_cues
from viewcast.web.limits import MEGABYTE, Limits
from viewcast.web.problems import Problem

#: Of what stands around the photo and the cues in a request.
_FRAME_BYTES = 64 * 1024
_LONGEST_NAME = 200
_LONG_NUMBER = 400


@dataclass(frozen=True)
class Upload:
    """A photo that was sent.

    :ivar name: of its file, harmless to show; :ivar data: its bytes.
    """

    name: str
    data: bytes
    cues: Cues


class Arrivals:
    """How many bytes are being received, or wait to be scored."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._bytes = limits, 0

    @contextmanager
    def room_for(self, request: Request) -> Iterator[None]:
        """Hold as many bytes as a request says it has.

        :raises Problem: it does not say it, or they are too many, of this request or of all together.
        """
        limits = self._limits
        length = request.headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal() and len(length) < _LONG_NUMBER):
            raise Problem(411, "Say how many bytes the request has (Content-Length).", code="length")
        size = int(length)
        if size > limits.file_bytes + limits.cue_bytes + _FRAME_BYTES:
            raise _too_many_bytes(limits)
        if self._bytes + size > limits.arriving_bytes:
            raise busy(2)
        self._bytes += size
        try:
            yield
        finally:
            self._bytes -= size


def busy(seconds: int) -> Problem:
    """What is said while there is too much to do."""
    return Problem(
        503,
        f"Viewcast has its hands full with other pictures. Try again in {seconds} second{'s' if seconds > 1 else ''}.",
        code="busy",
        retry_after=seconds,
    )


def _too_many_bytes(limits: Limits) -> Problem:
    megabytes = limits.file_bytes // MEGABYTE
    return Problem(
        413,
        f"The file is larger than {megabytes} MB. Reduce the picture first: nothing over 2000 pixels is needed.",
        code="too_large",
    )


class _InMemory(MultiPartParser):
    """Starlette's parser, which would put a file of over 1 MB on the disk."""

    spool_max_size = 2**40


async def receive(request: Request, limits: Limits) -> Upload:
    """The photo of a request of type ``multipart/form-data``: a file ``photo``, and a text ``cues`` (a JSON object).

    :raises Problem: the request is something else, or too much.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise Problem(
            415, "Send the photo as multipart/form-data, in a field named photo that is a file.", code="no_form"
        )
    parser = _InMemory(
        request.headers, _bounded(request, limits), max_files=1, max_fields=1, max_part_size=limits.cue_bytes
    )
    try:
        async with asyncio.timeout(limits.upload_seconds):
            form = await parser.parse()
    except TimeoutError:
        raise Problem(408, "The photo took too long to arrive. Send it again.", code="slow") from None
    except ClientDisconnect:
        raise Problem(400, "The connection ended before the photo was there.", code="interrupted") from None
    except MultiPartException as error:
        raise _of_parts(error, limits) from None
    except (FormParserError, ValueError, KeyError, IndexError) as error:
        raise Problem(400, "The request cannot be taken apart. Send it as a browser does.", code="form") from error
    try:
        photo, cues = form.get("photo"), form.get("cues", "")
        if set(form) - {"photo", "cues"}:
            raise Problem(400, "A request has a field photo, and may have a field cues; no other.", code="form")
        if not isinstance(photo, UploadFile) or not isinstance(cues, str):
            raise Problem(400, "A request needs a file in the field photo; the field cues is a text.", code="no_photo")
        data = await photo.read()
        if len(data) > limits.file_bytes:
            raise _too_many_bytes(limits)
        return Upload(shown_name(photo.filename), data, cues_of(cues))
    finally:
        await form.close()


async def _bounded(request: Request, limits: Limits) -> AsyncGenerator[bytes, None]:
    """The body, up to the largest that can be right: a client may send more than it said."""
    left = limits.file_bytes + limits.cue_bytes + _FRAME_BYTES
    async for chunk in request.stream():
        left -= len(chunk)
        if left < 0:
            raise _too_many_bytes(limits)
        yield chunk


def _of_parts(error: MultiPartException, limits: Limits) -> Problem:
    if "Too many files" in error.message:
        return Problem(413, "Send one photo at a time.", code="files")
    if "exceeded maximum size" in error.message:
        return Problem(413, f"The cues are longer than {limits.cue_bytes // 1024} kB. Shorten them.", code="cues")
    return Problem(400, "The request cannot be taken apart. Send it as a browser does.", code="form")


def cues_of(text: str) -> Cues:
    """Cues from a JSON object; an empty text means that none is known.

    :raises Problem: they cannot be used; it says which.
    """
    if not text.strip():
        return Cues()
    try:
        values: Any = json.loads(text)
        # Half a character of UTF-16 is no text, and could not be sent back.
        json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Problem(422, "The cues are no JSON object.", code="cues") from None
    if not isinstance(values, dict):
        raise Problem(422, "The cues are no JSON object.", code="cues")
    try:
        return read_cues(values)
    except ViewcastError as error:
        raise Problem(422, _shortened(str(error), 1000), code="cues") from None


def shown_name(name: str | None) -> str:
    """A file's name without its folders, and without characters that act unseen.

    >>> shown_name("photos/2024/sea.jpg")
    'sea.jpg'
    """
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    return _shortened("".join(char if char.isprintable() else "\ufffd" for char in last), _LONGEST_NAME) or "photo"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}\u2026"
