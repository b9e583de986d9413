"""The API key and its secret: from the environment, and out of everything that is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from viewcast.errors import ViewcastError

KEY, SECRET = "FLICKR_API_KEY", "FLICKR_API_SECRET"
MASK = "(redacted)"


@dataclass(frozen=True, repr=False)
class Credentials:
    """A key and a secret that do not print themselves."""

    key: str
    secret: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Credentials:
        """Read ``FLICKR_API_KEY`` and ``FLICKR_API_SECRET``.

        :raises ViewcastError: one of them is missing or empty.
        """
        missing = [name for name in (KEY, SECRET) if not environment.get(name, "").strip()]
        if missing:
            raise ViewcastError(
                f"The Flickr crawl needs {' and '.join(missing)} in the environment. A key is to be had at "
                "https://www.flickr.com/services/apps/create/; export both in the shell that starts the "
                "crawl and write them in no file of this project."
            )
        return cls(environment[KEY].strip(), environment[SECRET].strip())

    def __repr__(self) -> str:
        return f"Credentials({MASK})"

    @property
    def fingerprint(self) -> str:
        """Names the key without telling it: the processes that use it share a rate under this name."""
        return sha256(self.key.encode()).hexdigest()[:16]

    def redact(self, text: str) -> str:
        """``text`` without the key and the secret, whatever a library or a host has put into it."""
        for value in (self.key, self.secret):
            text = text.replace(value, MASK)
        return text
