"""What a job says: everything into its log, a user's error in one paragraph on the screen too; and what it took."""

from __future__ import annotations

import json
import logging
import platform
import re
import resource
import sys
import textwrap
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from viewcast.errors import ViewcastError, error_of_disk

#: What stands before the JSON of the last line.
TOOK = "what the job took: "


@contextmanager
def job_log(
    path: str,
    rule: str,
    inputs: Iterable[str] = (),
    outputs: Iterable[str] = (),
    asked: Iterable[tuple[str, Any]] = (),
    *,
    screen: int = logging.WARNING,
) -> Iterator[logging.Logger]:
    """Log the body to ``path``; end the process with status 1 if it raises.

    :param rule: the rule that the job is of.
    :param inputs, outputs: the files that the job reads and writes.
    :param asked: names and amounts of the resources that it has asked for; those that are numbers are kept.
    :param screen: what Viewcast itself says from this level on is shown on the screen too.

    The last line of a job that succeeded says in JSON what it took: ``rule``, ``ended`` (seconds since 1970),
    ``seconds`` (of wall time, without the start of Python), ``cpu_seconds`` (of the whole process), ``peak_mib``
    (resident memory), ``host`` and ``asked``, and what it has made from what: ``from`` and ``made``, files with their
    digests (:mod:`viewcast.store.digests`). Snakemake's own benchmark files and its cache exclude each other.

    A :class:`ViewcastError` is shown as one paragraph, on the screen and in the log, and so is a full or read-only
    disk; any other exception leaves its traceback in the log and its last line on the screen.
    """
    # A log that cannot be written, on a full disk for instance, must not hide what the job itself has to say.
    logging.raiseExceptions = False
    try:
        log: logging.Handler = _Log(path, mode="w")
    except OSError:
        log = logging.NullHandler()
    logging.basicConfig(
        handlers=[log], level=logging.INFO, force=True, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    logger = logging.getLogger("viewcast")
    shown = logging.StreamHandler()
    shown.setLevel(screen)
    shown.addFilter(lambda record: record.levelno < logging.ERROR)  # errors are shown as paragraphs
    logger.addHandler(shown)
    began = time.time()
    try:
        yield logger
        numbers = {name: amount for name, amount in asked if isinstance(amount, int | float)}
        made = {"asked": numbers, "from": _digests(inputs), "made": _digests(outputs)}
        logging.getLogger("viewcast.joblog").info("%s%s", TOOK, json.dumps(_took(rule, began) | made))
    except Exception as error:
        known = error if isinstance(error, ViewcastError) else error_of_disk(error)
        if known is not None:
            logger.error("%s", known)
            print("\n" + textwrap.fill(str(known), 100, break_long_words=False) + "\n", file=sys.stderr)
        else:
            logger.exception("the job failed")
            print(f"\n{type(error).__name__}: {error}\nThe traceback is in {path}\n", file=sys.stderr)
        sys.exit(1)


def _digests(paths: Iterable[str]) -> dict[str, str]:
    from viewcast.store.digests import digest_of

    return {str(path): digest_of(path) for path in paths}


class _Log(logging.FileHandler):
    """A log file whose closing, too, is quiet where the disk is full."""

    def close(self) -> None:
        with suppress(OSError):
            super().close()


def _took(rule: str, began: float) -> dict[str, Any]:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return {
        "rule": rule,
        "ended": round(time.time(), 3),
        "seconds": round(time.time() - began, 3),
        "cpu_seconds": round(cpu, 3),
        "peak_mib": round(_peak_mib(), 1),
        "host": platform.node(),
    }


def _peak_mib() -> float:
    """Linux's own count; ``getrusage`` begins with the memory of the process which started this one."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    except OSError:
        found = None
    kilobytes = int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / 1024
