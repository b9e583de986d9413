"""Drawing ahead keeps order, bounds and errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from viewcast.store.prefetch import prefetch


def test_order_and_end():
    assert list(prefetch(iter(range(100)), 3)) == list(range(100))
    assert list(prefetch([], 1)) == []
    assert list(prefetch([None, 0, ""], 1)) == [None, 0, ""]


def test_never_further_ahead_than_asked():
    drawn = []

    def items() -> Iterator[int]:
        for number in range(20):
            drawn.append(number)
            yield number

    ahead = prefetch(items(), 2)
    next(ahead)
    time.sleep(0.2)
    assert len(drawn) <= 4  # one consumed, two waiting, one in hand
    ahead.close()


def test_error_comes_at_its_place():
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    ahead = prefetch(items(), 5)
    assert next(ahead) == 1
    with pytest.raises(KeyError, match="two"):
        next(ahead)


def test_thread_ends_with_an_early_consumer():
    before = threading.active_count()
    for item in prefetch(iter(range(10**9)), 2):
        if item == 3:
            break
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
