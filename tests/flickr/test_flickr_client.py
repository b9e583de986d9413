"""The client over flickrapi, and the patience around it."""

from __future__ import annotations

import logging
import socket
import threading
import time
from dataclasses import replace

import pytest
from fake_flickr import API_FAULTS, KEY, SECRET, Faults, running
from flickr_runs import CREDENTIALS, make_config
from flickr_world import make_world

from viewcast.config.flickr import FlickrConfig, PatienceConfig
from viewcast.errors import ViewcastError
from viewcast.flickr.bucket import Bucket
from viewcast.flickr.client import FlickrApiClient
from viewcast.flickr.credentials import Credentials
from viewcast.flickr.failures import CallFailed, Unreachable, is_retryable
from viewcast.flickr.http import retry_after
from viewcast.flickr.patience import Patience, PatientClient


def search(client, **more):
    return client.call("flickr.photos.search", text="happy cat", page=1, per_page=10, **more)


def test_it_speaks_through_flickrapi(server, tmp_path):
    reply = search(FlickrApiClient(CREDENTIALS, make_config(server, tmp_path)), extras="views")
    assert reply["stat"] == "ok"
    assert len(reply["photos"]["photo"]) == 10
    assert all("views" in photo for photo in reply["photos"]["photo"])


@pytest.mark.parametrize("fault", [fault for fault in API_FAULTS if fault != "slow"])
def test_every_fault_is_worth_another_try(tmp_path, fault):
    faults = Faults(1.0)
    faults.choose = lambda *_: fault
    with running(make_world(), faults, silence_s=0.6) as server:
        config = make_config(server, tmp_path, patience={"timeout_s": 0.3})
        with pytest.raises((Unreachable, CallFailed)) as caught:
            search(FlickrApiClient(CREDENTIALS, config))
    assert is_retryable(caught.value)
    if fault == "429 soon":
        assert caught.value.retry_after == 0


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("flickr.photos.search", {}, 3),
        ("flickr.photos.getInfo", {"photo_id": "1"}, 1),
        ("flickr.people.getInfo", {"user_id": "nobody"}, 1),
        ("flickr.groups.getInfo", {"group_id": "2000@N20"}, 2),
        ("flickr.test.nothing", {}, 112),
    ],
)
def test_a_refusal_is_final(server, tmp_path, method, arguments, code):
    client = FlickrApiClient(CREDENTIALS, make_config(server, tmp_path))
    with pytest.raises(CallFailed) as caught:
        client.call(method, **arguments)
    assert caught.value.code == code
    assert not is_retryable(caught.value)


def test_a_deleted_user_is_final(server, tmp_path):
    gone = next(user.id for user in server.world.users.values() if user.deleted)
    client = FlickrApiClient(CREDENTIALS, make_config(server, tmp_path))
    with pytest.raises(CallFailed, match="code 5"):
        client.call("flickr.people.getInfo", user_id=gone)


def test_a_wrong_key_stops_and_is_not_shown(server, tmp_path):
    wrong = Credentials("f00dfeedf00dfeedf00dfeedf00dfeed", SECRET)
    with pytest.raises(ViewcastError, match="FLICKR_API_KEY") as caught:
        search(FlickrApiClient(wrong, make_config(server, tmp_path)))
    assert wrong.key not in str(caught.value)
    assert "(redacted)" in str(caught.value)


def test_a_wrong_address_stops(server, tmp_path):
    config = make_config(server, tmp_path, api_url=server.base + "/elsewhere/")
    with pytest.raises(ViewcastError, match="api_url answered HTTP 404"):
        search(FlickrApiClient(CREDENTIALS, config))


def test_nobody_listens(tmp_path):
    config = FlickrConfig(api_url="http://127.0.0.1:9/", folder=str(tmp_path))
    with pytest.raises(Unreachable, match="connection failed"):
        search(FlickrApiClient(CREDENTIALS, config))


