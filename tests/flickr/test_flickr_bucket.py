"""The shared rate."""

from __future__ import annotations

import time

import pytest
from flickr_runs import make_config, run_dump

from viewcast.errors import ViewcastError
from viewcast.flickr.bucket import Bucket, bucket_folder


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def turns(bucket: Bucket, clock: Clock, count: int) -> list[float]:
    times = []
    for _ in range(count):
        bucket.acquire()
        times.append(clock.now)
    return times


def test_turns_are_an_interval_apart(tmp_path):
    clock = Clock()
    bucket = Bucket(tmp_path / "b", 4, clock=clock, sleep=clock.sleep)
    assert turns(bucket, clock, 5) == [1000, 1000.25, 1000.5, 1000.75, 1001]
    clock.now += 60  # idle time gives no credit
    assert turns(bucket, clock, 2) == [1061, 1061.25]


def test_an_hour_of_3600(tmp_path):
    clock = Clock()
    bucket = Bucket(tmp_path / "b", 1, clock=clock, sleep=clock.sleep)
    times = turns(bucket, clock, 400)
    assert times[-1] - times[0] == 399


def test_two_that_share_a_file_share_the_rate(tmp_path):
    clock = Clock()
    both = [Bucket(tmp_path / "b", 2, clock=clock, sleep=clock.sleep) for _ in range(2)]
    times = [turns(both[i % 2], clock, 1)[0] for i in range(6)]
    assert times == [1000, 1000.5, 1001, 1001.5, 1002, 1002.5]


def test_a_pause_stops_all(tmp_path):
    clock = Clock()
    bucket = Bucket(tmp_path / "b", 1, clock=clock, sleep=clock.sleep)
    bucket.acquire()
    Bucket(tmp_path / "b", 1, clock=clock).pause(30)
    assert turns(bucket, clock, 1) == [1030]


def test_a_clock_set_back_does_not_stop_the_crawl(tmp_path):
    clock = Clock(1e9)
    bucket = Bucket(tmp_path / "b", 1, clock=clock, sleep=clock.sleep)
    bucket.acquire()
    clock.now = 0
    assert turns(bucket, clock, 2) == [0, 1]


def test_a_file_that_is_none(tmp_path):
    (tmp_path / "b").write_text("this is no database, it only looks like a file of some length" * 20)
    with pytest.raises(ViewcastError, match="bucket_folder"):
        Bucket(tmp_path / "b", 1)


def test_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert bucket_folder(None) == tmp_path / "viewcast"
    assert bucket_folder("x").name == "x"


def test_two_processes_keep_one_rate(server, tmp_path, processes):
    """Measured where it counts: at the server, over two whole crawls with the same key."""
    rate = 40
    shared = {"calls_per_hour": 3600 * rate, "bucket_folder": str(tmp_path / "bucket")}
    configs = [
        make_config(server, tmp_path / name, patience=shared, search={"queries": [query]})
        for name, query in (("a", "happy cat"), ("b", "scary dog"))
    ]
    workers = [processes.Process(target=run_dump, args=(c.model_dump_json(),)) for c in configs]
    begin = time.time()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    arrivals = sorted(request[0] for request in server.calls())
    assert len(arrivals) > 50
    assert arrivals[0] >= begin
    # No stretch holds more than its tokens and one, but for turns that came late: at most one per thread.
    threads = sum(config.patience.concurrency for config in configs)
    for start in range(0, len(arrivals), 5):
        for end in range(start + 1, len(arrivals), 5):
            assert end - start <= rate * (arrivals[end] - arrivals[start]) + 1 + threads
