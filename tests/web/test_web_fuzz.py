"""Broken and hostile uploads: each gets an answer that blames the sender, and the server goes on."""

import json

import numpy as np
import pytest
from conftest import picture

#: What is broken about an upload; a few of each in the quick test, 2,000 in the longer one.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")


def cut(rng, data):
    return data[: rng.integers(1, len(data) - 1)]


def flipped(rng, data):
    broken = bytearray(data)
    for place in rng.integers(0, len(data), rng.integers(1, 40)):
        broken[place] ^= int(rng.integers(1, 256))
    return bytes(broken)


def noise(rng, data):
    return rng.integers(0, 256, rng.integers(0, 3000), dtype=np.uint8).tobytes()


def head_only(rng, data):
    return data[:24] + noise(rng, data)


def huge(rng, data):
    """A PNG whose header promises more pixels than anyone has."""
    whole = bytearray(picture(format="PNG"))
    whole[16:24] = int(rng.integers(20_000, 2**31 - 1)).to_bytes(4, "big") * 2
    return bytes(whole)


BREAKERS = (cut, flipped, noise, head_only, huge)
NAMES = ("a.jpg", "", "../../etc/passwd", "x" * 3000, "\u202egpj.exe", "a\r\nX: y.jpg", "\x00.png", "😀.webp")
CUES = (
    "", "{", "[]", "null", '{"contacts": -1}', '{"contacts": 1e400}', '{"tags": 3}', '{"title": ["x"]}',
    '{"nobody": 1}', '{"extra": {"faves_per_day": "NaN"}}', "{}" * 2000, '"' + "a" * 5000 + '"', "\x00",
    '{"is_pro": 7}',
)  # fmt: skip


def attack(client, rng):
    """One upload; its status."""
    data = picture(int(rng.integers(0, 200)), format=str(rng.choice(FORMATS)))
    kind = rng.integers(0, 4)
    path = str(rng.choice(["/api/score", "/api/photos"]))
    if kind == 0:  # a body that is no form, or not the one that it says
        types = ("multipart/form-data", "multipart/form-data; boundary=x", "application/json", "text/plain", "")
        content = rng.choice([b"", b"--x\r\n\r\n", noise(rng, data), data], p=[0.25] * 4)
        return client.post(path, content=bytes(content), headers={"content-type": str(rng.choice(types))}).status_code
    name = str(rng.choice(NAMES))
    cues = str(rng.choice(CUES)) if kind == 1 else "{}"
    if kind > 1:
        data = BREAKERS[rng.integers(len(BREAKERS))](rng, data)
    fields = {"photo": (name or None, data)} if rng.random() < 0.95 else {"other": (name, data)}
    return client.post(path, files=fields, data={"cues": cues}).status_code


def run(ask, count):
    asking = ask()
    rng = np.random.default_rng(2014)
    found = {}
    for _ in range(count):
        status = attack(asking.client, rng)
        found[status] = found.get(status, 0) + 1
    # What is broken may still be a picture: a flipped bit of a BMP is another grey.
    assert all(200 <= status < 300 or 400 <= status < 500 or status == 503 for status in found), found
    assert sum(number for status, number in found.items() if 400 <= status < 500) > count / 3, found
    after = asking.post(picture(128), "/api/score")
    assert after.status_code == 200 and json.loads(after.text)["score"]["status"] == "ok"


def test_broken_uploads_get_kind_answers(ask):
    run(ask, 150)


@pytest.mark.slow
def test_two_thousand_broken_uploads(ask):
    run(ask, 2000)
