"""What Snakemake would run after each of many changes, asked in one process that imports Snakemake once.

    python plan_many.py < cases.json > plans.json

The working folder is that of a workflow. Each case has ``targets``, ``config`` (all values of the configuration) and
``edited`` (a file of the library or a script that is to seem to have one statement more, or null). A case is a dry run
in a fork of this process; its plan says how often each rule would run.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, "src")

import snakemake.cli
from workflow_runs import jobs_of

from viewcast import provenance

PARALLEL = 2


def edit(edited: Path) -> None:
    """Let the file, named from the root, seem to have one statement more."""
    read = provenance._read

    def with_a_statement(path: Path) -> tuple[bytes, frozenset[str]]:
        digest, imports = read(path)
        # Snakemake gives a script by a copy of its own, whose path ends alike.
        return digest + (b"EDITED = 1" if path.parts[-2:] == edited.parts[-2:] else b""), imports

    provenance._read = with_a_statement


def dry_run(case: dict[str, Any], output: Path, configfile: Path) -> None:
    """In a process of its own: Snakemake, with its words in a file."""
    words = os.open(output, os.O_WRONLY | os.O_CREAT)
    os.dup2(words, 1)
    os.dup2(words, 2)
    if case["edited"]:
        edit(Path(case["edited"]))
    configfile.write_text(json.dumps(case["config"]))
    arguments = ["--cores", "2", *case["targets"], "--configfile", str(configfile), "--dry-run"]
    sys.argv = ["snakemake"]
    snakemake.cli.main(arguments)


def start(case: dict[str, Any], folder: Path, number: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        dry_run(case, folder / f"{number}.txt", folder / f"{number}.json")
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    cases = json.load(sys.stdin)
    for path in Path("src").rglob("*.py"):
        provenance._read(provenance.ROOT / path.relative_to("src/viewcast"))  # once, before all forks
    with tempfile.TemporaryDirectory() as name:
        folder, running, failed = Path(name), {}, set()
        for number, case in enumerate([*cases, *[None] * PARALLEL]):
            if len(running) >= PARALLEL or (case is None and running):
                pid, status = os.wait()
                ended = running.pop(pid)
                if status:
                    failed.add(ended)
            if case is not None:
                running[start(case, folder, number)] = number
        texts = [(folder / f"{number}.txt").read_text() for number in range(len(cases))]
    for number in sorted(failed):
        sys.exit(f"{cases[number]} failed:\n{texts[number][-3000:]}")
    json.dump([jobs_of(text) for text in texts], sys.stdout)


main()