def test_a_host_that_drips_does_not_hold_a_call():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            try:
                for _ in range(100):
                    connection.sendall(b" ")
                    time.sleep(0.05)
            except OSError:
                pass

        threading.Thread(target=drip, daemon=True).start()
        config = FlickrConfig(api_url=f"http://127.0.0.1:{listener.getsockname()[1]}/", patience={"timeout_s": 0.4})
        begin = time.monotonic()
        with pytest.raises(Unreachable, match="too long"):
            search(FlickrApiClient(CREDENTIALS, config))
        assert time.monotonic() - begin < 2


def test_nothing_prints_the_key(server, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    client = FlickrApiClient(CREDENTIALS, make_config(server, tmp_path))
    search(client)
    shown = f"{CREDENTIALS!r} {client._api!r} {client._api} {vars(client)!r} {caplog.text}"
    assert KEY not in shown and SECRET not in shown


def test_the_key_is_asked_for_by_name():
    with pytest.raises(ViewcastError, match="FLICKR_API_SECRET"):
        Credentials.from_environment({"FLICKR_API_KEY": "x", "FLICKR_API_SECRET": " "})
    assert Credentials.from_environment({"FLICKR_API_KEY": " x ", "FLICKR_API_SECRET": "y"}).key == "x"


def test_retry_after_is_seconds_or_a_date():
    assert retry_after("7") == 7
    assert retry_after(None) is None and retry_after("soon") is None
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("Wed, 21 Oct 2115 07:28:00 GMT") > 1e9


class Stumbling:
    """Fails with the given errors, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def call(self, method, **arguments):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return {"stat": "ok"}


def patient(tmp_path, client, **config):
    waits: list[float] = []
    bucket = Bucket(tmp_path / "bucket", 1e6)
    config = PatienceConfig(**({"first_wait_s": 1, "longest_wait_s": 60} | config))
    return PatientClient(client, Patience(config, bucket, sleep=waits.append)), waits, bucket


def test_waits_grow_at_random_within_their_bound(tmp_path):
    client = Stumbling(*[Unreachable("x")] * 9)
    patient_client, waits, _ = patient(tmp_path, client)
    assert patient_client.call("m") == {"stat": "ok"}
    assert client.calls == 10 and len(waits) == 9
    assert all(0 <= wait <= min(60, 2**n) for n, wait in enumerate(waits))
    assert len(set(waits)) == 9


def test_a_wished_wait_is_kept(tmp_path):
    errors = [Unreachable("slow down", retry_after=s, status=429) for s in (120, 1e9)]
    patient_client, waits, bucket = patient(tmp_path, Stumbling(*errors))
    with_clock = []
    bucket._sleep = with_clock.append
    patient_client.call("m")
    assert waits == [120, 3600]
    # The 429 stopped everybody who shares the bucket for as long.
    assert 3500 < max(with_clock) <= 3600


def test_it_gives_up_with_advice(tmp_path):
    client = Stumbling(*[CallFailed(105, "Service currently unavailable")] * 50)
    patient_client, _, _ = patient(tmp_path, client, attempts=4)
    with pytest.raises(ViewcastError, match="start the crawl again later"):
        patient_client.call("m")
    assert client.calls == 4


def test_a_final_failure_is_not_tried_again(tmp_path):
    client = Stumbling(CallFailed(1, "Photo not found"))
    patient_client, waits, _ = patient(tmp_path, client)
    with pytest.raises(CallFailed):
        patient_client.call("m")
    assert client.calls == 1 and not waits


def test_configuration_rejects_what_flickr_cannot_give():
    assert replace(CREDENTIALS, key="x").redact("a x b") == "a (redacted) b"
    for search_values in (
        {"photos_per_query": 4001},
        {"cap": 5000},
        {"page_size": 400, "cap": 300},
        {"no": 1},
    ):
        with pytest.raises(ValueError):
            FlickrConfig(search=search_values)
