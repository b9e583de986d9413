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


class _Imports(ast.NodeVisitor):
    """Names that a module may import, those for type checkers left out."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.names.update(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module is not None:
            self.names.add(node.module)
            self.names.update(f"{node.module}.{alias.name}" for alias in node.names)


@cache
def _parsed(path: Path) -> ast.Module:
    """A source file without its docstrings; comments are not in it either."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str())), *_]:
                    del node.body[0]
    return tree


@cache
def _imports(module: str) -> frozenset[str]:
    source = _source(module)
    if source is None:
        return frozenset()
    visitor = _Imports()
    visitor.visit(_parsed(source))
    found: set[str] = set()
    for name in visitor.names:
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
    digest = hashlib.sha256() if script is None else hashlib.sha256(ast.dump(_parsed(script)).encode())
    for module in modules_behind(*modules):
        source = _source(module)
        if source is None:
            raise ValueError(f"{module} has no source")
        digest.update(module.encode() + b"\0" + ast.dump(_parsed(source)).encode() + b"\0")
    return digest.hexdigest()[:16]


def library_versions() -> dict[str, str]:
    """Versions of the libraries that the numbers depend on."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES}


def package_digest() -> str:
    """Digest (16 hexadecimal digits) of the code of the whole library."""
    every = (path.relative_to(ROOT).with_suffix("").parts for path in ROOT.rglob("*.py"))
    names = [".".join(("viewcast", *(parts[:-1] if parts[-1] == "__init__" else parts))) for parts in every]
    return code_digest(*sorted(name for name in names if name != "viewcast"))
