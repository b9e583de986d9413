"""Full and read-only disks, damaged and misplaced files, two runs with one cache: named, mended, no wrong table."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from small_disks import small_disk
from workflow_runs import TABLES, TINY, Workflow

from viewcast.coding.dictionary import load_dictionary
from viewcast.corpus.settings import load_setting
from viewcast.corpus.write import SUMMARY
from viewcast.descriptors.backbones import EMBEDDED, load_backbone
from viewcast.errors import ViewcastError
from viewcast.features.matrix import FeatureMatrix, read_vectors
from viewcast.forecasts import load_forecasts
from viewcast.pictures.shards import read_pictures, read_shard_list
from viewcast.store.frames import read_parquet
from viewcast.store.records import read_record
from viewcast.tables.reading import read_table

FEW = TINY | {"evaluation": TINY["evaluation"] | {"features": ["color_histogram"]}}


def told(text: str) -> list[str]:
    """What was said of disks, each paragraph once, without the times of logs; and nobody told of a traceback."""
    assert "Traceback" not in text and "Logging error" not in text, text[-6000:]
    lines = [" ".join(part.split()) for part in text.split("\n\n")]
    return [line for line in lines if line.startswith("The disk that holds results/")]


def run_with_more_and_more_room(workflow: Workflow, sizes: list[str], *command: str) -> list[str]:
    """Run a command on a larger and larger disk, until there is room for all of it; what was said before."""
    said: list[str] = []
    with small_disk(workflow.folder / "results", sizes[0]) as disk:
        (disk.folder / "kept").touch()  # Snakemake removes an empty folder, and this one cannot be removed
        for size in sizes:
            disk.remount(f"size={size}")
            run = workflow.start(*command)
            text = run.communicate()[0]
            if run.returncode == 0:
                break
            found = told(text)
            assert found, text[-6000:]
            said += found
            assert not [path for path in disk.folder.rglob("*") if ".tmp." in path.name]
        assert run.returncode == 0, text[-6000:]
        shutil.copytree(disk.folder, workflow.folder / "copy")
    return said


@pytest.mark.slow
def test_a_full_disk_is_named_and_more_room_gives_the_same_table(finished, tmp_path):
    workflow = Workflow(tmp_path)
    said = run_with_more_and_more_room(workflow, ["200k", "1300k", "40m"], "results/simple.csv")
    assert "The disk that holds results/demo/" in said[0] and "results/pictures/000" in said[-1]
    assert all("Make room on it and run the same command again" in line for line in said)
    assert (tmp_path / "copy/simple.csv").read_bytes() == (finished.folder / "results/simple.csv").read_bytes()


@pytest.mark.slow
def test_a_disk_that_is_full_time_and_again_gives_the_same_tables(tmp_path):
    for name in ("undisturbed", "full"):
        (tmp_path / name).mkdir()
    undisturbed, full = Workflow(tmp_path / "undisturbed", FEW), Workflow(tmp_path / "full", FEW)
    undisturbed(*TABLES)
    used = int(subprocess.check_output(["du", "-sk", tmp_path / "undisturbed/results"]).split()[0])
    sizes = [f"{kilobytes}k" for kilobytes in range(used // 8, used, used // 10)]
    said = run_with_more_and_more_room(full, [*sizes, "100m"], *TABLES)
    assert len(said) >= 4
    for name in TABLES:
        own = (tmp_path / "full/copy" / Path(name).name).read_bytes()
        assert own == (tmp_path / "undisturbed" / name).read_bytes(), name


def test_a_disk_without_any_room_stops_the_run_before_it_begins(tmp_path):
    with small_disk(tmp_path / "all", "40m") as disk:
        workflow = Workflow(disk.folder)
        disk.fill(0)
        text = workflow("results/simple.csv", ok=False)
        assert "The disk that holds .snakemake is full (No space left on device). Make room" in text
        assert "Logging error" not in text and "Traceback" not in text


def test_a_read_only_folder_of_results_is_one_paragraph(own):
    with small_disk(own.folder / "results", "4m") as disk:
        (disk.folder / "kept").touch()
        disk.remount("ro")
        text = own("results/corpus/photos.parquet", ok=False)
        assert "results cannot be written (Read-only file system). Make its folder writable, or run in" in text
        assert "Traceback" not in text
        assert own.planned("results/corpus/photos.parquet") == {"corpus": 1}


#: The files that a later rule reads, by their place below the results, and how.
READ: dict[str, Callable[[Path], object]] = {
    "demo/photos.parquet": read_table,
    "demo/users.parquet": read_table,
    "corpus/photos.parquet": read_parquet,
    "corpus/users.parquet": read_parquet,
    "corpus/cues.parquet": read_parquet,
    "corpus/summary.json": lambda path: read_record(path, SUMMARY),
    "corpus/shard_memory.parquet": read_parquet,
    "corpus/shards/*.parquet": read_shard_list,
    "pictures/*.parquet": read_parquet,
    "pictures/*.h5": lambda path: [row.photo_id for row in read_pictures(path, 500, only=())],
    "dictionaries/photos.parquet": read_parquet,
    "dictionaries/*.h5": load_dictionary,
    "features/*/*.h5": lambda path: [*map(len, read_vectors(path)), FeatureMatrix([path])],
    "models/*/setting.h5": load_setting,
    "models/*/*.h5": load_forecasts,
    "models/*/fusion/*.h5": load_forecasts,
    "../weights/*.json": lambda path: load_backbone(EMBEDDED, path.parent),
    "../weights/*.safetensors": lambda path: load_backbone(EMBEDDED, path.parent),
}
#: What no rule reads: tables for people, files that say by being there that something was done, and pictures, which are
#: the user's own wherever they are no demo, so that they carry no digest.
NOT_READ = ("*.csv", "details/*.csv", "corpus/*.csv", "corpus/check.txt", "corpus/pictures_checked.tsv",
            "demo/pictures/*", "corpus/shards/.snakemake_timestamp", "provenance.json")  # fmt: skip


def kinds_of(results: Path) -> dict[str, list[Path]]:
    """The files of each kind; each file once."""
    kinds: dict[str, list[Path]] = {}
    seen: set[Path] = set()
    for pattern in (*READ, *NOT_READ):
        found = [path for path in sorted(results.glob(pattern)) if path not in seen]
        seen |= set(found)
        kinds[pattern] = found
    every = {path for path in results.rglob("*") if path.is_file()}
    assert every - seen == set(), "a kind of file that this test does not know"
    return kinds


def test_no_flipped_bit_of_any_kind_of_file_is_silent(finished, tmp_path):
    """200 bits, over all kinds of file that a later rule reads, where and as they lie in the results."""
    shutil.copytree(finished.folder / "results", tmp_path / "results", ignore=shutil.ignore_patterns("demo"))
    shutil.copytree(finished.folder / "results/demo", tmp_path / "results/demo")
    shutil.copytree(finished.folder / "weights", tmp_path / "weights")
    kinds = {kind: paths for kind, paths in kinds_of(tmp_path / "results").items() if kind in READ}
    rng = np.random.default_rng(200)
    noticed: Counter[str] = Counter()
    for number in range(200):
        kind = list(kinds)[number % len(kinds)]
        path = kinds[kind][int(rng.integers(len(kinds[kind])))]
        whole = path.read_bytes()
        broken = bytearray(whole)
        broken[int(rng.integers(len(whole)))] ^= 1 << int(rng.integers(8))
        path.write_bytes(broken)
        with pytest.raises(ViewcastError, match=f"{path.name}.*(Delete|Fetch|fetch)"):
            READ[kind](path)
        path.write_bytes(whole)
        READ[kind](path)
        noticed[kind] += 1
    print("\n".join(f"{kind}: {count} of {count} noticed" for kind, count in noticed.items()))
    assert noticed.total() == 200 and set(noticed) == set(READ)


@pytest.mark.slow
def test_damaged_and_misplaced_files_are_named_and_mended_by_deleting_them(finished, tmp_path):
    workflow = Workflow(tmp_path)
    workflow.go_on_from(finished.folder)
    results = tmp_path / "results"
    command = (*TABLES, "--keep-going")

    def replace(path: Path, other: Path) -> None:
        path.write_bytes(other.read_bytes())

    harm: dict[str, Callable[[Path], None]] = {
        "models/user_mix/gist.h5": lambda path: replace(path, results / "models/one_per_user/gist.h5"),
        "models/one_per_user/texture.h5": lambda path: replace(path, results / "models/one_per_user/gist.h5"),
        "models/user_specific/setting.h5": lambda path: replace(path, results / "models/user_mix/setting.h5"),
        "features/simple/0001.h5": lambda path: replace(path, results / "features/simple/0000.h5"),
        "corpus/cues.parquet": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    }
    for name, change in harm.items():
        change(results / name)
    text = " ".join(workflow(*command, ok=False).split())
    assert "results/corpus/cues.parquet is damaged" in text
    for name in harm.keys() - {"corpus/cues.parquet"}:
        assert f"results/{name} is a copy of another file, which belongs to results/" in text
    for name in harm:
        (results / name).unlink()
    workflow(*TABLES)
    for name in TABLES:
        assert (tmp_path / name).read_bytes() == (finished.folder / name).read_bytes(), name


@pytest.mark.slow
def test_a_shard_list_that_is_damaged_or_gone_is_named_and_mended(own):
    own("results/corpus/check.txt")
    listed, check = own.folder / "results/corpus/shards/0000.parquet", own.folder / "results/corpus/check.txt"
    before = listed.read_bytes()
    for content in (before[:-1], None):
        listed.unlink()
        if content is not None:
            listed.write_bytes(content)
        check.unlink()
        text = " ".join(own("results/corpus/check.txt", ok=False).split())
        assert "Delete the folder of the shard lists (results/corpus/shards) and run the same command again" in text
        shutil.rmtree(listed.parent)
        own("results/corpus/check.txt")
        assert listed.read_bytes() == before


@pytest.mark.slow
def test_two_directories_at_once_with_one_cache_do_no_damage(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("SNAKEMAKE_OUTPUT_CACHE", str(cache))
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    workflows = [Workflow(tmp_path / name, FEW) for name in ("first", "second")]
    command = ("results/table3.csv", "results/protocols.csv")
    runs = [workflow.start(*command, "--cache", cores=1) for workflow in workflows]
    texts = [run.communicate()[0] for run in runs]
    for run, text in zip(runs, texts, strict=True):
        assert run.returncode == 0, text[-6000:]
    monkeypatch.delenv("SNAKEMAKE_OUTPUT_CACHE")
    (tmp_path / "alone").mkdir()
    alone = Workflow(tmp_path / "alone", FEW)
    alone(*command)
    for name in (*command, "results/details/table3.csv"):
        tables = {(workflow.folder / name).read_bytes() for workflow in (*workflows, alone)}
        assert len(tables) == 1, f"{name} depends on the cache"
    settings = list((tmp_path / "first/results/models").glob("*/setting.h5"))
    assert len({path.resolve() for path in settings}) == len(settings) == 6
