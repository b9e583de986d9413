"""A small corpus's tables by a local run, and a real Slurm of one node on this machine."""

from __future__ import annotations

import pytest
from loopback_slurm import LoopbackSlurm, why_not
from workflow_runs import TINY, Workflow

#: Two descriptors, one with a dictionary, and the network's; the others would only take longer.
SMALL = TINY | {
    "evaluation": TINY["evaluation"] | {"features": ["color_histogram", "color_patches", "deep"]},
}


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    reason = why_not()
    if reason:
        pytest.skip(f"no Slurm here: {reason}")
    with LoopbackSlurm(tmp_path_factory.mktemp("slurm")) as running:
        yield running


@pytest.fixture(scope="session")
def local(tmp_path_factory) -> Workflow:
    workflow = Workflow(tmp_path_factory.mktemp("local"), SMALL)
    workflow("results/table3.csv")
    return workflow


@pytest.fixture
def cluster(slurm, tmp_path) -> Workflow:
    """The same workflow, whose jobs go to the Slurm."""
    return Workflow(tmp_path, SMALL)
