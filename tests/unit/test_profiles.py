"""Snakemake knows every entry of the profiles, and they agree on what reruns a job."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from snakemake.cli import get_argument_parser

PROFILES = {path.parent.name: path for path in Path(__file__).parents[2].glob("profiles/*/config.yaml")}


def entries(name: str) -> dict:
    return yaml.safe_load(PROFILES[name].read_text(encoding="utf-8"))


def test_all_profiles_agree_on_what_reruns_a_job():
    assert {"default", "slurm", "kubernetes"} == set(PROFILES)
    assert len({tuple(entries(name)["rerun-triggers"]) for name in PROFILES}) == 1


@pytest.mark.parametrize("name", PROFILES)
def test_every_entry_is_an_option(name):
    profile = entries(name)
    executor = profile.get("executor")
    if executor and not find_spec(f"snakemake_executor_plugin_{executor}"):
        pytest.skip(f"the plugin {executor} is not installed")
    options = get_argument_parser()._option_string_actions
    assert {f"--{key}" for key in profile} <= set(options)
