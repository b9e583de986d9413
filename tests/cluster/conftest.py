"""A real Slurm of one node on this machine, for every test that asks for one."""

from __future__ import annotations

import pytest
from loopback_slurm import LoopbackSlurm, why_not


@pytest.fixture
def slurm(tmp_path_factory):
    reason = why_not()
    if reason:
        pytest.skip(f"no Slurm here: {reason}")
    with LoopbackSlurm(tmp_path_factory.mktemp("slurm")) as running:
        yield running
