"""A lock that a killed run has left behind is taken away, if the processes that worked here are gone.

Snakemake's lock does not say whose it is, so that after a kill one would have to give `--unlock` by hand. Here every run
writes down which process it is before it can take the lock; the next run looks whether one of the others still lives.
"""

import atexit
import json
import os
import socket
from pathlib import Path

from viewcast.store.atomic import check_writable, write_text

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


def write_down_own_process():
    """Gone again when this process ends by itself, so that other machines need not wonder whether it still lives."""
    owner = {"host": socket.gethostname(), "pid": os.getpid(), "started": started_at(os.getpid())}
    own = OWNERS.absolute() / f"{owner['host']}-{owner['pid']}.json"
    own.parent.mkdir(parents=True, exist_ok=True)
    write_text(own, json.dumps(owner))
    atexit.register(own.unlink, missing_ok=True)
    return own


def take_away_stale_locks(own):
    """Own process is written down first: of two that start together, each sees the other, and neither takes locks away."""
    try:
        others = {path: json.loads(path.read_text()) for path in own.parent.glob("[!.]*.json") if path != own}
        gone = [path for path, owner in others.items() if not may_live(owner)]
    except (OSError, ValueError, KeyError):
        return
    locks = list(LOCKS.glob("*"))
    if locks and (not others or len(gone) < len(others)):
        return
    for path in [*locks, *gone]:
        path.unlink(missing_ok=True)
    if locks:
        print("The last run here was killed and had left its lock; it is taken away.", file=sys.stderr)


def check_writable_or_stop(*folders):
    """Snakemake itself would show a traceback."""
    try:
        for folder in folders:
            check_writable(folder)
    except ViewcastError as error:
        raise WorkflowError(str(error)) from None


if workflow.is_main_process:
    check_writable_or_stop(".snakemake")
    take_away_stale_locks(write_down_own_process())


onstart:
    check_writable_or_stop("results", "logs")
