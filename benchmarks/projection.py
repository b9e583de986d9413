"""What a corpus of the paper's size costs, from the pictures to all tables: hours, core-hours, disk, submissions.

    python benchmarks/workflow.py --folder FOLDER
    python benchmarks/projection.py FOLDER/results/provenance.json

Of the jobs that go by photos and not by pictures, the record of the first benchmark says what they take, at the
paper's size. Pictures and descriptors take the processor seconds a photo that the registry of the descriptors states,
as measured by benchmarks/jobs.py. Regressions on features take the operations that docs/performance.md counts, at the
rate that this machine reaches now. Every assumption is printed.
"""

from __future__ import annotations

import argparse
import json
import time
from importlib import import_module
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from viewcast.config.schema import load_config
from viewcast.corpus.prospects import FEATURE_BYTES
from viewcast.corpus.settings import load_setting
from viewcast.descriptors.registry import DESCRIPTORS

#: Processor seconds to read one picture into a shard, and of the start of one job.
READING, START = 0.002, 3.0
SHARD = 10_000
PICTURE_BYTES = 100_000
SPLITS, SWEEPS, COLUMNS = 10, 20, 25
PLACES = {"laptop": 8, "one node": 32, "Slurm or Kubernetes, 100 jobs at a time": 100}


#: Rules whose jobs are no submissions, and those that are counted by setting.
LOCAL, BY_SETTING = {"check", "problems", "pictures_checked", "choices"}, {"setting", "social", "fusion"}


def rate() -> float:
    """Operations a second of one thread in products with 25 columns, which a sweep of the solver is made of."""
    rng = np.random.default_rng(0)
    a, b = rng.random((4096, 4200), dtype=np.float32), rng.random((4200, COLUMNS), dtype=np.float32)
    best = np.inf
    with threadpool_limits(1):
        for _ in range(8):
            began = time.perf_counter()
            a @ b
            best = min(best, time.perf_counter() - began)
    return 2 * a.size * COLUMNS / best


def dimensions() -> dict[str, int]:
    """Lengths of the vectors that regressions are trained on, by default."""
    modules = {name: import_module(DESCRIPTORS[name].module) for name in load_config({}).evaluation.features}
    return {name: module.dimension() for name, module in modules.items()}


def rows_of_settings(results: Path) -> dict[str, int]:
    """Photos of every setting and protocol."""
    return {path.parent.name: len(load_setting(path).photo_id) for path in sorted(results.glob("models/*/setting.h5"))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record", type=Path, help="provenance.json of benchmarks/workflow.py")
    path = parser.parse_args().record
    record = json.loads(path.read_text())
    photos, rules = record["corpus"]["photos"], record["rules"]
    speed = rate()
    # Those of the default, and those of Figure 3.
    computed = (*dimensions(), "simple")
    a_photo = READING + sum(DESCRIPTORS[name].seconds for name in computed)
    shards = -(-photos // SHARD)
    by_shards = photos * a_photo + shards * START * (1 + len(computed))
    settings = rows_of_settings(path.parent)
    operations = {
        (setting, name): SPLITS * SWEEPS * 4 * rows / 2 * width * COLUMNS
        for setting, rows in settings.items()
        for name, width in dimensions().items()
    }
    regressions = sum(operations.values()) / speed + len(operations) * START
    by_rows = sum(rule["cpu_seconds"] for rule in rules.values())
    longest = (
        a_photo * SHARD + max(operations.values()) / speed
        + sum(rule["cpu_seconds"] / rule["jobs"] for rule in rules.values())
    )  # fmt: skip
    console = Console(width=110)
    console.print(
        f"{photos:,} photos in {shards} shards; {1000 * a_photo:.0f} ms a photo for reading and all descriptors "
        f"(registry); {speed / 1e9:.0f} GFLOP/s a thread in the solver's products (measured now); "
        f"{by_rows / 3600:.1f} core-hours of the jobs that go by rows (measured by benchmarks/workflow.py on "
        f"{record['machine']['processors']} processors); {PICTURE_BYTES // 1000} kB a picture. Every job runs on one "
        "core. Waiting in a queue, and disks that are slower than the processors, are not counted.",
        highlight=False,
    )
    parts = {"pictures and descriptors": by_shards, "regressions on features": regressions, "everything else": by_rows}
    table = Table("part", "core-hours")
    for name, seconds in parts.items():
        table.add_row(name, f"{seconds / 3600:.1f}")
    table.add_row("together", f"{sum(parts.values()) / 3600:.1f}")
    console.print(table)
    table = Table("place", "cores", "hours to Tables 1 to 3")
    for name, cores in PLACES.items():
        table.add_row(name, str(cores), f"{max(sum(parts.values()) / cores, longest) / 3600:.1f}")
    console.print(table)
    alone = sum(rules[name]["jobs"] for name in rules if name not in LOCAL | BY_SETTING)
    submissions = shards + len(operations) + 2 * len(settings) + 3 + alone
    disk = photos * (PICTURE_BYTES + FEATURE_BYTES)
    console.print(
        f"{disk / 1e9:.0f} GB of pictures in shards and of features; {submissions} submissions: {shards} shards, "
        f"{len(operations)} regressions, {2 * len(settings)} for settings and fusions, 3 dictionaries, {alone} others"
    )


if __name__ == "__main__":
    main()
