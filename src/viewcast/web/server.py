"""The server of the page."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable
from pathlib import Path

from viewcast.errors import ViewcastError
from viewcast.web.guard import is_loopback


def serve(model: Path, *, host: str, port: int, others: bool, say: Callable[[str], None]) -> None:
    """Serve the page until the user ends it.

    :param others: may other computers reach it?
    :param say: tells the user something.
    :raises ViewcastError: the model cannot be opened, or the page not be served there.
    """
    if not others and not is_loopback(host):
        raise ViewcastError(
            f"At {host} every computer of the network could open the page: it asks for no password, and nothing is "
            "encrypted. Leave --host out to use it on this computer alone, or add --allow-others if you want that."
        )
    try:
        import uvicorn

        from viewcast.web.app import make_app
    except ModuleNotFoundError as error:
        raise ViewcastError(
            f"The page needs a package that is not installed ({error.name}). Install it: pip install 'viewcast[serve]'"
        ) from None
    # Before the model is loaded, which takes a while.
    with _listening(host, port) as listener:
        from viewcast.predict import load

        app = make_app(load(model), host=host, others=others)
        config = uvicorn.Config(
            app, log_level=logging.WARNING, access_log=False, server_header=False, proxy_headers=False, ws="none"
        )
        shown = f"[{host}]" if ":" in host else host
        say(
            f"Open http://{shown}:{listener.getsockname()[1]} in a browser. Ctrl+C ends it, and all pictures are "
            "forgotten."
        )
        uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        advice = "Name another one with --port." if error.errno in (errno.EADDRINUSE, errno.EACCES) else "Check --host."
        raise ViewcastError(f"Port {port} of {host} cannot be used ({error.strerror}). {advice}") from None
    return listener
