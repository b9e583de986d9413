"""Shards: each picture decoded once, in order, with a status for each."""

from __future__ import annotations

import io
import resource
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage import data

from viewcast.errors import ViewcastError
from viewcast.pictures.decode import decode
from viewcast.pictures.resize import reduce
from viewcast.pictures.shards import (
    check_failures,
    problems,
    read_pictures,
    read_shard_lists,
    read_sides,
    read_statuses,
    write_picture_shard,
)
from viewcast.store.frames import write_parquet


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "deep").mkdir()
    Image.fromarray(data.coffee()).save(folder / "coffee.jpg")  # 400 x 600: longer than both sides
    Image.fromarray(data.chelsea()).save(folder / "deep" / "chelsea.png")  # 300 x 451: between the sides
    Image.fromarray(data.chelsea()[:200, :300]).save(folder / "small.png")
    Image.fromarray(data.chelsea()[:200, :300]).save(folder / "mislabelled.jpg", "PNG")
    Image.fromarray(data.coffee()[:20]).save(folder / "narrow.png")  # 20 x 600
    whole = io.BytesIO()
    Image.fromarray(data.coffee()).save(whole, "JPEG")
    (folder / "cut.jpg").write_bytes(whole.getvalue()[:5000])
    (folder / "empty.jpg").touch()
    (folder.parent / "secret.png").write_bytes((folder / "small.png").read_bytes())
    return folder


LISTED = {
    "007": ("coffee.jpg", "ok"),
    "NA": ("deep/chelsea.png", "ok"),
    "c": ("small.png", "ok"),
    "ü": ("mislabelled.jpg", "ok"),
    "e": ("narrow.png", "too_small"),
    "f": ("cut.jpg", "truncated"),
    "g": ("empty.jpg", "empty"),
    "h": ("nowhere.jpg", "missing"),
    "i": ("../secret.png", "outside"),
    "j": ("/etc/passwd", "outside"),
    "k": ("deep\\..\\..\\secret.png", "outside"),
    "l": ("", "missing"),
    "m": ("deep", "unreadable"),
}


def listing(path: Path, rows: dict[str, str]) -> Path:
    write_parquet(pd.DataFrame({"photo_id": rows.keys(), "picture": rows.values(), "bytes": 0}), path)
    return path


def write(listed: Path, folder: Path, target: Path, **options) -> Path:
    write_picture_shard(listed, folder, target, target.with_suffix(".statuses"), **options)
    return target.with_suffix(".statuses")


@pytest.fixture(scope="module")
def shard(folder, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("shards") / "0000.h5"
    write(listing(target.with_suffix(".list"), {key: name for key, (name, _) in LISTED.items()}), folder, target)
    return target


def test_order_and_statuses(shard):
    rows = list(read_pictures(shard, 500))
    assert [row.photo_id for row in rows] == list(LISTED)
    assert {row.photo_id: row.status for row in rows} == {key: status for key, (_, status) in LISTED.items()}
    assert all((row.image is None) == (row.status != "ok") for row in rows)


@pytest.mark.parametrize("side", [500, 400])
def test_each_side_is_reduced_from_the_original_once(shard, folder, side):
    for row in read_pictures(shard, side):
        if row.status == "ok":
            original = decode(folder / LISTED[row.photo_id][0]).image
            np.testing.assert_array_equal(row.image, reduce(original, side))
            assert max(row.image.shape) <= side


def photograph(folder: Path, name: str, scale: int, quality: int = 90) -> Path:
    """A picture with the grain of a camera, ``scale`` times 600 x 400."""
    image = Image.fromarray(data.coffee()).resize((600 * scale, 400 * scale))
    grain = np.random.default_rng(0).normal(0, 6, (400 * scale, 600 * scale, 3))
    image = Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))
    image.save(folder / name, quality=quality)
    return folder / name


def test_a_picture_is_kept_as_its_file_or_as_reductions_that_take_less(tmp_path):
    """On disk a shard takes hardly more than its pictures' files, whatever their size."""
    paths = {f"{scale}": photograph(tmp_path, f"{scale}.jpg", scale) for scale in (1, 2, 4, 6)}
    target = tmp_path / "0.h5"
    statuses = write(listing(tmp_path / "list", {key: path.name for key, path in paths.items()}), tmp_path, target)
    with h5py.File(target) as file:
        kept = {name: (file[f"{name}/offset"][:] >= 0).tolist() for name in ("file", "side_500", "side_400")}
    assert kept["side_500"] == kept["side_400"] == [not one for one in kept["file"]]
    assert kept["file"] == [True, True, False, False]
    own = sum(path.stat().st_size for path in paths.values())
    assert target.stat().st_size + statuses.stat().st_size < 1.05 * own + 40_000
    for side in (500, 400):
        for row in read_pictures(target, side):
            np.testing.assert_array_equal(row.image, reduce(decode(paths[row.photo_id]).image, side))


def test_only_some_pictures(shard):
    assert [row.photo_id for row in read_pictures(shard, 400, only={"c", "h"})] == ["c", "h"]


