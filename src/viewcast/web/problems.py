"""What went wrong, as people and programs read it: RFC 9457's problem objects."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

_KIND = {
    404: "There is nothing under this address.",
    405: "This address takes no such request.",
}


class Problem(Exception):
    """A request that cannot be answered as it was meant.

    :ivar status: of HTTP, 4xx or 503; :ivar detail: whole sentences that say what to do.
    :ivar code: a word for programs, such as a status of ``viewcast.pictures``.
    :ivar retry_after: seconds after which it is worth another try; None where it is not.
    """

    def __init__(self, status: int, detail: str, *, code: str = "", retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.code, self.retry_after = status, detail, code, retry_after

    def body(self) -> dict[str, object]:
        """The problem object."""
        phrase = HTTPStatus(self.status).phrase
        return {"type": "about:blank", "title": phrase, "status": self.status, "detail": self.detail, "code": self.code}

    def response(self) -> JSONResponse:
        """As an answer."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return JSONResponse(self.body(), self.status, headers, media_type=MEDIA_TYPE)


def unexpected() -> Problem:
    """What is said of a fault of the program itself; the terminal shows more."""
    return Problem(500, "Something went wrong in Viewcast itself. The terminal in which it runs says more.")


def answer_kindly(app: FastAPI) -> None:
    """Let every failure of an application become a problem object."""

    @app.exception_handler(Problem)
    async def _told(_: Request, error: Problem) -> JSONResponse:
        return error.response()

    @app.exception_handler(HTTPException)
    async def _of_http(_: Request, error: HTTPException) -> JSONResponse:
        response = Problem(error.status_code, _KIND.get(error.status_code, str(error.detail))).response()
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        return Problem(422, f"The request is not as it should be ({said}).", code="invalid").response()
