"""Shards stay as they are while photos come and go."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.shard_lists import COLUMNS, shard_lists, write_shard_lists
from viewcast.errors import ViewcastError
from viewcast.store.frames import read_parquet


def photos(*ids: str, size: int = 5) -> pd.DataFrame:
    names = [f"{one}.jpg" if one != "a" else pd.NA for one in ids]
    table = pd.DataFrame({"photo_id": ids, "picture": names, "bytes": size, "modified": 7})
    return table


def numbered(shards: dict[int, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([rows.assign(shard=at) for at, rows in shards.items()], ignore_index=True)


def ids(shards: dict[int, pd.DataFrame]) -> dict[int, str]:
    return {at: "".join(rows["photo_id"]) for at, rows in shards.items()}


FIRST = shard_lists(photos(*"abcdefgh"), 3)


def test_the_first_time_photos_are_taken_in_their_order():
    assert ids(FIRST) == {0: "abc", 1: "def", 2: "gh"}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("abcdefghij", {0: "abc", 1: "def", 2: "ghi", 3: "j"}),  # added at the end
        ("xabcdefgh", {0: "abc", 1: "def", 2: "ghx"}),  # added at the front
        ("hgfedcba", {0: "abc", 1: "def", 2: "gh"}),  # sorted otherwise
        ("acdefgh", {0: "abc", 1: "def", 2: "gh"}),  # one removed: it stays in the list
        ("acdefghij", {0: "abc", 1: "def", 2: "ghi", 3: "j"}),  # one removed, two added
        ("abcdefhij", {0: "abc", 1: "def", 2: "hi", 3: "j"}),  # a shard that changes drops what was removed
        ("abcfgh", {0: "abc", 2: "gh", 1: "f"}),  # more than half of a shard is gone
        ("abcgh", {0: "abc", 2: "gh"}),  # all of it
        ("abcghxyz", {0: "abc", 1: "xyz", 2: "gh"}),
        ("xyz", {0: "xyz"}),
    ],
)
def test_what_stays_where_it_was(now, expected):
    assert ids(shard_lists(photos(*now), 3, numbered(FIRST))) == expected


def test_a_replaced_picture_changes_its_own_shard_alone():
    mended = photos(*"abcdefgh")
    mended.loc[4, ["bytes", "modified"]] = [9, 8]
    found = shard_lists(mended, 3, numbered(FIRST))
    assert [at for at in found if not found[at].equals(FIRST[at])] == [1]
    assert found[1]["bytes"].tolist() == [5, 9, 5]


def test_whatever_comes_and_goes_each_photo_is_in_one_shard_that_is_not_too_large():
    rng = np.random.default_rng(0)
    for _ in range(20):
        size, earlier = int(rng.integers(1, 6)), None
        for _ in range(6):
            chosen = rng.permutation(30)[: rng.integers(1, 30)]
            found = shard_lists(photos(*(f"p{one}" for one in chosen)), size, earlier)
            earlier = numbered(found)
            assert earlier["photo_id"].is_unique and earlier.groupby("shard").size().max() <= size
            assert {f"p{one}" for one in chosen} <= set(earlier["photo_id"])


def test_lists_and_the_memory_of_them(tmp_path):
    def written(corpus: pd.DataFrame, size: int = 3) -> dict[int, str]:
        folder = tmp_path / "shards"
        for path in folder.glob("*"):
            path.unlink()
        write_shard_lists(corpus, size, folder, tmp_path / "memory.parquet")
        lists = {int(path.stem): read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
        assert all(list(rows.columns) == COLUMNS for rows in lists.values())
        return ids(lists)

    assert written(photos(*"abcdefgh")) == {0: "abc", 1: "def", 2: "gh"}
    first = (tmp_path / "shards/0000.parquet").read_bytes()
    for now in ("acdefgh", "abcdefgh", "abcdefghij"):
        written(photos(*now))
        assert (tmp_path / "shards/0000.parquet").read_bytes() == first
    assert written(photos(*"acdefgh"), size=4) == {0: "acde", 1: "fgh"}
    (tmp_path / "memory.parquet").write_bytes(first[:-100])
    with pytest.raises(ViewcastError, match=r"memory.parquet"):
        written(photos(*"a"))