def test_pictures_at_both_sides_are_those_of_each_side(shard):
    alone = {side: {row.photo_id: row.image for row in read_pictures(shard, side)} for side in (500, 400)}
    both = dict(read_sides(shard, (500, 400), only=list(alone[500])))
    assert set(both) == {name for name, image in alone[500].items() if image is not None}
    for name, images in both.items():
        assert set(images) == {500, 400}
        for side, image in images.items():
            np.testing.assert_array_equal(image, alone[side][name])


def test_table_of_statuses(shard, folder):
    table = pd.read_parquet(shard.with_suffix(".statuses")).set_index("photo_id")
    assert table.loc["NA", ["height", "width"]].tolist() == [300, 451]
    assert table.loc["007", "bytes_read"] == (folder / "coffee.jpg").stat().st_size


def test_narrow_picture_says_why(shard, folder, tmp_path):
    Image.fromarray(data.coffee()[:18]).save(folder / "line.png")
    target = tmp_path / "a.h5"
    statuses = write(listing(tmp_path / "a.list", {"x": "line.png"}), folder, target)
    assert pd.read_parquet(statuses)["reason"][0] == "600 x 18 pixels: under 16 on a side once reduced to 400"


def test_problems_list_failures_and_remarks(shard):
    doubt = pd.Series({"c": "views_fell"})
    table = problems(pd.read_parquet(shard.with_suffix(".statuses")), doubt)
    assert list(table.columns) == ["photo_id", "picture", "status", "reason", "doubt"]
    assert table["photo_id"].tolist() == [key for key in LISTED if key not in ("007", "NA")]
    assert (table["reason"] != "").tolist() == [key != "c" for key in table["photo_id"]]
    assert table.set_index("photo_id").loc["c", ["status", "doubt"]].tolist() == ["ok", "views_fell"]
    assert table.set_index("photo_id")["status"]["ü"] == "ok"


def test_statuses_of_photos_that_are_no_longer_in_the_corpus_are_left_out(shard):
    statuses = shard.with_suffix(".statuses")
    found = read_statuses([statuses], pd.Series(["h", "c"]))
    assert found["photo_id"].tolist() == [key for key in LISTED if key in ("c", "h")]
    every = pd.read_parquet(statuses)
    pd.testing.assert_frame_equal(found, every[every["photo_id"].isin(["c", "h"])])


def test_a_photo_that_is_in_no_shard_is_named(shard):
    photos = pd.Series(["h", "of a shard whose list was deleted"])
    with pytest.raises(ViewcastError, match="1 photos .*such as of a shard .* in no shard. Delete the folder"):
        read_statuses([shard.with_suffix(".statuses")], photos)
    lists = shard.parent / "lists"
    lists.mkdir()
    shutil.copy(shard.with_suffix(".list"), lists / "0000.parquet")
    assert read_shard_lists(lists, photos[:1])["photo_id"].tolist() == list(LISTED)
    with pytest.raises(ViewcastError, match="in no shard. Delete the folder"):
        read_shard_lists(lists, photos)


def test_empty_shard(folder, tmp_path):
    target = tmp_path / "a.h5"
    statuses = write(listing(tmp_path / "a.list", {}), folder, target)
    assert list(read_pictures(target, 500)) == []
    assert problems(pd.read_parquet(statuses), pd.Series(dtype=object)).empty


def test_errors_say_what_to_do(shard, folder, tmp_path):
    with pytest.raises(ViewcastError, match="500 and 400, not at 300"):
        list(read_pictures(shard, 300))
    with pytest.raises(ViewcastError, match="does not exist"):
        list(read_pictures(tmp_path / "none.h5", 500))
    broken = tmp_path / "broken.h5"
    broken.write_bytes(shard.read_bytes()[:-5000])
    with pytest.raises(ViewcastError, match="broken.h5 is damaged.* Delete this file and run the same command again"):
        list(read_pictures(broken, 500))
    write_parquet(pd.DataFrame({"photo_id": ["a"]}), tmp_path / "bad.list")
    with pytest.raises(ViewcastError, match="lacks the column picture"):
        write(tmp_path / "bad.list", folder, tmp_path / "bad.h5")
    with pytest.raises(ViewcastError, match="second_side"):
        write(shard.with_suffix(".list"), folder, tmp_path / "bad.h5", second_side=600)
    assert not list(tmp_path.glob("*bad*.h5")) and not list(tmp_path.glob("*bad*.statuses"))


def test_failures_are_counted():
    check_failures(["ok"] * 95 + ["missing"] * 5, 0.05)
    with pytest.raises(ViewcastError, match=r"6 of 100 pictures .*\(5 missing, 1 truncated\).*5.0%"):
        check_failures(["ok"] * 94 + ["missing"] * 5 + ["truncated"], 0.05)
    with pytest.raises(ViewcastError, match="2 of 2"):
        check_failures(["missing"] * 2, 1.0)
    with pytest.raises(ViewcastError, match="the list is empty"):
        check_failures([], 0.5)


def test_memory_does_not_grow_with_the_shard(folder, tmp_path):
    target = tmp_path / "a.h5"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (500, 500, 3), np.uint8)).save(folder / "noise.png")
    rows = {str(number): "noise.png" for number in range(200)}  # 150 MB
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    write(listing(tmp_path / "a.list", rows), folder, target)
    with h5py.File(target) as file:
        assert file["file/bytes"].size > 140e6
    assert sum(row.image is not None for row in read_pictures(target, 500)) == 200
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 80_000  # kilobytes
