"""Calls at the agreed rate, tried again while that can help."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_random_exponential

from viewcast.config.flickr import PatienceConfig
from viewcast.errors import ViewcastError
from viewcast.flickr.bucket import Bucket
from viewcast.flickr.client import FlickrClient
from viewcast.flickr.failures import Unreachable, is_retryable

T = TypeVar("T")
# A host may ask for a longer wait than `longest_wait_s`; beyond this the wish is not believed.
_LONGEST_WISH_S = 3600.0


class Patience:
    """Runs one attempt after another, each in its turn of ``bucket``.

    The wait doubles from ``first_wait_s`` up to ``longest_wait_s``, each time a random part of it; a
    ``Retry-After`` is kept to. A 429 stops everybody who shares the bucket for as long.
    """

    def __init__(self, config: PatienceConfig, bucket: Bucket, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._config = config
        self._bucket = bucket
        self._sleep = sleep
        self._backoff = wait_random_exponential(multiplier=config.first_wait_s, max=config.longest_wait_s)

    def run(self, attempt: Callable[[], T]) -> T:
        """``attempt``'s result.

        :raises Exception: the last attempt's, where it is not retryable or was the last that is allowed.
        """
        retrying = Retrying(
            sleep=self._sleep,
            retry=retry_if_exception(is_retryable),
            stop=stop_after_attempt(self._config.attempts),
            wait=self._wait,
            reraise=True,
        )

        def in_turn() -> T:
            self._bucket.acquire()
            return attempt()

        return retrying(in_turn)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        wait = self._backoff(state)
        if isinstance(error, Unreachable):
            if error.retry_after is not None:
                wait = max(wait, min(error.retry_after, _LONGEST_WISH_S))
            if error.status == 429:
                self._bucket.pause(wait)
        return wait


class PatientClient:
    """A :class:`FlickrClient` that keeps the rate and does not give up at once."""

    def __init__(self, client: FlickrClient, patience: Patience) -> None:
        self._client = client
        self._patience = patience

    def call(self, method: str, **arguments: str | int) -> dict[str, Any]:
        """See :class:`FlickrClient`.

        :raises ViewcastError: Flickr stayed away through all attempts.
        """
        try:
            return self._patience.run(lambda: self._client.call(method, **arguments))
        except Exception as error:
            if not is_retryable(error):
                raise
            raise ViewcastError(
                f"Flickr does not answer: {method} was tried again and again, the last time: {error}. "
                "Every reply so far is kept; start the crawl again later and it goes on from there."
            ) from None
