"""What a single picture costs: until the first score, per photo, a page of reasons, the coach, and memory.

    python benchmarks/predict.py results/model.viewcast results/demo/pictures

Each figure is of a process of its own, the median of three; the commands are those that people type. Photos per second
are the difference between a run on many and a run on one, so that the start is not in them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPEATS = 3
MANY = 60


def run(*arguments: str) -> tuple[float, float, float]:
    """Wall and processor seconds and peak memory in MiB of a command, whatever it answers."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "viewcast.cli.commands", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    _, _, used = os.wait4(process.pid, 0)
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def median(*arguments: str) -> tuple[float, float, float]:
    """The medians of some runs."""
    wall, processor, memory = zip(*(run(*arguments) for _ in range(REPEATS)), strict=True)
    return statistics.median(wall), statistics.median(processor), statistics.median(memory)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("pictures", type=Path, help="a folder of at least 60 JPEG files")
    given = parser.parse_args()
    photos = sorted(map(str, given.pictures.glob("*.jpg")))[:MANY]
    model = ["--model", str(given.model)]
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            "viewcast --help": median("--help"),
            "an error": median("score", photos[0], "--model", "nowhere.viewcast"),
            "score, one photo": median("score", photos[0], *model),
            f"score, {MANY} photos": median("score", *photos, "--csv", f"{folder}/out.csv", *model),
            "explain": median("explain", photos[0], "-o", f"{folder}/out.html", *model),
            "coach": median("coach", photos[0], "-o", f"{folder}/card.html", *model),
            "compare, three photos": median("compare", *photos[:3], *model),
        }
    print(f"{'':24}{'wall s':>9}{'processor s':>13}{'peak MiB':>10}")
    for name, (wall, processor, memory) in rows.items():
        print(f"{name:24}{wall:9.2f}{processor:13.2f}{memory:10.0f}")
    one, many = rows["score, one photo"], rows[f"score, {MANY} photos"]
    print(f"each further photo: {1000 * (many[0] - one[0]) / (MANY - 1):.0f} ms")


if __name__ == "__main__":
    main()
