"""The configuration: typos are errors, and what is generated from the models has not drifted."""

from pathlib import Path

import pytest
import yaml

from viewcast.config.generate import regenerate
from viewcast.config.schema import Config, load_config
from viewcast.errors import ViewcastError

ROOT = Path(__file__).parents[2]


def test_generated_files_have_not_drifted():
    for path, text in regenerate(ROOT).items():
        assert path.read_text(encoding="utf-8") == text, f"{path} is old: run python -m viewcast.config.generate"


def merge(base: dict, over: dict) -> dict:
    return base | {k: merge(base.get(k, {}), v) if isinstance(v, dict) else v for k, v in over.items()}


@pytest.mark.parametrize("overlay", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_embedded_configurations_are_valid(overlay):
    base = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    assert load_config(merge(base, yaml.safe_load(overlay.read_text()))).seed == 2014


def test_an_unknown_key_is_named_with_its_neighbours():
    with pytest.raises(ViewcastError, match=r"evaluation\.split: there is no such key.*splits, folds"):
        load_config({"evaluation": {"split": 3}})


def test_a_wrong_value_is_named_with_what_was_given():
    with pytest.raises(ViewcastError, match=r"evaluation\.splits: .*greater than or equal to 1.*given: 0"):
        load_config({"evaluation": {"splits": 0}})
    with pytest.raises(ViewcastError, match="corpus: source `table` needs `photos`"):
        load_config({"corpus": {"source": "table"}})


def test_defaults_stand_without_any_file():
    assert load_config({}) == Config()
