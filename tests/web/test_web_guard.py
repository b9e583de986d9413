"""Only this computer's own pages and programs are answered, and every answer has the headers of safety."""

import pytest
from stand_in_model import StandIn

from viewcast.web.guard import HEADERS, is_loopback

FOREIGN = (
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "192.168.1.7",
    "[::2]",
    "",
    "a@b:c:d",
    "[",
    "0",
)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:81", "LOCALHOST", "[::1]:8000"])
def test_its_own_names_are_answered(ask, host):
    assert ask(StandIn()).client.get("/api/model", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_other_names_are_not(ask, host):
    """A page of another site whose name was made to point here."""
    answer = ask(StandIn()).client.get("/api/model", headers={"Host": host})
    assert answer.status_code == 400 and answer.json()["code"] == "host"
    assert answer.headers["content-type"] == "application/problem+json"


def test_where_others_may_ask_addresses_are_names_too(ask):
    client = ask(StandIn(), others=True).client
    assert client.get("/api/model", headers={"Host": "192.168.1.7:8000"}).status_code == 200
    assert client.get("/api/model", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9000", "file://", "http://[", ""])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_pages_of_other_sites_are_not_answered(ask, origin, method):
    asking = ask(StandIn())
    answer = asking.client.request(method, "/api/photos/x", headers={"Origin": origin})
    assert answer.status_code == 403 and answer.json()["code"] == "origin"
    assert "access-control-allow-origin" not in answer.headers
    assert not asking.model.scored - 1  # the one that is done before the server opens


def test_the_own_page_is_answered(ask):
    client = ask(StandIn()).client
    assert client.get("/api/model", headers={"Origin": "http://127.0.0.1:8000"}).status_code == 200


@pytest.mark.parametrize(("site", "path", "status"), [
    ("cross-site", "/api/model", 403), ("same-site", "/api/model", 403), ("same-origin", "/api/model", 200),
    ("none", "/api/model", 200), ("cross-site", "/", 200), ("cross-site", "/static/page.css", 200),
    ("cross-site", "/static/base.css", 200),
])  # fmt: skip
def test_what_the_browser_says_of_the_asking_page(ask, site, path, status):
    assert ask(StandIn()).client.get(path, headers={"Sec-Fetch-Site": site}).status_code == status


@pytest.mark.parametrize("path", ["/", "/api", "/api/model", "/static/page.js", "/nothing", "/api/photos/nothing"])
def test_every_answer_has_the_headers(ask, path):
    answer = ask(StandIn()).client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy and "http" not in policy


def test_the_page_has_no_script_or_style_of_its_own(ask):
    import re

    client = ask(StandIn()).client
    for path in ("/", "/api"):
        text = client.get(path).text
        assert not re.search(r"<style|<script(?![^>]*src=\"/static/)|\son\w+=|\sstyle=|https?://(?!127\.0\.0\.1)", text)


def test_addresses_that_only_this_computer_reaches():
    assert all(map(is_loopback, ("127.0.0.1", "127.1.2.3", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.0.1", "example.org", "")))
