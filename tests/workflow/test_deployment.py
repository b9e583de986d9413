"""The workflow as a module of another one, as Snakedeploy and the workflow catalog use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from workflow_runs import ROOT

MODULE = """
configfile: "config/config.yaml"

module viewcast:
    snakefile: {snakefile}
    config: config

use rule * from viewcast{names}

onstart:
    viewcast.onstart()

onsuccess:
    viewcast.onsuccess()

onerror:
    viewcast.onerror()
"""
#: Where a repository is fetched from, in place of a host on the Internet.
HOST = "example.org"
ELSEWHERE = f'github("owner/viewcast", path="workflow/Snakefile", tag="v1", host="{HOST}")'


def study(folder: Path, snakefile: str | None = None, names: str = "") -> Path:
    """A folder with the catalog's test configuration, and the Snakefile of a deployment."""
    shutil.copytree(ROOT / ".test" / "config", folder / "config")
    if snakefile is not None:
        (folder / "workflow").mkdir()
        (folder / "workflow" / "Snakefile").write_text(MODULE.format(snakefile=snakefile, names=names))
    return folder


def snakemake(folder: Path, *arguments: str, ok: bool = True, **variables: str) -> str:
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    done = subprocess.run(command, cwd=folder, env=os.environ | variables, text=True, capture_output=True)
    text = done.stdout + done.stderr
    assert (done.returncode == 0) == ok, text[-6000:]
    return text


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> dict[str, str]:
    """The variables that let Snakemake find a repository which has no library beside the workflow."""
    hub = tmp_path_factory.mktemp("hub")
    repository = hub / "owner" / "viewcast"
    for name in ("workflow", "envs"):
        shutil.copytree(ROOT / name, repository / name, symlinks=True)
    git = ("git", "-C", str(repository), "-c", "user.name=test", "-c", "user.email=test@example.org")
    for arguments in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "test"), ("tag", "v1")):
        subprocess.run([*git, *arguments], check=True)
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{hub}/.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://{HOST}/",
        "XDG_CACHE_HOME": str(hub / "cache"),
    }


def test_the_catalog_finds_what_it_looks_for(tmp_path):
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert (ROOT / "config" / "README.md").is_file()
    text = snakemake(study(tmp_path), "--snakefile", str(ROOT / "workflow" / "Snakefile"), "--dry-run")
    assert "SYNTHETIC" in text and "protocols" in text


def test_a_module_from_a_clone_runs_the_library_beside_it(tmp_path):
    folder = study(tmp_path, f'"{ROOT / "workflow" / "Snakefile"}"')
    # The only library that can be found by its name is one that fails.
    (tmp_path / "viewcast.py").write_text("raise AssertionError('another library')")
    assert "Writing table3" in snakemake(folder, "--dry-run", "results/table3.csv", PYTHONPATH=str(tmp_path))


def test_a_module_from_elsewhere_runs_the_installed_library(tmp_path, elsewhere):
    folder = study(tmp_path, ELSEWHERE, " as their_*")
    target = "results/corpus/check.txt"
    snakemake(folder, target, **elsewhere)
    owners = folder / ".snakemake" / "viewcast-owners"
    assert (folder / target).is_file() and owners.is_dir() and not list(owners.iterdir())
    assert target in (folder / "results" / "provenance.json").read_text()
    # The checkpoint is found by its new name, and nothing is made again.
    text = snakemake(folder, target, "results/simple.csv", "--dry-run", **elsewhere)
    assert "their_simple" in text and "their_corpus " not in text


def test_a_missing_library_is_named(tmp_path, elsewhere):
    (tmp_path / "viewcast.py").write_text("raise ModuleNotFoundError(name='viewcast')")
    text = snakemake(study(tmp_path, ELSEWHERE), "--dry-run", ok=False, PYTHONPATH=str(tmp_path), **elsewhere)
    assert "The Python package viewcast is not installed" in text and "pip install" in text
