"""Fetching pictures from the image host: whole, looked at, and never where the host says."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from viewcast.config.flickr import DownloadConfig, PatienceConfig
from viewcast.flickr import fields
from viewcast.flickr.bucket import Bucket
from viewcast.flickr.failures import Unreachable
from viewcast.flickr.http import TooLarge, check_status, network_failures, open_session
from viewcast.flickr.patience import Patience
from viewcast.flickr.store import Picture
from viewcast.pictures.decode import Decoded, decode
from viewcast.store.atomic import atomic_path

# Longest side of each size that Flickr makes, where the reply does not tell.
_SIDES = {"t": 100, "s": 240, "n": 320, "m": 500, "z": 640, "c": 800, "l": 1024}
_PLAIN_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_TOKEN = re.compile(r"[0-9A-Za-z]{1,32}", re.ASCII)
_UNAVAILABLE = re.compile(r"unavailable", re.I)
_REDIRECTS = 3
# A body that came whole by HTTP's count and is damaged all the same: asked for so often.
_DAMAGED_TRIES = 3


def file_name(photo_id: str) -> str:
    """Path of a photo's picture below the folder, in one of 256 subfolders.

    An id that is not plain digits, as all of Flickr's are, is replaced by a digest: what a reply says never
    becomes a path.
    """
    digest = sha256(photo_id.encode()).hexdigest()
    return f"{digest[:2]}/{photo_id if _PLAIN_ID.fullmatch(photo_id) else 'x' + digest}.jpg"


def choose_address(entry: Mapping[str, Any], side: int, base_url: str) -> tuple[str, tuple[int, int] | None]:
    """The address of the size whose longest side is nearest to ``side`` (of two, the larger), and its
    promised (width, height).

    Without any address in ``entry``, the one that Flickr documents for the 500-pixel size, built from the
    server, the id and the secret; ``""`` where these are not what they should be.
    """
    best: tuple[float, int, str, tuple[int, int] | None] | None = None
    for name, usual in _SIDES.items():
        url = entry.get(f"url_{name}")
        if not isinstance(url, str) or not url:
            continue
        width, height = fields.whole(entry.get(f"width_{name}")), fields.whole(entry.get(f"height_{name}"))
        size = (width, height) if width and height else None
        longest = max(size) if size else usual
        candidate = (abs(longest - side), -longest, url, size)
        if best is None or candidate[:2] < best[:2]:
            best = candidate
    if best is not None:
        return best[2], best[3]
    tokens = [fields.text(entry.get(name)) for name in ("server", "id", "secret")]
    if all(_TOKEN.fullmatch(token) for token in tokens):
        return "{}/{}/{}_{}.jpg".format(base_url.rstrip("/"), *tokens), None
    return "", None


class PictureFetcher:
    """Fetches pictures into ``folder``. Thread-safe."""

    def __init__(self, folder: Path, config: DownloadConfig, patience: PatienceConfig, bucket: Bucket) -> None:
        self._folder = folder
        self._config = config
        self._patience = Patience(patience, bucket)
        self._session = open_session(patience.timeout_s, int(config.max_megabytes * 1e6))
        self._timeout = patience.timeout_s
        self._decoding = threading.Lock()  # decode() is not safe in several threads at once

    def fetch(self, entry: Mapping[str, Any]) -> Picture:
        """Fetch the picture of a photo entry and say what became of it.

        Statuses: ``ok``; those of :func:`viewcast.pictures.decode.decode`; ``missing`` (404, 410);
        ``placeholder`` (the host sent its picture for photos that are gone); ``too_large``; ``no_address``
        (no address, or one at a host that is not allowed); ``http_<status>``.

        :raises Unreachable: the host gave no usable answer in all attempts: worth another try another day.
        """
        photo_id = fields.text(entry.get("id"))
        url, promised = choose_address(entry, self._config.side, self._config.base_url)
        body, decoded = b"", Decoded(None, "empty")
        for _ in range(_DAMAGED_TRIES):
            try:
                answer = self._patience.run(lambda: self._get(url))
            except TooLarge:
                return Picture(photo_id, "too_large")
            if isinstance(answer, str):
                return Picture(photo_id, answer)
            body = answer
            with self._decoding:
                decoded = decode(body)
            if decoded.status not in ("truncated", "empty"):
                break
        digest = sha256(body).hexdigest()
        if decoded.image is None:
            return Picture(photo_id, decoded.status, sha256=digest, bytes=len(body))
        height, width = decoded.image.shape[:2]
        if self._is_placeholder(digest, decoded, (width, height), promised, url):
            return Picture(photo_id, "placeholder", "", digest, len(body), width, height)
        path = file_name(photo_id)
        with atomic_path(self._folder / path) as temporary:
            temporary.write_bytes(body)
        return Picture(photo_id, "ok", path, digest, len(body), width, height)

    def _get(self, url: str) -> bytes | str:
        """The body, or the status that its lack deserves."""
        for _ in range(_REDIRECTS + 1):
            if not self._allowed(url):
                return "no_address"
            with network_failures():
                response = self._session.get(url, timeout=self._timeout, allow_redirects=False)
            check_status(response)
            if response.is_redirect:
                url = urljoin(url, response.headers["Location"])
                if _UNAVAILABLE.search(url):
                    return "placeholder"
                continue
            if response.status_code in (404, 410):
                return "missing"
            if response.status_code != 200:
                return f"http_{response.status_code}"
            if response.headers.get("Content-Type", "").startswith("text/"):
                raise Unreachable("the image host sent a page, not a picture")
            return response.content
        raise Unreachable("the image host redirects in circles")

    def _allowed(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        hosts = self._config.hosts
        return parts.scheme in ("http", "https") and any(host == name or host.endswith("." + name) for name in hosts)

    def _is_placeholder(
        self,
        digest: str,
        decoded: Decoded,
        size: tuple[int, int],
        promised: tuple[int, int] | None,
        url: str,
    ) -> bool:
        """Known content; or another format than the name says, at another size than was promised."""
        if digest in self._config.placeholders:
            return True
        as_named = decoded.format in ("JPEG", "MPO") or not urlsplit(url).path.lower().endswith(".jpg")
        as_promised = promised is not None and all(
            math.isclose(a, b, abs_tol=2) for a, b in zip(sorted(size), sorted(promised), strict=True)
        )
        return not as_named and not as_promised
