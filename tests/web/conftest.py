"""What the tests of the page share."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image

fastapi = pytest.importorskip("fastapi", reason="the extra viewcast[serve] is not installed")

from fastapi.testclient import TestClient  # noqa: E402
from stand_in_model import StandIn  # noqa: E402

from viewcast.web.app import make_app  # noqa: E402
from viewcast.web.limits import Limits  # noqa: E402

#: As a browser calls it that has the page open.
BASE = "http://127.0.0.1:8000"


def picture(level: int = 128, size: tuple[int, int] = (120, 90), format: str = "JPEG", **options: Any) -> bytes:
    """A picture file of one grey with a brighter square in it."""
    pixels = np.full((size[1], size[0], 3), level, np.uint8)
    pixels[20:40, 30:60] = min(level + 60, 255)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, **options)
    return file.getvalue()


@dataclass
class Asking:
    """A client of an application, and the model behind it."""

    client: TestClient
    model: StandIn

    def post(self, data: bytes = b"", path: str = "/api/photos", *, name: str = "sea.jpg", **cues: Any) -> Any:
        """Send a photo as the page does."""
        return self.client.post(path, files={"photo": (name, data or picture())}, data={"cues": json.dumps(cues)})

    def until(self, id: str, part: str, *states: str) -> dict[str, Any]:
        """A photo, as soon as a part of it is in one of some states."""
        import time

        for _ in range(600):
            photo = self.client.get(f"/api/photos/{id}").json()
            if photo[part]["state"] in states:
                return photo
            time.sleep(0.02)
        raise AssertionError(f"{part} is {photo[part]}")


@pytest.fixture
def ask() -> Iterator[Any]:
    """Make clients of servers: of a model (a stand-in by default), with limits that are given."""
    with ExitStack() as stack:

        @contextmanager
        def started(model: StandIn, limits: Limits, base: str, others: bool) -> Iterator[Asking]:
            app = make_app(model, limits=limits, others=others)
            with TestClient(app, base_url=base, raise_server_exceptions=False) as client:
                yield Asking(client, model)
                # Nothing may wait for ever where a test has failed.
                model.gate.set()
                model.coach_gate.set()

        def make(model: StandIn | None = None, *, base: str = BASE, others: bool = False, **limits: Any) -> Asking:
            return stack.enter_context(started(model or StandIn(), Limits(**limits), base, others))

        yield make
