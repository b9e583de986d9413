"""Snakemake's cache between working directories: a second one computes nothing, another C only the regressions."""

import pytest
from workflow_runs import TINY, Workflow

pytestmark = pytest.mark.slow

COMMAND = ("results/table3.csv", "--cache")
EVALUATION = TINY["evaluation"] | {"features": ["color_histogram", "color_patches"]}


def linked(workflow: Workflow) -> set[str]:
    """What came from the cache, or went there: Snakemake leaves links to it."""
    results = workflow.folder / "results"
    found = {str(path.relative_to(results)) for path in results.rglob("*") if path.is_symlink()}
    return {name for name in found if not name.startswith("demo/")}  # a folder is linked as one, or file by file


def cached(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_two_working_directories_share_what_is_the_same(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("SNAKEMAKE_OUTPUT_CACHE", str(cache))
    runs, sizes = [], []
    for name, evaluation in (("first", {}), ("second", {}), ("third", {"C": [0.1, 1.0]})):
        (tmp_path / name).mkdir()
        run = Workflow(tmp_path / name, TINY | {"evaluation": EVALUATION | evaluation})
        run(*COMMAND)
        runs.append(run)
        sizes.append(cached(cache))
    first, second, third = (linked(run) for run in runs)
    shared = {"pictures/0000.h5", "features/color_patches/0001.h5", "dictionaries/color_patches.h5"}
    assert shared | {"models/user_mix/color_patches.h5", "table3.csv"} <= first == second == third
    assert sizes[0] == sizes[1], "the second directory computed something that the cache should have had"
    for name in ("table3.csv", "details/table3.csv"):
        assert (runs[0].folder / "results" / name).read_bytes() == (runs[1].folder / "results" / name).read_bytes()
    for name in first:
        same = (runs[0].folder / "results" / name).resolve() == (runs[2].folder / "results" / name).resolve()
        if name.startswith(("pictures/", "features/", "dictionaries/")):
            assert same, f"{name} does not depend on C"
        elif name.startswith("models/") and not name.endswith("setting.h5"):
            assert not same, f"{name} depends on C"
