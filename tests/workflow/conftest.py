"""A copy of the workflow for every test that asks for one."""

from __future__ import annotations

import pytest
from workflow_runs import TABLES, Workflow


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Workflow:
    """The tiny demo corpus, run to all tables on two cores."""
    workflow = Workflow(tmp_path_factory.mktemp("workflow"))
    workflow(*TABLES)
    return workflow
