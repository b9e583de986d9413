from __future__ import annotations

import multiprocessing

import pytest
from fake_flickr import running
from flickr_world import make_world


@pytest.fixture
def server():
    """A faultless little Flickr."""
    with running(make_world()) as server:
        yield server


@pytest.fixture(scope="session")
def processes():
    """Processes that are forked from one which has imported everything: quick to start, safe to kill."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["flickr_runs"])
    return context
