"""Killed at any moment, the same command goes on, and the tables are the same to the last byte."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time

import pytest
from workflow_runs import TABLES, Workflow

#: Shards, visual words, a descriptor, and a regression on it.
SOME = ("results/models/user_mix/color_patches.h5", "results/corpus/cues.parquet")


@pytest.mark.parametrize(
    ("kills", "targets"), [(3, SOME), pytest.param(25, TABLES, marks=pytest.mark.slow)], ids=["some", "tables"]
)
def test_kills_change_nothing_and_need_no_unlocking(finished, tmp_path, kills, targets):
    rng = random.Random(kills)
    workflow = Workflow(tmp_path)
    killed = 0
    while killed < kills:
        run = workflow.start(*targets)
        try:
            text = run.communicate(timeout=rng.uniform(3, 7))[0]  # soon enough that a fast machine is killed, too
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()
            killed += 1
            continue
        assert run.returncode == 0, text[-3000:]
        break  # finished before the last kills
    text = workflow(*targets)
    assert killed >= min(3, kills)
    for name in targets:
        assert (tmp_path / name).read_bytes() == (finished.folder / name).read_bytes()
    left = [path for path in (tmp_path / "results").rglob("*") if ".tmp." in path.name]
    assert not left


def test_a_run_killed_as_soon_as_it_has_its_lock_needs_no_unlocking(tmp_path):
    workflow = Workflow(tmp_path)
    locks = tmp_path / ".snakemake" / "locks"
    run = workflow.start("results/corpus/cues.parquet")
    while run.poll() is None and not (locks.is_dir() and any(locks.iterdir())):
        time.sleep(0.0005)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    assert any(locks.iterdir())
    assert "was killed and had left its lock; it is taken away" in workflow("results/demo/photos.parquet")
    owners = list((tmp_path / ".snakemake" / "viewcast-owners").iterdir())
    assert not owners and not list(locks.glob("*"))


def test_the_lock_of_a_living_run_is_respected(tmp_path):
    workflow = Workflow(tmp_path)
    run = workflow.start("results/corpus/cues.parquet")
    for line in run.stdout:
        if "Making the demo corpus" in line:
            break
    refused = workflow("results/corpus/cues.parquet", ok=False)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    assert "lock" in refused.lower()
    assert "was killed and had left its lock; it is taken away" in workflow("results/demo/photos.parquet")
