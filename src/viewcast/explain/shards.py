"""Which shards are looked into."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

#: So many shards are looked into, however many there are: each is read whole to compare its digest.
SHARDS = 24


def choose_shards(files: Sequence[str | Path], seed: int) -> list[Path]:
    """At most SHARDS of some files, of which there is one for each shard, in their order: the same shards for all kinds
    of files.
    """
    paths = sorted(map(Path, files))
    if len(paths) <= SHARDS:
        return paths
    return [paths[i] for i in sorted(np.random.default_rng([seed, 20]).permutation(len(paths))[:SHARDS])]
