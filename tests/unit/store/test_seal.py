"""No flipped bit passes unseen, and no file of another kind, version or place: all files that carry a digest."""

import json
import shutil

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image

from viewcast.coding.dictionary import Dictionary, load_dictionary, save_dictionary
from viewcast.corpus import settings
from viewcast.corpus.settings import Setting, load_setting, random_halves, save_setting
from viewcast.errors import ViewcastError
from viewcast.features.files import FeatureAttributes, write_features
from viewcast.features.matrix import FeatureMatrix, read_vectors
from viewcast.forecasts import Forecasts, load_forecasts, save_forecasts
from viewcast.pictures.shards import read_pictures, read_shard_list, write_picture_shard
from viewcast.store import seal
from viewcast.store.frames import parquet_writer, read_parquet, write_parquet
from viewcast.store.records import read_record, write_record
from viewcast.store.seal import MARK, Layout, blank, check_seal

N = 80
SUMMARY = Layout("summary", 1)
IDS = np.array([f"p{i}" for i in range(N)], dtype=object)


def setting(path):
    nobody = np.zeros(N, dtype=int)
    save_setting(Setting("one_per_user", IDS, IDS, np.arange(N) / 7, random_halves(N, 3, 5, [1]), nobody), path)


def forecasts(path):
    shape = (1, 3)
    save_forecasts(
        Forecasts("one_per_user", "gist", IDS, np.random.default_rng(1).normal(size=(3, N)), np.ones(shape),
                  np.zeros(shape), np.ones(shape, bool), [np.ones((3, 9))], [np.ones(3)]),
        path,
    )  # fmt: skip


def dictionary(path):
    save_dictionary(path, Dictionary(np.random.default_rng(2).random((9, 5)).astype(np.float32), {"seed": 1}))


def table(path):
    frame = pd.DataFrame({"photo_id": IDS, "views": range(N), "title": MARK.decode() + "x" * 64})
    write_parquet(frame.assign(tags=[["a"]] * N), path)


def shard_list(path):
    write_parquet(pd.DataFrame({"photo_id": IDS[:6], "picture": [f"{i}.png" for i in range(6)]}), path)


def pictures(path):
    rng = np.random.default_rng(3)
    for i in range(6):
        Image.fromarray(rng.integers(0, 255, (20, 30, 3), dtype=np.uint8)).save(path.parent / f"{i}.png")
    shard_list(path.parent / "list.parquet")
    write_picture_shard(path.parent / "list.parquet", path.parent, path, path.parent / "statuses.parquet")


def statuses(path):
    pictures(path.parent / "shard.h5")
    shutil.move(path.parent / "statuses.parquet", path)


def features(path):
    rows = np.random.default_rng(4).random((N, 7))
    write_features(
        path, rows, IDS, ["ok"] * N, FeatureAttributes("gist", "1", {"a": 1}, "abc", "", "1", {"numpy": "2"})
    )


def record(path):
    write_record({"synthetic": True, "identity": "abc", "photos": 7}, path, SUMMARY)


FILES = {
    "setting.h5": (setting, load_setting),
    "forecasts.h5": (forecasts, load_forecasts),
    "dictionary.h5": (dictionary, load_dictionary),
    "pictures.h5": (pictures, lambda path: list(read_pictures(path, 500))),
    "features.h5": (features, lambda path: FeatureMatrix([path]).rows(IDS)),
    "vectors.h5": (features, lambda path: list(read_vectors(path))),
    "table.parquet": (table, read_parquet),
    "statuses.parquet": (statuses, read_parquet),
    "list.parquet": (shard_list, read_shard_list),
    "record.json": (record, lambda path: read_record(path, SUMMARY)),
}


@pytest.fixture(params=FILES)
def file(request, tmp_path):
    """A finished file of each kind, below a folder of results, and its reader."""
    write, read = FILES[request.param]
    path = tmp_path / "results" / "some" / request.param
    path.parent.mkdir(parents=True)
    write(path)
    read(path)
    return path, read


