"""A copy of the workflow that a test may run, and edit, in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from PIL import Image

ROOT = Path(__file__).parents[2]

#: A demo corpus as small as a real setting can be.
TINY = yaml.safe_load((ROOT / ".test/config/config.yaml").read_text(encoding="utf-8"))
TABLES = ("results/table1.csv", "results/table2.csv", "results/table3.csv", "results/simple.csv")


class Workflow:
    """The workflow in a folder, run as a user runs it."""

    def __init__(self, folder: Path, config: dict | None = None) -> None:
        self.folder = folder
        self.configfile = "local.yaml"
        for name in ("workflow", "profiles", "config", "envs", "src"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        shutil.copy(ROOT / "Snakefile", folder)
        self.configure(TINY if config is None else config)

    def go_on_from(self, other: Path) -> None:
        """Take over what another workflow has made in its folder, with Snakemake's records of it."""
        for name in ("results", "logs", ".snakemake", "weights"):
            shutil.copytree(other / name, self.folder / name, copy_function=shutil.copy2)

    def configure(self, config: dict) -> None:
        (self.folder / self.configfile).write_text(yaml.safe_dump(config))

    def start(self, *arguments: str, cores: int | None = 2) -> subprocess.Popen:
        """Begin a run in a process group of its own; without ``cores``, a profile has its own number of jobs."""
        limit = [] if cores is None else ["--cores", str(cores)]
        command = [sys.executable, "-m", "snakemake", *limit, *arguments, "--configfile", self.configfile]
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    def __call__(self, *arguments: str, cores: int = 2, ok: bool = True) -> str:
        """Run Snakemake; its output."""
        done = self.start(*arguments, cores=cores)
        text = done.communicate()[0]
        assert (done.returncode == 0) == ok, text[-6000:]
        return text

    def planned(self, *arguments: str, cores: int = 2) -> dict[str, int]:
        """Rules that a dry run would run, and how often."""
        return jobs_of(self(*arguments, "--dry-run", cores=cores))

    def plans(self, cases: list[dict], targets: Sequence[str]) -> list[dict[str, int]]:
        """What dry runs would run for ``targets`` after each of many changes.

        :param cases: each with ``config`` (by default that of this workflow) and ``edited``, a file below its folder.
        """
        config = yaml.safe_load((self.folder / self.configfile).read_text())
        whole = [{"config": config, "edited": None, "targets": list(targets)} | case for case in cases]
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("plan_many.py"))],
            cwd=self.folder, input=json.dumps(whole), capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-6000:]
        return json.loads(done.stdout)


def jobs_of(text: str) -> dict[str, int]:
    """Rules and how often each would run, from what a dry run has said."""
    if "Job stats:" not in text:
        return {}
    lines = text.split("Job stats:")[1].split("\n\n")[0].splitlines()[3:]
    return {
        name: int(count) for name, count in (re.split(r"\s{2,}", line.strip()) for line in lines) if name != "total"
    }


def make_photos(folder: Path, count: int, first: int = 0) -> pd.DataFrame:
    """A folder with ``photos.csv`` and its pictures, each of another user."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(first)
    numbers = range(first, first + count)
    photos = pd.DataFrame(
        {
            "photo_id": [f"p{number}" for number in numbers],
            "user_id": [f"u{number}" for number in numbers],
            "picture": [f"p{number}.jpg" for number in numbers],
            "views": rng.integers(0, 100, count),
            "uploaded_at": "2014-01-01",
            "crawled_at": "2014-03-01",
        }
    )
    photos.to_csv(folder / "photos.csv", index=False)
    for name in photos["picture"]:
        Image.fromarray(rng.integers(0, 255, (40, 60, 3), dtype=np.uint8)).save(folder / name)
    return photos


def edit(workflow: Workflow, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change the photos table of the corpus of :func:`make_photos`."""
    path = workflow.folder / "my" / "photos.csv"
    change(pd.read_csv(path)).to_csv(path, index=False)
