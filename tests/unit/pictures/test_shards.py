"""Shards: each picture decoded once, in order, with a status for each."""

from __future__ import annotations

import io
import resource
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
    statuses,
    write_picture_shard,
)


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
    pd.DataFrame({"photo_id": rows.keys(), "picture": rows.values(), "bytes": 0}).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def shard(folder, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("shards") / "0000.h5"
    listed = listing(target.with_suffix(".csv"), {key: name for key, (name, _) in LISTED.items()})
    write_picture_shard(listed, folder, target)
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


def test_second_side_is_stored_only_where_it_must_be(shard):
    with h5py.File(shard) as file:
        assert (file["side_400/offset"][:] >= 0).tolist() == [key == "007" for key in LISTED]


def test_only_some_pictures(shard):
    assert [row.photo_id for row in read_pictures(shard, 400, only={"c", "h"})] == ["c", "h"]


def test_table_of_statuses(shard, folder):
    table = statuses(shard).set_index("photo_id")
    assert table.loc["NA", ["height", "width"]].tolist() == [300, 451]
    assert table.loc["007", "bytes_read"] == (folder / "coffee.jpg").stat().st_size


def test_narrow_picture_says_why(shard, folder, tmp_path):
    Image.fromarray(data.coffee()[:18]).save(folder / "line.png")
    target = tmp_path / "a.h5"
    write_picture_shard(listing(tmp_path / "a.csv", {"x": "line.png"}), folder, target)
    assert statuses(target)["reason"][0] == "600 x 18 pixels: under 16 on a side once reduced to 400"


def test_problems_list_failures_and_remarks(shard):
    table = problems([shard])
    assert list(table.columns) == ["photo_id", "picture", "status", "reason"]
    assert table["photo_id"].tolist() == [key for key in LISTED if key not in ("007", "NA", "c")]
    assert (table["reason"] != "").all()
    assert table.set_index("photo_id")["status"]["ü"] == "ok"
    assert problems([]).empty and list(problems([]).columns) == list(table.columns)


@pytest.mark.parametrize("compression", ["gzip", "lzf", "zstd"])
def test_compression_changes_no_pixel(shard, folder, tmp_path, compression):
    target = tmp_path / "a.h5"
    write_picture_shard(shard.with_suffix(".csv"), folder, target, compression=compression)
    for one, other in zip(read_pictures(shard, 400), read_pictures(target, 400), strict=True):
        np.testing.assert_array_equal(one.image, other.image)


def test_empty_shard(folder, tmp_path):
    target = tmp_path / "a.h5"
    write_picture_shard(listing(tmp_path / "a.csv", {}), folder, target)
    assert list(read_pictures(target, 500)) == [] and problems([target]).empty


def test_errors_say_what_to_do(shard, folder, tmp_path):
    with pytest.raises(ViewcastError, match="500 and 400, not at 300"):
        list(read_pictures(shard, 300))
    with pytest.raises(ViewcastError, match="does not exist"):
        list(read_pictures(tmp_path / "none.h5", 500))
    broken = tmp_path / "broken.h5"
    broken.write_bytes(shard.read_bytes()[:-5000])
    with pytest.raises(ViewcastError, match="broken.h5 cannot be read .* Delete this file and run again"):
        list(read_pictures(broken, 500))
    pd.DataFrame({"photo_id": ["a"]}).to_csv(tmp_path / "bad.csv", index=False)
    with pytest.raises(ViewcastError, match="lacks the column picture"):
        write_picture_shard(tmp_path / "bad.csv", folder, tmp_path / "bad.h5")
    with pytest.raises(ViewcastError, match="second_side"):
        write_picture_shard(shard.with_suffix(".csv"), folder, tmp_path / "bad.h5", second_side=600)
    with pytest.raises(ViewcastError, match="compression 'rar'"):
        write_picture_shard(shard.with_suffix(".csv"), folder, tmp_path / "bad.h5", compression="rar")
    assert not list(tmp_path.glob("*bad*.h5"))


def test_damaged_pixels_are_noticed(shard, tmp_path):
    content = bytearray(shard.read_bytes())
    pixels = next(read_pictures(shard, 500)).image.tobytes()[:4096]
    place = bytes(content).index(pixels)
    content[place] ^= 255
    damaged = tmp_path / "damaged.h5"
    damaged.write_bytes(content)
    with pytest.raises(ViewcastError, match="damaged.h5 cannot be read"):
        list(read_pictures(damaged, 500))


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
    rows = {str(number): "coffee.jpg" for number in range(150)}  # 130 MB of pixels
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    write_picture_shard(listing(tmp_path / "a.csv", rows), folder, target)
    assert sum(row.image is not None for row in read_pictures(target, 500)) == 150
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert target.stat().st_size > 100e6
    assert grown < 80_000  # kilobytes
