"""What several tests share."""

from __future__ import annotations

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
    workflow(*TABLES)
    return workflow
