"""The examples in docstrings are true."""

import ast
import doctest
import importlib
from pathlib import Path

import pytest

import viewcast


def with_examples() -> dict[str, int]:
    """How many examples each module has; found in the source, so that modules without any are not imported."""
    found = {}
    parser = doctest.DocTestParser()
    root = Path(viewcast.__file__).parent
    for path in sorted(root.rglob("*.py")):
        name = ".".join(("viewcast", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = [
            ast.get_docstring(node) or ""
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        if count := sum(len(parser.get_examples(text)) for text in texts):
            found[name] = count
    return found


EXAMPLES = with_examples()


def test_there_are_examples():
    assert sum(EXAMPLES.values()) >= 5


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_true(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0 and found.attempted == EXAMPLES[name]
