"""The threads that do the numeric work, and the queue before them."""

from __future__ import annotations

import heapq
import itertools
import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Order(IntEnum):
    """What is done first."""

    SCORE = 0
    COMPARE = 1
    EXPLAIN = 2
    COACH = 3


class Busy(Exception):
    """The queue is full.

    :ivar seconds: after which it is worth another try.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(f"try again in {seconds} s")
        self.seconds = seconds


class Workers:
    """Two threads, which share the work in the order of :class:`Order`.

    One of them tries no edits, which take long: so a picture's score never waits for those of another one.

    :param waiting: jobs of SCORE, and of COMPARE, that may wait. Of the others there are as many as pictures are kept.
    """

    def __init__(self, waiting: int) -> None:
        self._waiting = waiting
        self._changed = threading.Condition()
        self._jobs: list[tuple[Order, int, Callable[[], Any], Future[Any]]] = []
        self._number = itertools.count()
        self._stopped = False
        self._usual_seconds = 0.5
        self._threads = [
            threading.Thread(target=self._run, args=(slowest,), name=f"viewcast-{slowest.name.lower()}", daemon=True)
            for slowest in (Order.COACH, Order.EXPLAIN)
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin nothing new; what is being done ends with the process."""
        with self._changed:
            self._stopped = True
            for *_, future in self._jobs:
                future.cancel()
            self._jobs.clear()
            self._changed.notify_all()

    def submit(self, order: Order, call: Callable[[], T]) -> Future[T]:
        """Have something done.

        :returns: its result to be; what is cancelled before it is begun is not done.
        :raises Busy: too much of this kind waits already.
        """
        future: Future[T] = Future()
        with self._changed:
            waiting = sum(job[0] == order and not job[3].cancelled() for job in self._jobs)
            if order <= Order.COMPARE and waiting >= self._waiting:
                raise Busy(max(1, math.ceil(waiting * self._usual_seconds / len(self._threads) / 2)))
            heapq.heappush(self._jobs, (order, next(self._number), call, future))
            self._changed.notify_all()
        return future

    def _run(self, slowest: Order) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or (self._jobs and self._jobs[0][0] <= slowest))
                if self._stopped:
                    return
                order, _, call, future = heapq.heappop(self._jobs)
            if not future.set_running_or_notify_cancel():
                continue
            begin = time.monotonic()
            try:
                result = call()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
                del result
            if order == Order.SCORE:
                self._usual_seconds += 0.2 * (time.monotonic() - begin - self._usual_seconds)
            # Nothing of a picture is held on to until the next one comes.
            del call, future
