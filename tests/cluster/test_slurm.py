"""The workflow on a real Slurm: the same tables, and fewer submissions than jobs."""

from __future__ import annotations

import re
import subprocess

import pytest
from workflow_runs import Workflow

pytestmark = pytest.mark.cluster

TABLE = "results/table3.csv"
#: No accounting database stands behind the Slurm of these tests, and its jobs are short.
HERE = ("--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "2",
        "--seconds-between-status-checks", "2")  # fmt: skip


def start(workflow: Workflow) -> subprocess.Popen:
    return workflow.start(TABLE, "--profile", "profiles/slurm", *HERE, cores=None)


def finish(run: subprocess.Popen) -> str:
    text = run.communicate()[0]
    assert run.returncode == 0, text[-8000:]
    return text


def test_tables_are_those_of_a_local_run(slurm, local, cluster):
    before = len(slurm.ended())
    text = finish(start(cluster))
    for name in (TABLE, "results/details/table3.csv", "results/corpus/problems.csv"):
        assert (cluster.folder / name).read_bytes() == (local.folder / name).read_bytes(), name
    submissions = len(slurm.ended()) - before
    jobs = int(re.findall(r"(\d+) of \1 steps", text)[-1])
    print(f"{jobs} jobs in {submissions} submissions")
    assert submissions <= 0.75 * jobs, "the jobs of a shard are one submission, and jobs of seconds stay here"
