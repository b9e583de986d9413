"""What the jobs cost that go by the corpus's photos and not by its pictures, and what Snakemake itself costs.

    python benchmarks/workflow.py [--users 930000] [--heavy 100] [--photos-of-heavy 14000] [--all] [--folder FOLDER]
    python benchmarks/workflow.py --demo

A corpus of the paper's size is made up: one photo of each user, and heavy users with many. Its tables are read by the
workflow itself. The statuses of its pictures, its simple features (with --all its deep ones, in whose space neighbours
are sought) and the regressions on its features are made up too, for they are not what is measured here; then the
workflow runs on to all tables. The dry run is timed where there is a corpus and nothing else. Of every rule it prints
what its largest job has taken, by its log, and what it had asked for.

With --demo it is the demo, whole and real: how much of its processor time is none of the jobs' own, how long it takes
to find that nothing is left to do, and how many bytes stay on disk for each byte of the pictures.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from viewcast.config.schema import load_config
from viewcast.corpus.protocols import PROTOCOLS
from viewcast.corpus.settings import SETTINGS, load_setting
from viewcast.features.files import FeatureAttributes, write_features
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts, save_forecasts
from viewcast.joblog import TOOK
from viewcast.store.frames import read_parquet, write_parquet

ROOT = Path(__file__).resolve().parents[1]
SHARD = 10_000
CONFIG = {
    "corpus": {"source": "table", "photos": "photos.parquet", "users": "users.parquet", "pictures": "pictures"},
    "pictures": {"shard_size": SHARD},
}
TABLES = [f"results/{name}.csv" for name in ("table1", "table2", "table3", "simple")]
MORE = [f"results/{name}.csv" for name in ("baselines", "protocols", "coverage")]


def write_tables(folder: Path, users: int, heavy: int, each: int) -> None:
    """photos.parquet and users.parquet: a user's fame and a photo's own luck make the views."""
    rng = np.random.default_rng(1)
    owner = rng.permutation(np.concatenate([np.arange(users), np.repeat(np.arange(heavy), each)]))
    fame = rng.normal(4, 2, users)
    views = np.exp2(np.clip(fame[owner] + rng.normal(0, 2, len(owner)), 0, 20)).astype(int)
    uploaded = rng.integers(1_200_000_000, 1_400_000_000, len(owner))
    photos = pd.DataFrame(
        {
            "photo_id": np.arange(len(owner)) + 10_000_000_000,
            "user_id": owner,
            "picture": "picture.jpg",
            "views": views,
            "uploaded_at": uploaded,
            "crawled_at": 1_404_172_800,
            "title": "a title",
            "description": pd.Series(["", "a description of some words"])[rng.integers(0, 2, len(owner))].to_numpy(),
            "tags": pd.Series(["", "sky", "sky sea sunset"])[rng.integers(0, 3, len(owner))].to_numpy(),
        }
    )
    photos.to_parquet(folder / "photos.parquet")
    people = pd.DataFrame({"user_id": np.arange(users), "mean_views": fame})
    for name in ("photo_count", "contacts", "groups", "groups_admin", "groups_invite_only", "group_members"):
        people[name] = rng.integers(1, 5000, users)
    people["member_since"], people["is_pro"] = "2007-03-01", rng.integers(0, 2, users)
    people.to_parquet(folder / "users.parquet")
    (folder / "pictures").mkdir()
    (folder / "pictures/picture.jpg").touch()
    (folder / "my.yaml").write_text(json.dumps(CONFIG))


def snakemake(folder: Path, *arguments: str, cores: int) -> tuple[str, float, float]:
    """A run; what it says, its seconds, and the processor seconds of Snakemake and all its jobs."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    command += ["--cores", str(cores), *arguments]
    command += ["--configfile", str(folder / "my.yaml")] if (folder / "my.yaml").exists() else []
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout[-5000:])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, seconds, cpu


def fake_pictures(folder: Path, deep: bool) -> None:
    """Statuses and simple features of every shard, as if every picture had been read; the deep feature where asked."""
    rng = np.random.default_rng(2)
    for path in sorted((folder / "results/corpus/shards").glob("*.parquet")):
        listed = read_parquet(path)
        statuses = listed[["photo_id", "picture"]].assign(status="ok", reason="", height=375, width=500, bytes_read=1)
        write_parquet(statuses, folder / "results/pictures" / path.name)
        (folder / "results/pictures" / path.with_suffix(".h5").name).touch()
        vectors, target = rng.random((len(listed), 6)), folder / f"results/features/simple/{path.stem}.h5"
        names = listed["photo_id"].tolist()
        write_features(target, vectors, names, ["ok"] * len(names), FeatureAttributes("simple", "1"))
        if deep:
            vectors, target = rng.integers(0, 4, (len(listed), 1280)), folder / f"results/features/deep/{path.stem}.h5"
            write_features(target, vectors, names, ["ok"] * len(names), FeatureAttributes("deep", "1"))


