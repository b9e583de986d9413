"""The conda environment asks for what pyproject.toml asks for."""

import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]

#: Names that differ between the two worlds, and what only the driver of the workflow needs.
CONDA_NAMES = {"matplotlib-base": "matplotlib", "pytorch": "torch"}
DRIVER_ONLY = {"snakemake"}


def test_conda_environment_equals_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    wanted = {r.name: r.specifier for r in map(Requirement, project) if r.name not in DRIVER_ONLY}
    lines = yaml.safe_load((ROOT / "envs" / "viewcast.yaml").read_text())["dependencies"]
    plain = [line for line in lines if isinstance(line, str)]
    pip = next(line["pip"] for line in lines if isinstance(line, dict))
    found = {}
    for requirement in map(Requirement, [*plain, *pip]):
        found[CONDA_NAMES.get(requirement.name, requirement.name)] = requirement.specifier
    assert str(found.pop("python")) == ">=3.11"
    assert not str(found.pop("pip"))
    assert found == wanted
