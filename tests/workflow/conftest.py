"""A copy of the workflow for every test that asks for one."""

from __future__ import annotations

import pytest
from workflow_runs import TINY, Workflow, make_photos


@pytest.fixture
def own(tmp_path) -> Workflow:
    """A corpus of one's own: 60 photos, tables and pictures."""
    workflow = Workflow(tmp_path)
    make_photos(tmp_path / "my", 60)
    workflow.configure(TINY | {"corpus": {"source": "table", "photos": "my/photos.csv", "pictures": "my"}})
    return workflow


@pytest.fixture(scope="session")
def whole_demo(tmp_path_factory) -> Workflow:
    """The whole demo corpus, run to the tables. Minutes, so that only slow tests may ask for it."""
    workflow = Workflow(tmp_path_factory.mktemp("whole"), {})
    workflow("results/table1.csv", "results/table3.csv")
    return workflow
