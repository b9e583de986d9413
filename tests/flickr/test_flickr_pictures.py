"""The image host."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_flickr import IMAGE_FAULTS, Faults
from flickr_runs import make_config
from hypothesis import given
from hypothesis import strategies as st

from viewcast.flickr.bucket import Bucket
from viewcast.flickr.failures import Unreachable
from viewcast.flickr.pictures import PictureFetcher, choose_address, file_name
from viewcast.pictures.decode import decode

EXTRAS = set("url_t,url_s,url_n,url_m,url_z,url_c,url_l".split(","))


@pytest.fixture
def fetch(server, tmp_path):
    def go(entry, **changes):
        config = make_config(server, tmp_path, **changes)
        bucket = Bucket(tmp_path / "bucket", 1e4)
        return PictureFetcher(tmp_path / "pictures", config.pictures, config.patience, bucket).fetch(entry)

    return go


def entry_of(server, number=0):
    return server.world.entry(server.world.photos[number], EXTRAS, server.base)


def test_a_picture_is_whole_and_noted(server, tmp_path, fetch):
    picture = fetch(entry_of(server))
    file = tmp_path / "pictures" / picture.path
    assert picture.status == "ok" and picture.bytes == file.stat().st_size
    height, width = decode(file).image.shape[:2]
    assert (picture.width, picture.height) == (width, height) and max(width, height) == 500
    assert [p for p in (tmp_path / "pictures").rglob("*") if p.is_file()] == [file]


@pytest.mark.parametrize("fault", IMAGE_FAULTS)
def test_faults_pass(server, fetch, fault):
    server.faults.choose = lambda kinds, request, times: fault if times < 2 else None
    assert fetch(entry_of(server)).status == "ok"


def test_a_host_that_stays_away_is_no_verdict_on_the_picture(server, fetch):
    server.faults.choose = lambda *_: "500"
    with pytest.raises(Unreachable, match="HTTP 500"):
        fetch(entry_of(server), patience={"attempts": 3})
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("picture", "status"),
    [
        ("truncated", "truncated"),
        ("placeholder", "placeholder"),
        ("placeholder_png", "placeholder"),
        ("missing", "missing"),
        ("elsewhere", "no_address"),
    ],
)
def test_what_is_no_picture(server, tmp_path, fetch, picture, status):
    server.world.photos[0].picture = picture
    assert fetch(entry_of(server)).status == status
    assert not list((tmp_path / "pictures").rglob("*.jpg"))


def test_a_known_placeholder_and_a_giant(server, fetch):
    known = fetch(entry_of(server)).sha256
    assert fetch(entry_of(server), pictures={"placeholders": [known]}).status == "placeholder"
    assert fetch(entry_of(server), pictures={"max_megabytes": 0.001}).status == "too_large"


def test_the_nearest_size_is_taken():
    base = "https://live.staticflickr.com"
    entry = {
        "url_n": "n", "width_n": "320", "height_n": 240,
        "url_z": "z", "width_z": "640", "height_z": "480",
        "url_m": "m", "width_m": 333, "height_m": "500",
    }  # fmt: skip
    assert choose_address(entry, 500, base) == ("m", (333, 500))
    assert choose_address(entry, 570, base)[0] == "z"  # equally near: the larger
    assert choose_address(entry, 75, base)[0] == "n"
    assert choose_address({"url_c": "c"}, 500, base) == ("c", None)
    built = choose_address({"id": "12", "server": "65535", "secret": "ab12"}, 500, base + "/")
    assert built == ("https://live.staticflickr.com/65535/12_ab12.jpg", None)
    assert choose_address({"id": "../12", "server": "65535", "secret": "ab12"}, 500, base) == ("", None)


@given(st.text())
def test_no_id_becomes_a_path(photo_id):
    name = file_name(photo_id.encode("utf-8", "replace").decode())
    path = Path(name)
    assert len(path.parts) == 2 and ".." not in path.parts and len(name) < 80
    assert set(name) <= set("0123456789abcdefx/.jpg")


@given(st.text(), st.text())
def test_different_ids_have_different_paths(one, other):
    assert (file_name(one) == file_name(other)) == (one == other)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "http://staticflickr.com.evil.example/1.jpg",
        "http://evilstaticflickr.com/1.jpg",
        "http://[broken/1.jpg",
        "https://user@evil.example/?staticflickr.com",
        "ftp://live.staticflickr.com/1.jpg",
    ],
)
def test_only_the_hosts_that_are_allowed(fetch, url):
    hosts = ["staticflickr.com"]
    assert fetch({"id": "1", "url_m": url}, pictures={"hosts": hosts}).status == "no_address"


def test_a_redirect_to_another_host_is_not_followed(server, fetch):
    server.faults = Faults()
    server.world.photos[0].picture = "placeholder"
    entry = entry_of(server)
    # The word is what the placeholder is known by; any other target must be an allowed host.
    assert fetch(entry).status == "placeholder"
    assert all(path.endswith(".jpg") for _, _, path, _ in server.requests)
