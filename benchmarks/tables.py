"""How long does it take to read and check the tables of a large corpus?

    python benchmarks/tables.py [PHOTOS] [USERS]

writes a photos and a users table (CSV) of the paper's size into a temporary folder, does what `viewcast check` does
with them (every photo has the same picture file), and prints processor seconds and the largest memory.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from viewcast.config.schema import load_config
from viewcast.corpus.check import check_corpus


def write(folder: Path, photos: int, users: int) -> None:
    rng = np.random.default_rng(1)
    (folder / "picture.jpg").touch()
    began = not (folder / "photos.csv").exists()
    for start in range(0, photos, 100_000):
        n = min(100_000, photos - start)
        ids = np.arange(start, start + n) + 10_000_000_000
        frame = pd.DataFrame({"photo_id": ids, "user_id": rng.integers(0, users, n), "picture": "picture.jpg"})
        frame["views"] = (10 ** rng.uniform(0, 5, n)).astype(int)
        frame["uploaded_at"] = rng.integers(1_200_000_000, 1_400_000_000, n)
        frame["crawled_at"] = 1_404_172_800
        frame["title"], frame["description"] = "a title of some words", "and a description of some more words"
        frame["tags"] = "sky sea sunset"
        frame.to_csv(folder / "photos.csv", mode="a", header=began, index=False)
        began = False
    people = pd.DataFrame({"user_id": np.arange(users), "mean_views": rng.normal(5, 2, users).round(4)})
    for name in ("photo_count", "contacts", "groups"):
        people[name] = rng.integers(0, 5000, users)
    people["member_since"], people["is_pro"] = "2009-03-01", rng.integers(0, 2, users)
    people.to_csv(folder / "users.csv", index=False)


def main(photos: int, users: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), photos, users)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.process_time()
        corpus = {"photos": f"{folder}/photos.csv", "users": f"{folder}/users.csv", "pictures": folder}
        lines = list(check_corpus(load_config({"corpus": {"source": "table"} | corpus})))
        seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print("\n".join(lines))
    print(f"{seconds:.0f} processor seconds; at most {peak / 2**20:.2f} GiB ({before / 2**20:.2f} before)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] or (2_300_000, 400_000)))
