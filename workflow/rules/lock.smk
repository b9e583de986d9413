"""A lock that a killed run has left behind is taken away, if the process that took it is gone.

Snakemake's lock does not say whose it is, so that after a kill one would have to give `--unlock` by hand. Here every run
writes down which process it is, once it holds the lock; the next run looks whether that process still lives.
"""

import json
import os
import socket
from pathlib import Path

PROCESSES = Path(os.sep, "proc")
LOCKS = Path(".snakemake/locks")
OWNER = Path(".snakemake/viewcast-owner.json")


def started_at(pid):
    """When a process of this machine began, in ticks since the machine did; None if there is none, or no /proc."""
    try:
        return (PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def take_away_stale_locks():
    if not LOCKS.is_dir() or not any(LOCKS.iterdir()):
        return
    try:
        owner = json.loads(OWNER.read_text())
        gone = owner["host"] == socket.gethostname() and (PROCESSES / "self").exists()
        gone = gone and started_at(owner["pid"]) != owner["started"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if gone:
        for lock in LOCKS.iterdir():
            lock.unlink(missing_ok=True)
        print(
            f"The last run (process {owner['pid']}) was killed and had left its lock; it is taken away.",
            file=sys.stderr,
        )


if workflow.is_main_process:
    take_away_stale_locks()


onstart:
    OWNER.write_text(
        json.dumps({"host": socket.gethostname(), "pid": os.getpid(), "started": started_at(os.getpid())})
    )
