"""The last line of a job's log says what the job took."""

import json
import subprocess
import sys
import time

import pytest
from small_disks import small_disk

JOB = """
from viewcast.errors import ViewcastError
from viewcast.joblog import job_log
with job_log({log!r}, rule="gist"):
    held = bytearray(64 << 20)
    if {fails}:
        raise ViewcastError("mend it")
"""


def run(log, fails):
    """In a process of its own, for it sets up logging."""
    code = JOB.format(log=str(log), fails=fails)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).returncode


def test_what_a_job_took_is_the_last_line(tmp_path):
    began = time.time()
    assert run(tmp_path / "job.log", fails=False) == 0
    before, _, said = (tmp_path / "job.log").read_text().splitlines()[-1].partition("what the job took: ")
    took = json.loads(said)
    assert "viewcast.joblog" in before and set(took) == {
        "rule", "ended", "seconds", "cpu_seconds", "peak_mib", "host", "asked", "from", "made",
    }  # fmt: skip
    assert took["rule"] == "gist" and took["peak_mib"] > 64
    assert began <= took["ended"] <= time.time() + 0.001 and 0 <= took["seconds"] <= took["ended"] - began
    assert took["cpu_seconds"] > 0


def test_a_job_that_failed_has_no_such_line(tmp_path):
    assert run(tmp_path / "job.log", fails=True) == 1
    text = (tmp_path / "job.log").read_text()
    assert "mend it" in text and "what the job took" not in text


FULL = """
from viewcast.joblog import job_log
with job_log({log!r}, rule="gist") as log:
    for _ in range(200):
        log.warning("much to say")
    try:
        raise OSError(28, "No space left on device", "results/a.h5")
    except OSError as error:
        raise RuntimeError("something else") from error
"""


@pytest.mark.parametrize("room", ["much", "none", "read-only"])
def test_a_full_disk_is_one_paragraph_also_where_the_log_is_on_it(tmp_path, room):
    with small_disk(tmp_path / "disk", "8k" if room == "none" else "1m") as disk:
        disk.remount("ro" if room == "read-only" else "rw")
        code = FULL.format(log=str(disk.folder / "job.log"))
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr and "Logging error" not in done.stderr
    said = done.stderr.replace("much to say\n", "")
    assert said.startswith("\nThe disk that holds results/a.h5 is full (No space left on device). Make room")
    assert said.count("\n\n") == 1
