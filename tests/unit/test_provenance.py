"""Code digests follow imports, and nothing else."""

import shutil
from pathlib import Path

import pytest

from viewcast import provenance
from viewcast.descriptors.registry import DESCRIPTORS


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the package's source that may be edited."""
    root = tmp_path / "viewcast"
    shutil.copytree(provenance.ROOT, root, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "ROOT", root)

    def forget():
        for function in (provenance._source, provenance._imports, provenance.code_digest):
            function.cache_clear()

    forget()
    yield root, forget
    monkeypatch.undo()
    forget()


def digests() -> dict[str, str]:
    return {
        spec.name: provenance.code_digest("viewcast.features.pipeline", spec.module) for spec in DESCRIPTORS.values()
    }


def test_editing_one_descriptor_changes_its_digest_alone(copied):
    root, forget = copied
    before = digests()
    with open(root / "descriptors" / "gist.py", "a") as file:
        file.write("\n# edited\n")
    forget()
    after = digests()
    assert {name for name in before if before[name] != after[name]} == {"gist"}


def test_editing_a_shared_module_changes_all_that_use_it(copied):
    root, forget = copied
    before = digests()
    with open(root / "coding" / "llc.py", "a") as file:
        file.write("\n# edited\n")
    forget()
    after = digests()
    assert {name for name in before if before[name] != after[name]} == {"color_patches", "gradient"}


def test_models_do_not_depend_on_descriptors_or_configuration():
    behind = provenance.modules_behind("viewcast.training", "viewcast.evaluation.tables")
    assert not [name for name in behind if name.startswith(("viewcast.descriptors.", "viewcast.config"))]


def test_time_stamps_do_not_count(copied):
    root, forget = copied
    before = digests()
    for path in Path(root).rglob("*.py"):
        path.touch()
    forget()
    assert digests() == before


def test_unknown_module():
    with pytest.raises(ValueError, match="no source"):
        provenance.code_digest("viewcast.nothing")
