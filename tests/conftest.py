"""What several tests share."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from workflow_runs import TABLES, Workflow

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data for checking, where there is one; no test may need it."""
    folder = Path(os.environ.get("VIEWCAST_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("the real data for checking are not here")
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Workflow:
    """The tiny demo corpus, run to all tables on two cores."""
    workflow = Workflow(tmp_path_factory.mktemp("workflow"))
    if "PYTEST_XDIST_WORKER" not in os.environ:
        workflow(*TABLES)
        return workflow
    # One of the processes that share the tests makes it; each takes it over into a folder that it may change.
    shared = tmp_path_factory.getbasetemp().parent / "finished"
    with open(shared.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            shared.mkdir()
            Workflow(shared)(*TABLES)
    workflow.go_on_from(shared)
    return workflow
