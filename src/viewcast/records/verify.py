"""Do the tables belong to what is there?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from viewcast.errors import ViewcastError
from viewcast.records.run import NAME, read_provenance
from viewcast.store.digests import digest_of
from viewcast.store.seal import check_seal


def verify_results(
    results: Path, *, progress: Callable[[list[str]], Iterable[str]] = lambda paths: paths
) -> Iterator[str]:
    """Read every file that ``provenance.json`` names, and yield a sentence for each that is not as it should be.

    :param progress: wraps the list of files, to show how far this is.
    :raises ViewcastError: there is no ``provenance.json``.

    A file is as it should be when its bytes match the digest in it, when its content is what its job has written, and
    when every file that it was made from is still the one that its job has read.
    """
    known = read_provenance(results).get("files")
    if not known:
        raise ViewcastError(
            f"There is no readable {results / NAME}. It is written at the end of every run: run the same command again."
        )
    # Names in it go by the folder in which the workflow ran.
    root = results.resolve().parent
    now: dict[str, str | None] = {}

    def digest(path: str) -> str | None:
        if path not in now:
            try:
                now[path] = digest_of(root / path)
            except OSError:
                now[path] = None
        return now[path]

    for path in progress(list(known)):
        made = known[path]
        if not (root / path).exists():
            yield f"{path} is gone. Run the same command again: it is made anew."
            continue
        damage = _damage(root / path)
        if damage:
            yield damage
        elif digest(path) != made["digest"]:
            yield f"{path} is another one than the run has written. Delete it and run the same command again."
        else:
            yield from _other_inputs(path, made, digest)


def _damage(path: Path) -> str | None:
    """A sentence if a file's bytes are not those that its own digest is of."""
    try:
        for file in path.rglob("[!.]*") if path.is_dir() else [path]:
            check_seal(file, required=False)
    except ViewcastError as error:
        return str(error)
    return None


def _other_inputs(path: str, made: dict[str, Any], digest: Callable[[str], str | None]) -> Iterator[str]:
    others = [name for name, was in made["from"].items() if digest(name) != was]
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        yield (
            f"{path} was made from another {others[0]}{more} than what is there now. Run the same command again; if it "
            f"has nothing to do, delete {path} first."
        )
