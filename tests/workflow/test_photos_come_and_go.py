"""A corpus that grows, shrinks or is mended, and another corpus: what is computed again, by real runs."""

from pathlib import Path

import pandas as pd
import pytest
from workflow_runs import TINY, Workflow, edit, make_photos

WORDS = "results/dictionaries/color_patches.h5"
COMMAND = ("results/simple.csv", WORDS, "results/corpus/pictures_checked.tsv")


def run(workflow: Workflow) -> set[str]:
    """The files that a run made anew, of shards and dictionaries."""
    paths = ("results/pictures/*.h5", "results/features/simple/*.h5", "results/dictionaries/*")

    def state() -> dict[str, int]:
        every = [path for pattern in paths for path in workflow.folder.glob(pattern)]
        return {str(path.relative_to(workflow.folder / "results")): path.stat().st_mtime_ns for path in every}

    before = state()
    workflow(*COMMAND)
    return {name for name, time in state().items() if before.get(name) != time}


def shard(number: int) -> set[str]:
    return {f"pictures/{number:04}.h5", f"features/simple/{number:04}.h5"}


LEARNED = {"dictionaries/color_patches.h5", "dictionaries/photos.parquet"}


def test_photos_come_and_go(own):
    values = {"source": "table", "photos": "my/photos.csv", "pictures": "my"}
    own.configure(TINY | {"corpus": values, "pictures": {"shard_size": 30}})
    assert run(own) == shard(0) | shard(1) | LEARNED
    first = pd.read_csv(own.folder / "my/photos.csv")
    more = make_photos(own.folder / "my", 10, first=60)
    pd.concat([first, more]).to_csv(own.folder / "my/photos.csv", index=False)
    assert run(own) == shard(2), "photos that are added give shards of their own"
    edit(own, lambda photos: photos.drop(index=3).assign(title="another"))
    (own.folder / "my/p31.jpg").write_bytes((own.folder / "my/p32.jpg").read_bytes())
    assert run(own) == shard(1), "a photo that was removed, and titles, make no shard anew; another picture its own"
    checked = (own.folder / "results/corpus/pictures_checked.tsv").read_text()
    assert checked == "ok\t69\n"
    make_photos(own.folder / "other", 60, first=100)
    own.configure(
        TINY | {"corpus": values | {"photos": "other/photos.csv", "pictures": "other"}, "pictures": {"shard_size": 30}}
    )
    assert run(own) == shard(0) | shard(1) | LEARNED, "another corpus has words of its own"
    assert own.planned(*COMMAND) == {}


@pytest.mark.slow
def test_another_demo_has_words_of_its_own(finished, tmp_path):
    """Its photos have the same names as before."""
    other = Workflow(tmp_path)
    other.go_on_from(finished.folder)
    demo = TINY["corpus"]["demo"]
    other.configure(TINY | {"corpus": {"demo": demo | {"longest_side": 80}}})
    before = Path(tmp_path / WORDS).stat().st_mtime_ns
    other(WORDS)
    assert (tmp_path / WORDS).stat().st_mtime_ns != before and other.planned(WORDS) == {}
