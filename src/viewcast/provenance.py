"""Where a result comes from: a digest of the code that made it, and the libraries' versions."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
from functools import cache
from pathlib import Path

LIBRARIES = ("numpy", "torch", "timm", "opencv-python-headless", "pillow", "h5py", "scikit-learn", "viewcast")


ROOT = Path(__file__).parent


@cache
def _source(module: str) -> Path | None:
    """The file of a viewcast module, found by its name: nothing is imported."""
    path = ROOT.joinpath(*module.split(".")[1:])
    for candidate in (path / "__init__.py", path.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


def _without_docstrings(tree: ast.AST) -> set[str]:
    """Take the docstrings out of ``tree``; names that it may import, those for type checkers left out."""
    names: set[str] = set()
    match tree:
        case ast.Import():
            names.update(alias.name for alias in tree.names)
        case ast.ImportFrom(module=str(module)):
            names.update((module, *(f"{module}.{alias.name}" for alias in tree.names)))
        case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            match tree.body:
                case [ast.Expr(value=ast.Constant(value=str())), *_]:
                    del tree.body[0]
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):  # an expression imports nothing
            names |= _without_docstrings(node)
    match tree:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return set()
    return names


@cache
def _read(path: Path) -> tuple[bytes, frozenset[str]]:
    """Digest of a source file without its docstrings and comments, and the names that it imports.

    Only these are kept: a hundred syntax trees in memory slow Python's garbage collector down.
    """
    tree = ast.parse(path.read_bytes())
    imports = frozenset(_without_docstrings(tree))
    return hashlib.sha256(ast.dump(tree).encode()).digest(), imports


@cache
def _imports(module: str) -> frozenset[str]:
    source = _source(module)
    if source is None:
        return frozenset()
    found: set[str] = set()
    for name in _read(source)[1]:
        parts = name.split(".")
        if parts[0] == "viewcast":  # importing a.b runs a and a.b
            found.update(".".join(parts[:end]) for end in range(2, len(parts) + 1))
    return frozenset(name for name in found if _source(name) is not None)


def modules_behind(*modules: str) -> list[str]:
    """``modules`` and every viewcast module that they import, directly or not, sorted."""
    seen: set[str] = set()
    todo = list(modules)
    while todo:
        module = todo.pop()
        if module not in seen:
            seen.add(module)
            todo.extend(_imports(module))
    return sorted(seen)


@cache
def code_digest(*modules: str, script: Path | None = None) -> str:
    """Digest (16 hexadecimal digits) of the code of ``modules`` and all viewcast modules behind them, and of a script.

    It changes when, and only when, that code changes: not with comments and docstrings, not with the time stamps of a
    fresh clone, and not when an unrelated module is edited. Imports inside functions count too.
    """
    digest = hashlib.sha256() if script is None else hashlib.sha256(_read(script)[0])
    for module in modules_behind(*modules):
        source = _source(module)
        if source is None:
            raise ValueError(f"{module} has no source")
        digest.update(module.encode() + b"\0" + _read(source)[0])
    return digest.hexdigest()[:16]


def library_versions() -> dict[str, str]:
    """Versions of the libraries that the numbers depend on."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES}


def package_digest() -> str:
    """Digest (16 hexadecimal digits) of the code of the whole library."""
    every = (path.relative_to(ROOT).with_suffix("").parts for path in ROOT.rglob("*.py"))
    names = [".".join(("viewcast", *(parts[:-1] if parts[-1] == "__init__" else parts))) for parts in every]
    return code_digest(*sorted(name for name in names if name != "viewcast"))
