"""A Flickr on 127.0.0.1: the REST end point and the image host, with faults by a seeded plan."""

from __future__ import annotations

import codecs
import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flickr_world import SUFFIX, World, jpeg

KEY, SECRET = "0b5e55ed0b5e55ed0b5e55ed0b5e55ed", "5ec2e75ec2e75ec2"
REST = "/services/rest/"

API_FAULTS = (
    "429 soon", "429", "500", "502", "503 page", "slow", "hang up", "hang up mid-body", "html", "half json",
    "no json object", "no content", "code 105", "code 0", "code 201", "silence",
)  # fmt: skip
IMAGE_FAULTS = ("429 soon", "500", "502", "slow", "hang up", "hang up mid-body", "html", "half picture")


def _as_it_comes(error: UnicodeError) -> tuple[bytes, int]:
    """Escaped bytes as those bytes (broken UTF-8), halves of pairs as JSON may write them."""
    assert isinstance(error, UnicodeEncodeError)
    code = ord(error.object[error.start])
    raw = bytes([code - 0xDC00]) if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}".encode()
    return raw, error.start + 1


codecs.register_error("as it comes", _as_it_comes)


@dataclass
class Faults:
    """Which request fails, and how: decided by the seed, the request, and how often it was asked before."""

    rate: float = 0.0
    seed: int = 0
    # Never more than this many in a row for the same request, so that every crawl ends.
    most: int = 4

    def choose(self, kinds: tuple[str, ...], request: str, times: int) -> str | None:
        rng = random.Random(f"{self.seed} {request} {times}")
        return rng.choice(kinds) if times < self.most and rng.random() < self.rate else None


@dataclass
class Server:
    """The running server: its world, its faults, and every request that it saw."""

    world: World
    faults: Faults = field(default_factory=Faults)
    key: str = KEY
    silence_s: float = 1.2
    port: int = 0
    # (arrival, method or "picture", arguments, fault or "")
    requests: list[tuple[float, str, str, str]] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    lock: Any = field(default_factory=threading.Lock)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def calls(self, method: str | None = None) -> list[tuple[float, str, str, str]]:
        """Requests of one kind, or all API calls."""
        return [r for r in self.requests if (r[1] == method if method else r[1] != "picture")]

    def good(self) -> Counter[tuple[str, str]]:
        """How often each request was answered without a fault."""
        return Counter((method, arguments) for _, method, arguments, fault in self.requests if fault in ("", "slow"))

    def forget(self) -> None:
        """Begin to count anew."""
        with self.lock:
            self.requests.clear()

    def note(self, method: str, arguments: str, kinds: tuple[str, ...]) -> str:
        with self.lock:
            request = f"{method} {arguments}"
            times = self.asked[request]
            self.asked[request] += 1
            fault = self.faults.choose(kinds, request, times) or ""
            self.requests.append((time.time(), method, arguments, fault))
        return fault


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or each reply waits 40 ms for an acknowledgement
    flickr: Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        arguments = dict(parse_qsl(body, keep_blank_values=True))
        if urlsplit(self.path).path != REST or "method" not in arguments:
            return self.reply(404, b"not here")
        method = arguments.pop("method")
        shown = {k: v for k, v in sorted(arguments.items()) if k not in ("format", "nojsoncallback")}
        fault = self.flickr.note(method, json.dumps(shown), API_FAULTS)
        if self.spoil(fault):
            return None
        reply = self.answer(method, arguments)
        data = json.dumps(reply, ensure_ascii=False).encode("utf-8", "as it comes")
        return self.send_spoiled(fault, data, "application/json")

    def answer(self, method: str, arguments: dict[str, str]) -> dict[str, Any]:
        if arguments.get("format") != "json" or arguments.get("nojsoncallback") != "1":
            return {"stat": "fail", "code": 111, "message": "Format not found"}
        oauth = dict(re.findall(r'(oauth_\w+)="([^"]*)"', self.headers.get("Authorization", "")))
        if oauth.get("oauth_consumer_key") != self.flickr.key or not oauth.get("oauth_signature"):
            # The real one does not echo the key; a worse one would.
            return {"stat": "fail", "code": 100,
                    "message": f"Invalid API Key ({oauth.get('oauth_consumer_key')})"}  # fmt: skip
        return self.flickr.world.answer(method, arguments, self.flickr.base)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        fault = self.flickr.note("picture", path, IMAGE_FAULTS)
        if self.spoil(fault):
            return None
        found = re.fullmatch(r"/[^/]+/(.+)_([0-9a-f]+)(_[a-z])?\.jpg", path)
        photo = found and next(
            (p for p in self.flickr.world.photos if (str(p.id), p.secret) == found.group(1, 2)), None
        )
        if not photo:
            return self.reply(404, b"gone")
        if photo.deleted or photo.picture == "missing":
            return self.reply(410, b"gone")
        if photo.picture == "placeholder":
            return self.reply(302, b"", {"Location": "/images/en-us/photo_unavailable.png"})
        name = next(n for n, suffix in SUFFIX.items() if suffix == (found.group(3) or ""))
        if photo.picture == "placeholder_png":
            return self.reply(200, jpeg(0, (64, 64), "PNG"), {"Content-Type": "image/png"})
        data = jpeg(photo.looks, photo.size(name))
        if photo.picture == "truncated":
            data = data[: len(data) // 2]
        if fault == "half picture":
            return self.reply(200, data[: len(data) // 3], {"Content-Type": "image/jpeg"})
        return self.send_spoiled(fault, data, "image/jpeg")

    def spoil(self, fault: str) -> bool:
        """Answer with ``fault`` where that needs no reply to spoil."""
        if fault == "slow":
            time.sleep(0.05)
        elif fault == "silence":
            time.sleep(self.flickr.silence_s)
            self.close_connection = True
            return True
        elif fault == "hang up":
            self.close_connection = True
            return True
        elif fault == "429 soon":
            self.reply(429, b"slow down", {"Retry-After": "0"})
            return True
        elif fault in ("429", "500", "502"):
            self.reply(int(fault), b"<html>trouble</html>")
            return True
        elif fault == "503 page":
            self.reply(503, b"<html>bad panda</html>", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
            return True
        elif fault == "html":
            self.reply(200, b"<!DOCTYPE html><html>Hold your clicks</html>", {"Content-Type": "text/html"})
            return True
        elif fault == "no json object":
            self.reply(200, b"null", {"Content-Type": "application/json"})
            return True
        elif fault == "no content":
            self.reply(200, b'{"stat": "ok"}', {"Content-Type": "application/json"})
            return True
        elif fault.startswith("code "):
            text = "Sorry, the Flickr API service is not currently available."
            body = json.dumps({"stat": "fail", "code": int(fault[5:]), "message": text})
            self.reply(200, body.encode(), {"Content-Type": "application/json"})
            return True
        return False

    def send_spoiled(self, fault: str, data: bytes, content_type: str) -> None:
        if fault == "half json":
            data = data[: len(data) // 2]
        if fault == "hang up mid-body":
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return
        self.reply(200, data, {"Content-Type": content_type})

    def reply(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:  # clients are killed and time out on purpose
        pass


@contextmanager
def running(world: World, faults: Faults | None = None, **more: Any) -> Iterator[Server]:
    """Run a fake Flickr for ``world`` while the body runs."""
    server = Server(world, faults or Faults(), **more)
    handler = type("Handler", (_Handler,), {"flickr": server})
    with _Listener(("127.0.0.1", 0), handler) as listener:
        server.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()