def test_every_flipped_bit_is_named_with_its_remedy(file):
    path, read = file
    whole = path.read_bytes()
    rng = np.random.default_rng(5)
    for at in [0, 20, 100, len(whole) - 1, *rng.integers(0, len(whole), 200)]:
        broken = bytearray(whole)
        broken[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(broken)
        with pytest.raises(ViewcastError, match=f"{path.name} .*Delete (this file|the folder)"):
            read(path)


def test_files_cut_short_replaced_or_gone_are_named(file):
    path, read = file
    whole = path.read_bytes()
    cuts = np.random.default_rng(6).integers(0, len(whole), 20)
    for content in (*(whole[:cut] for cut in cuts), whole[:1], b"", b"another program's", whole + b"\0"):
        path.write_bytes(content)
        with pytest.raises(ViewcastError, match=path.name):
            read(path)
    path.unlink()
    with pytest.raises(ViewcastError, match="does not exist"):
        read(path)


@pytest.mark.parametrize("step", [-1, 1])
def test_another_version_is_named_with_its_remedy(file, monkeypatch, step):
    path, read = file
    write = next(write for write, reader in FILES.values() if reader is read)
    monkeypatch.setattr(
        seal, "blank", lambda target, layout: blank(target, layout._replace(version=layout.version + step))
    )
    for module in ("hdf5", "frames", "records"):
        monkeypatch.setattr(f"viewcast.store.{module}.blank", seal.blank)
    if path.name in ("pictures.h5", "statuses.parquet"):  # these are written from a list, which is read first
        monkeypatch.setattr("viewcast.pictures.shards.read_shard_list", lambda listed: pd.read_parquet(listed))
    write(path)
    with pytest.raises(ViewcastError, match=f"{path.name} was written by another version .*Delete (this|the folder)"):
        read(path)


def test_a_copy_of_a_file_that_belongs_elsewhere_is_named(file, tmp_path):
    path, read = file
    other = path.parents[1] / "other" / path.name
    other.parent.mkdir()
    shutil.copy(path, other)
    with pytest.raises(ViewcastError, match=f"{path.name} is a copy .* belongs to results/some/{path.name}"):
        read(other)
    # Outside the results, with the results as a whole, and both below another folder of that name.
    backup = tmp_path / "backup" / "results" / "some" / path.name
    below = tmp_path / "results" / "backup" / "some" / path.name
    for kept in (tmp_path / path.name, backup, below):
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, kept)
        read(kept)


def test_a_file_of_another_kind_is_named(tmp_path):
    forecasts(tmp_path / "setting.h5")
    with pytest.raises(ViewcastError, match="setting.h5 holds a model, where a setting should be. Delete"):
        load_setting(tmp_path / "setting.h5")


def test_other_programs_read_such_files(tmp_path):
    record(tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text())["photos"] == 7
    setting(tmp_path / "s.h5")
    with h5py.File(tmp_path / "s.h5") as file:
        assert file["target"].shape == (N,)
    table(tmp_path / "t.parquet")
    assert len(pd.read_parquet(tmp_path / "t.parquet")) == N


def test_a_table_in_parts_carries_a_digest_too(tmp_path):
    schema = pa.schema([("x", pa.int64())])
    with parquet_writer(tmp_path / "t.parquet", schema) as writer:
        for number in range(3):
            writer.write_table(pa.table({"x": [number]}, schema))
    assert read_parquet(tmp_path / "t.parquet")["x"].tolist() == [0, 1, 2]


def test_a_place_that_is_too_long_is_left_out(tmp_path):
    assert len(blank(tmp_path / "results" / ("x" * 600) / "a.h5", settings.LAYOUT)) <= 512
    assert blank("results/a b/c.h5", settings.LAYOUT).endswith(b"0;setting;1;a%20b/c.h5;")


def test_a_table_of_someone_else_needs_no_digest(tmp_path):
    (tmp_path / "x").write_bytes(b"no digest")
    check_seal(tmp_path / "x", required=False)
    with pytest.raises(ViewcastError, match="x is damaged"):
        check_seal(tmp_path / "x")
    (tmp_path / "x").write_bytes(blank("x", settings.LAYOUT))
    with pytest.raises(ViewcastError, match="x is damaged"):
        check_seal(tmp_path / "x", required=False)
