"""One job of the workflow alone in a process, and what it took; benchmarks/jobs.py starts it.

    python benchmarks/worker.py features|dictionary '{"name": "gist", ...arguments of the job}'

Prints JSON: processor seconds of the job and of the whole process, peak resident memory (MiB), bytes read by the job.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from viewcast.descriptors.registry import DESCRIPTORS, DICTIONARIES
from viewcast.features.pipeline import make_features
from viewcast.features.words import make_dictionary


def kernel_count(file: str, name: str) -> int:
    """A number that Linux keeps of this process."""
    return int(re.search(rf"{name}:\s+(\d+)", Path("/proc/self", file).read_text())[1])


def main() -> None:
    kind, arguments = sys.argv[1], json.loads(sys.argv[2])
    name = arguments.pop("name")
    seconds, read = time.process_time(), kernel_count("io", "rchar")
    if kind == "features":
        make_features(DESCRIPTORS[name], **arguments)
    else:
        make_dictionary(DICTIONARIES[name], **arguments)
    took = {
        "seconds": time.process_time() - seconds,
        "process_seconds": time.process_time(),
        # Not getrusage: its maximum begins with that of the process which started this one.
        "peak_mib": kernel_count("status", "VmHWM") / 1024,
        "bytes": kernel_count("io", "rchar") - read,
    }
    print(json.dumps(took))


if __name__ == "__main__":
    main()
