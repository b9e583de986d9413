"""``provenance.json``: configuration, code, machine, what each rule took, and what each file was made from."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from viewcast.corpus.write import SUMMARY
from viewcast.joblog import TOOK
from viewcast.provenance import library_versions, package_digest
from viewcast.store.atomic import write_text
from viewcast.store.digests import digest_of
from viewcast.store.records import read_record

NAME = "provenance.json"
#: The entries of a log's last line that are needed here.
_WRITTEN = {"rule", "seconds", "cpu_seconds", "peak_mib", "host", "asked", "from", "made"}


def write_provenance(
    configuration: Mapping[str, Any], versions: Mapping[str, str], *, results: Path = Path("results"),
    logs: Path = Path("logs"),
) -> None:  # fmt: skip
    """Collect the last lines of the jobs' logs, and write ``provenance.json`` into the folder of results.

    :param configuration: as it was resolved, in plain JSON values.
    :param versions: of what ran the workflow; those of Python and the libraries are added.

    Nothing is written where no job has ended since it was written last. A file without a log (from Snakemake's cache,
    or because the logs are gone) keeps what was known of the same content before.

    :raises ViewcastError: the summary of the corpus is damaged, or the record cannot be written.
    """
    target = results / NAME
    before = read_provenance(results)
    versions = {"python": platform.python_version(), **versions, **library_versions()}
    own = {"configuration": dict(configuration), "versions": versions, "code": package_digest()}
    ended = [path.stat().st_mtime for path in logs.rglob("*.log")]
    if not ended or (own.items() <= before.items() and max(ended) < target.stat().st_mtime):
        return
    files, rules = _made(logs)
    _add_others(files, before.get("files", {}), results)
    record = own | _run(results) | {"rules": rules, "files": dict(sorted(files.items()))}
    write_text(target, json.dumps(record, indent=1) + "\n")


def read_provenance(results: Path) -> dict[str, Any]:
    """What :func:`write_provenance` wrote; empty where it cannot be read."""
    try:
        return dict(json.loads((results / NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def what_rules_took(logs: Path = Path("logs")) -> dict[str, Any]:
    """Rule -> what its jobs took, as in the entry ``rules`` of ``provenance.json``: of the files that are there now."""
    return _made(logs)[1]


def _jobs(logs: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(logs.rglob("*.log")):
        *_, last = path.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
        _, mark, said = last.partition(TOOK)
        try:
            job = json.loads(said) if mark else {}
        except ValueError:  # a killed job's
            continue
        if _WRITTEN <= set(job):  # another version wrote other entries
            yield job


def _made(logs: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """File -> how it was made; rule -> what its jobs took."""
    files: dict[str, Any] = {}
    rules: dict[str, Any] = {}
    for job in _jobs(logs):
        made = {path: digest for path, digest in job["made"].items() if _is(path, digest)}
        if not made:
            continue
        for path, digest in made.items():
            files[path] = {"digest": digest, "rule": job["rule"], "from": job["from"]}
        rule = rules.setdefault(
            job["rule"], {"jobs": 0, "seconds": 0.0, "cpu_seconds": 0.0, "peak_mib": 0.0, "asked": {}, "hosts": []}
        )
        rule["jobs"] += 1
        rule["seconds"] = round(rule["seconds"] + job["seconds"], 3)
        rule["cpu_seconds"] = round(rule["cpu_seconds"] + job["cpu_seconds"], 3)
        rule["peak_mib"] = max(rule["peak_mib"], job["peak_mib"])
        for name, amount in job["asked"].items():
            rule["asked"][name] = max(amount, rule["asked"].get(name, amount))
        rule["hosts"] = sorted({*rule["hosts"], job["host"]})
    return files, rules


def _is(path: str, digest: str) -> bool:
    """Is it still that job's? A link comes from Snakemake's cache, which may have given another one's since."""
    return os.path.exists(path) and (not os.path.islink(path) or digest_of(path) == digest)


def _add_others(files: dict[str, Any], before: Mapping[str, Any], results: Path) -> None:
    """Add what no log tells of: as it was known, or by its digest alone."""
    for path, known in before.items():
        if path not in files and os.path.exists(path) and digest_of(path) == known["digest"]:
            files[path] = known
    folders = {path for path in files if os.path.isdir(path)}
    for found in results.rglob("*"):
        path = found.as_posix()
        hidden = any(part.startswith(".") for part in found.relative_to(results).parts)
        inside = any(parent.as_posix() in folders for parent in found.parents)
        if not (hidden or inside or path in files or found.name == NAME) and found.is_file():
            files[path] = {"digest": digest_of(path), "rule": None, "from": {}}


def _run(results: Path) -> dict[str, Any]:
    """When and where, and on which corpus."""
    path = results / "corpus" / "summary.json"
    summary = read_record(path, SUMMARY) if path.is_file() else {}
    return {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "synthetic": summary.get("synthetic"),
        "corpus": {name: summary.get(name) for name in ("identity", "photos", "users")},
        "machine": {
            "host": platform.node(),
            "platform": platform.platform(),
            "processors": os.cpu_count(),
            "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        },
    }
