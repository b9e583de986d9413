"""The workflow on a real Slurm: the same tables, fewer submissions than jobs, and nothing lost of what goes wrong."""

from __future__ import annotations

import re
import subprocess
import time

import pytest
from workflow_runs import TINY, Workflow

pytestmark = pytest.mark.cluster

TABLE = "results/table3.csv"
#: Two descriptors, one with a dictionary, and the network's; the others would only take longer.
SMALL = TINY | {
    "evaluation": TINY["evaluation"] | {"features": ["color_histogram", "color_patches", "deep"]},
}
#: No accounting database stands behind the Slurm of these tests, and its jobs are short.
HERE = ("--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "2",
        "--seconds-between-status-checks", "2")  # fmt: skip


def start(workflow: Workflow, *arguments: str) -> subprocess.Popen:
    return workflow.start(*arguments, "--profile", "profiles/slurm", *HERE, cores=None)


def finish(run: subprocess.Popen) -> str:
    text = run.communicate()[0]
    assert run.returncode == 0, text[-8000:]
    return text


@pytest.fixture
def cluster(slurm, finished, tmp_path) -> Workflow:
    """The finished workflow once more; what a test takes away of its results, the Slurm makes again."""
    workflow = Workflow(tmp_path)
    workflow.go_on_from(finished.folder)
    return workflow


def take_away(workflow: Workflow, *paths: str) -> None:
    for path in paths:
        (workflow.folder / path).unlink()


def assert_same(workflow: Workflow, other: Workflow, *paths: str) -> None:
    for path in paths:
        assert (workflow.folder / path).read_bytes() == (other.folder / path).read_bytes(), path


def test_a_job_over_its_memory_is_tried_again_with_more(slurm, finished, cluster):
    model = "results/models/user_mix/social.h5"
    take_away(cluster, model)
    before = len(slurm.ended())
    finish(start(cluster, model, "--set-resources", "social:mem_mb=150*attempt"))
    states = [job["JobState"] for job in slurm.ended()[before:]]
    assert len(states) > 1 and states[-1] == "COMPLETED" and "COMPLETED" not in states[:-1]
    assert_same(cluster, finished, model)


@pytest.mark.slow
def test_a_node_that_drains_and_one_that_is_lost_lose_nothing(slurm, finished, cluster):
    models = [f"results/models/user_mix/{name}.h5" for name in ("gist", "texture", "color_histogram")]
    take_away(cluster, *models, "results/table1.csv")
    run = start(cluster, "results/table1.csv")
    slurm.wait_for_jobs("RUNNING")
    slurm.update_node("drain")
    time.sleep(3)
    slurm.update_node("resume")
    slurm.wait_for_jobs("RUNNING")
    slurm.update_node("down")  # its jobs die, and it comes back by itself
    slurm.wait_for_jobs("RUNNING")
    finish(run)
    assert_same(cluster, finished, *models, "results/table1.csv", "results/details/table1.csv")


@pytest.mark.slow
def test_a_gpu_is_asked_for_by_the_descriptor_that_is_named(slurm, finished, cluster):
    features = [f"results/features/{name}/0000.h5" for name in ("deep", "gist")]
    take_away(cluster, *features)
    before = slurm.jobs()
    finish(start(cluster, *features, "--set-resources", "deep:gpu=1", "--groups", "gist=alone"))
    found = [words for number, words in slurm.jobs().items() if number not in before]
    assert sorted("gpu" in f"{job.get('TresPerJob')} {job.get('TresPerNode')}" for job in found) == [False, True]
    assert_same(cluster, finished, *features)


@pytest.mark.slow
def test_tables_are_those_of_a_local_run(slurm, tmp_path):
    local, cluster = tmp_path / "local", tmp_path / "cluster"
    for folder in (local, cluster):
        folder.mkdir()
    here, there = Workflow(local, SMALL), Workflow(cluster, SMALL)
    here(TABLE)
    before = len(slurm.ended())
    text = finish(start(there, TABLE))
    assert_same(there, here, TABLE, "results/details/table3.csv", "results/corpus/problems.csv")
    submissions = len(slurm.ended()) - before
    jobs = int(re.findall(r"(\d+) of \1 steps", text)[-1])
    print(f"{jobs} jobs in {submissions} submissions")
    assert submissions <= 0.75 * jobs, "the jobs of a shard are one submission, and jobs of seconds stay here"
