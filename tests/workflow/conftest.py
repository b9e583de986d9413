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
