"""Who may ask: this computer's own pages and programs, and no page of another site that a browser has open."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from viewcast.web.problems import Problem, unexpected

logger = logging.getLogger(__name__)

#: No script, style or picture but the server's own; nothing may frame the page.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def own_names(host: str, *, others: bool) -> frozenset[str]:
    """By which names the server may be called.

    :param host: that it listens at.
    :param others: do other computers reach it?
    """
    names = {"localhost", "127.0.0.1", "::1", host.lower()}
    if others:
        own = socket.gethostname().lower()
        names |= {own, own.partition(".")[0], f"{own.partition('.')[0]}.local"}
    return frozenset(names)


def is_loopback(host: str) -> bool:
    """Is it an address that only this computer reaches?

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Guard:
    """Around an ASGI application: checks of Host and Origin, the headers of safety, and no traceback in an answer.

    A page of another site can make a browser send requests here. Its name in ``Origin`` gives it away, or, where its
    name was made to point here (DNS rebinding), the name in ``Host``.

    :param names: of :func:`own_names`.
    :param addresses: may ``Host`` be any numeric address too? That cannot be rebound, and is needed where other
        computers may ask.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str], *, addresses: bool = False) -> None:
        self.app, self.names, self.addresses = app, frozenset(names), addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have the application answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        problem = self.problem(Headers(scope=scope), scope["path"])
        if problem is not None:
            await problem.response()(scope, receive, guarded)
            return
        try:
            await self.app(scope, receive, guarded)
        except Exception:
            logger.exception("%s %s failed", scope["method"], scope["path"])
            if not begun:
                await unexpected().response()(scope, receive, guarded)

    def problem(self, headers: Headers, path: str) -> Problem | None:
        """Why a request is not answered; None where it is."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            return Problem(
                400,
                "The address in the browser is not one of this server's. Open the one that it printed.",
                code="host",
            )
        origins = headers.getlist("origin")
        foreign = any(urlsplit(f"//{hosts[0]}").netloc != _netloc(origin) for origin in origins)
        # Browsers say so themselves; a link from elsewhere to the page may be followed, but no page may ask for data.
        across = headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and path.startswith("/api/")
        if foreign or across:
            return Problem(
                403, "A page of another site asked for this, which only this server's own may.", code="origin"
            )
        return None

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self.names:
            return True
        try:
            return self.addresses and bool(ipaddress.ip_address(name))
        except ValueError:
            return False


def _netloc(origin: str) -> str:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return parts.netloc if parts.scheme in ("http", "https") else ""
