"""A lock that a killed run has left behind is taken away, if the processes that worked here are gone.

Snakemake's lock does not say whose it is, so that after a kill one would have to give `--unlock` by hand. Here every run
writes down which process it is, once it holds its lock; the next run looks whether one of them still lives.
"""

import json
import os
import socket
from pathlib import Path

from viewcast.store.atomic import check_writable

PROCESSES = Path(os.sep, "proc")
LOCKS = Path(".snakemake/locks")
OWNERS = Path(".snakemake/viewcast-owners")


def started_at(pid):
    """When a process of this machine began, in ticks since the machine did; None if there is none, or no /proc."""
    try:
        return (PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def may_live(owner):
    """Of another machine, or of one that cannot be looked at, it cannot be told."""
    if owner["host"] != socket.gethostname() or not (PROCESSES / "self").exists():
        return True
    return started_at(owner["pid"]) == owner["started"]


def take_away_stale_locks():
    if not LOCKS.is_dir() or not any(LOCKS.iterdir()):
        return
    try:
        owners = {path: json.loads(path.read_text()) for path in OWNERS.glob("*.json")}
        if not owners or any(map(may_live, owners.values())):
            return
    except (OSError, ValueError, KeyError):
        return
    for path in [*LOCKS.iterdir(), *owners]:
        path.unlink(missing_ok=True)
    print("The last run here was killed and had left its lock; it is taken away.", file=sys.stderr)


if workflow.is_main_process:
    take_away_stale_locks()


def check_writable_or_stop(*folders):
    """Snakemake itself would show a traceback."""
    try:
        for folder in folders:
            check_writable(folder)
    except ViewcastError as error:
        raise WorkflowError(str(error)) from None


if workflow.is_main_process:
    check_writable_or_stop(".snakemake")


onstart:
    check_writable_or_stop("results", "logs")
    OWNERS.mkdir(exist_ok=True)
    for path in OWNERS.glob("*.json"):
        if not may_live(json.loads(path.read_text())):
            path.unlink(missing_ok=True)
    own = {"host": socket.gethostname(), "pid": os.getpid(), "started": started_at(os.getpid())}
    name = f"{own['host']}-{own['pid']}"
    (OWNERS / f"{name}.part").write_text(json.dumps(own))
    os.replace(OWNERS / f"{name}.part", OWNERS / f"{name}.json")
