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
        for function in (provenance._source, provenance._read, provenance._imports, provenance.code_digest):
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
        file.write("\nEDITED = 1\n")
    forget()
    after = digests()
    assert {name for name in before if before[name] != after[name]} == {"gist"}


def test_comments_and_docstrings_do_not_count(copied):
    root, forget = copied
    before = digests()
    module = root / "descriptors" / "gist.py"
    text = module.read_text()
    assert '    """A function from n pictures' in text
    module.write_text(
        text.replace('    """A function from n pictures', '    """Another word: n pictures') + "\n# edited\n"
    )
    forget()
    assert digests() == before
    module.write_text(text.replace("dimension(parameters))\n", "dimension(parameters) + 0)\n", 1))
    forget()
    assert digests() != before


def test_a_script_counts(tmp_path):
    script = tmp_path / "script.py"
    found = []
    for text in ('"""One."""\nrun()\n', '"""Two."""\nrun()  # now\n', "run(1)\n"):
        script.write_text(text)
        provenance._read.cache_clear()
        provenance.code_digest.cache_clear()
        found.append(provenance.code_digest("viewcast.errors", script=script))
    assert found[0] == found[1] != found[2]


def test_editing_a_shared_module_changes_all_that_use_it(copied):
    root, forget = copied
    before = digests()
    with open(root / "coding" / "llc.py", "a") as file:
        file.write("\nEDITED = 1\n")
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