def fake_models(folder: Path) -> None:
    """Regressions on every feature of every setting: the target in much noise."""
    rng = np.random.default_rng(3)
    for path in sorted((folder / "results/models").glob("*/setting.h5")):
        setting = load_setting(path)
        splits, photos = setting.folds.shape
        each = (len(setting.groups), splits)
        for name in load_config({}).evaluation.features:
            # Photos without a forecast, of the first folds of a setting forward in time, have none here either.
            known = (setting.folds == TEST) | (setting.folds > 0) | (not setting.forward)
            noise = rng.normal(0, 6, (splits, photos)) + setting.target
            save_forecasts(
                Forecasts(
                    setting.name, name, setting.photo_id, np.where(known, noise, np.nan), np.ones(each), np.zeros(each),
                    np.ones(each, dtype=bool), [np.zeros((splits, 1))] * each[0], [np.zeros(splits)] * each[0],
                    link=np.full(each, "identity", dtype=object), scaling=np.full(each, "standard", dtype=object),
                ),
                path.with_name(f"{name}.h5"),
            )  # fmt: skip


def taken(folder: Path) -> pd.DataFrame:
    """What the jobs' logs say: columns rule, seconds, cpu_seconds, peak_mib, mem_mb and runtime."""
    lines = [(path.read_text().splitlines() or [""])[-1] for path in (folder / "logs").rglob("*.log")]
    jobs = [json.loads(line.partition(TOOK)[2]) for line in lines if TOOK in line]
    return pd.DataFrame([job | job["asked"] for job in jobs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=930_000)
    parser.add_argument("--heavy", type=int, default=100)
    parser.add_argument("--photos-of-heavy", type=int, default=14_000)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument(
        "--all", action="store_true", help="baselines, protocols and coverage as well, which take longer"
    )
    parser.add_argument("--demo", action="store_true", help="the demo instead")
    parser.add_argument("--folder", type=Path, help="kept; by default a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        (demo if options.demo else run)(folder, options)


def size(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


def demo(folder: Path, options: argparse.Namespace) -> None:
    console = Console(width=120)
    targets = TABLES[:3]
    _, seconds, cpu = snakemake(folder, *targets, cores=options.cores)
    jobs = taken(folder)
    own = 1 - jobs["cpu_seconds"].sum() / cpu
    console.print(f"{len(jobs)} jobs: {seconds:.0f} s, {cpu:.0f} processor seconds")
    console.print(f"Snakemake, and the start and the end of the jobs' processes: {own:.1%} of the processor time")
    _, seconds, cpu = snakemake(folder, *targets, cores=options.cores)
    console.print(f"the same command again: {seconds:.1f} s, {cpu:.1f} processor seconds")
    results, photos = folder / "results", len(read_parquet(folder / "results/corpus/photos.parquet"))
    pictures = size(results, "demo/pictures/*")
    for name in ("demo/pictures", "pictures", "features", "models"):
        kept = size(results, f"{name}/**/*")
        console.print(f"{name}: {kept / photos / 1000:.1f} kB a photo, {kept / pictures:.2f} of the pictures' bytes")


def run(folder: Path, options: argparse.Namespace) -> None:
    console = Console(width=120)
    write_tables(folder, options.users, options.heavy, options.photos_of_heavy)
    mtime = ("--rerun-triggers", "mtime")
    targets = [*TABLES, *(MORE if options.all else [])]
    snakemake(folder, "results/corpus/cues.parquet", "results/corpus/check.txt", cores=options.cores)
    plan, seconds, cpu = snakemake(folder, *TABLES, *MORE, "--dry-run", "--quiet", "rules", cores=options.cores)
    jobs = re.search(r"^total\s+(\d+)", plan, re.MULTILINE)
    console.print(f"dry run of {jobs[1] if jobs else '?'} jobs: {seconds:.1f} s, {cpu:.1f} processor seconds")
    fake_pictures(folder, deep=options.all)
    settings = [f"results/models/{name}/setting.h5" for name in (*SETTINGS, *(PROTOCOLS if options.all else ()))]
    snakemake(folder, *settings, *mtime, cores=options.cores)
    fake_models(folder)
    _, seconds, _ = snakemake(folder, *targets, *mtime, cores=options.cores)
    console.print(f"from the regressions on features to all tables: {seconds / 60:.1f} min on {options.cores} cores")
    table = Table("rule", "jobs", "s, longest", "processor s", "peak MiB", "MB asked for", "minutes asked for")
    for rule, rows in taken(folder).groupby("rule"):
        table.add_row(
            str(rule), str(len(rows)), f"{rows['seconds'].max():.0f}", f"{rows['cpu_seconds'].max():.0f}",
            f"{rows['peak_mib'].max():,.0f}", f"{rows['mem_mb'].max():,.0f}", f"{rows['runtime'].max():,.0f}",
        )  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    main()
