"""A full or read-only disk: each writer names its file in one paragraph, leaves nothing half written, and can go on."""

import errno
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from small_disks import small_disk

from viewcast.coding.dictionary import Dictionary, save_dictionary
from viewcast.corpus.settings import Setting, random_halves, save_setting
from viewcast.demo.photograph import write_photo
from viewcast.errors import ViewcastError, error_of_disk
from viewcast.features.files import FeatureAttributes, feature_writer
from viewcast.forecasts import Forecasts, save_forecasts
from viewcast.pictures.shards import write_picture_shard
from viewcast.store.atomic import atomic_path, check_writable, write_text
from viewcast.store.frames import write_csv, write_parquet
from viewcast.store.hdf5 import TEXT, sealed
from viewcast.store.records import write_record
from viewcast.store.seal import Layout, check_seal

N = 2000
IDS = np.array([f"p{i}" for i in range(N)], dtype=object)
RNG = np.random.default_rng(1)
ANY = Layout("thing", 1)


def features(path):
    with feature_writer(path, 100, FeatureAttributes("gist", "1"), compression="none") as writer:
        for start in range(0, N, 100):
            writer.append(RNG.random((100, 100)), list(IDS[start : start + 100]), ["ok"] * 100)


def setting(path):
    nobody = np.zeros(N, dtype=int)
    save_setting(Setting("one_per_user", IDS, IDS, np.arange(N) / 7, random_halves(N, 3, 5, [1]), nobody), path)


def model(path):
    shape = (1, 3)
    save_forecasts(
        Forecasts("one_per_user", "gist", IDS, RNG.normal(size=(3, N)), np.ones(shape), np.zeros(shape),
                  np.ones(shape, bool), [RNG.normal(size=(3, 9000))], [np.ones(3)]),
        path,
    )  # fmt: skip


def dictionary(path):
    save_dictionary(path, Dictionary(RNG.random((900, 50)).astype(np.float32)))


def pictures(path):
    """A shard; its list and its pictures lie on another disk."""
    folder = path.parents[1] / "pictures"
    folder.mkdir(exist_ok=True)
    for i in range(20):
        Image.fromarray(RNG.integers(0, 255, (60, 80, 3), dtype=np.uint8)).save(folder / f"{i}.png")
    names = [f"{i}.png" for i in range(20)]
    write_parquet(pd.DataFrame({"photo_id": names, "picture": names}), folder / "list.parquet")
    write_picture_shard(folder / "list.parquet", folder, path, path.parent / "statuses.parquet")


def many_small(path):
    """Datasets and attributes that stay in HDF5's own memory until they are closed: there it would crash."""
    with sealed(path, ANY) as file:
        for i in range(300):
            file.create_dataset(f"d{i}", data=["x" * 900], dtype=TEXT)
            file[f"e{i}"] = np.arange(100)
            file.attrs[f"a{i}"] = "y" * 500


def growing(path):
    """A dataset that waits in the cache of chunks."""
    with sealed(path, ANY) as file:
        data = file.create_dataset("x", (0,), np.uint8, maxshape=(None,), chunks=(2**20,))
        for start in range(0, 800_000, 50_000):
            data.resize(start + 50_000, axis=0)
            data[start:] = RNG.integers(0, 255, 50_000)


WRITERS = {
    "features.h5": features,
    "setting.h5": setting,
    "model.h5": model,
    "dictionary.h5": dictionary,
    "pictures.h5": pictures,
    "small.h5": many_small,
    "growing.h5": growing,
    "table.parquet": lambda path: write_parquet(pd.DataFrame({"x": RNG.random(30_000)}), path),
    "table.csv": lambda path: write_csv(pd.DataFrame({"x": RNG.random(10_000)}), path),
    "text.txt": lambda path: write_text(path, "x" * 200_000),
    "record.json": lambda path: write_record({"x": "y" * 200_000}, path, ANY),
    "photo.png": lambda path: write_photo(
        path, "cup", {"color": 0.0, "texture": 0.0, "gradient": 0.0, "layout": 0.0}, 256, [1]
    ),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_named_and_nothing_half_written_is_left(tmp_path, name):
    with small_disk(tmp_path / "disk", "2m") as disk:
        target = disk.folder / name
        WRITERS[name](target)
        size = target.stat().st_size
        for left in (0, 4096, size // 4, size // 2, size - 8192, size - 4096):
            for path in disk.folder.iterdir():
                path.unlink()
            disk.fill(max(left, 0))
            with pytest.raises(ViewcastError, match=f"The disk that holds .*{name} is full .*Make room on it and"):
                WRITERS[name](target)
            assert [path.name for path in disk.folder.iterdir()] == ["filler"]
        (disk.folder / "filler").unlink()
        WRITERS[name](target)
        if target.suffix not in (".csv", ".txt", ".png"):
            check_seal(target)


def test_an_older_file_stays_where_its_successor_finds_no_room(tmp_path):
    with small_disk(tmp_path / "disk", "1m") as disk:
        target = disk.folder / "setting.h5"
        setting(target)
        old = target.read_bytes()
        disk.fill(0)
        with pytest.raises(ViewcastError, match="is full"):
            setting(target)
        assert target.read_bytes() == old


def test_the_process_ends_as_usual_after_a_full_disk(tmp_path):
    """HDF5 would end it by a signal, after errors on the screen."""
    program = (
        "import sys, pathlib, test_full_disk as t\n"
        "for name in ('features.h5', 'small.h5', 'growing.h5', 'pictures.h5'):\n"
        "    try: t.WRITERS[name](pathlib.Path(sys.argv[1], name))\n"
        "    except t.ViewcastError as error: print('told')\n"
    )
    with small_disk(tmp_path / "disk", "100k") as disk:
        command = [sys.executable, "-c", program, str(disk.folder)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, os.path.dirname(__file__)])}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "told\n" * 4, "")


@pytest.mark.parametrize("name", WRITERS)
def test_a_read_only_disk_is_named(tmp_path, name):
    with small_disk(tmp_path / "disk", "2m") as disk:
        disk.remount("ro")
        with pytest.raises(ViewcastError, match=f"{name} cannot be written .*Make its folder writable, or run in"):
            WRITERS[name](disk.folder / name)
        with pytest.raises(ViewcastError, match="disk cannot be written"):
            check_writable(disk.folder)
        with pytest.raises(ViewcastError, match=f"further/{name} cannot be written"):
            WRITERS["text.txt"](disk.folder / "further" / name)


def test_whether_a_folder_takes_a_file_is_known_before(tmp_path):
    check_writable(tmp_path / "not" / "yet" / "made")
    assert list(tmp_path.iterdir()) == []
    with small_disk(tmp_path / "disk", "64k") as disk:
        disk.fill(0)
        with pytest.raises(ViewcastError, match="disk that holds .*disk is full"):
            check_writable(disk.folder)


def test_a_missing_permission_is_one_to_write_only_beside_the_target(tmp_path):
    target = tmp_path / "a.h5"
    for name in (tmp_path / ".a.tmp.host.1.abc.h5", tmp_path):
        found = error_of_disk(PermissionError(errno.EACCES, "denied", str(name)), target)
        assert found is not None and f"{target} cannot be written (Permission denied)" in str(found)
    assert error_of_disk(PermissionError(errno.EACCES, "denied", str(tmp_path / "my.jpg")), target) is None
    with pytest.raises(PermissionError), atomic_path(target):
        raise PermissionError(errno.EACCES, "denied", "/pictures/my.jpg")


def test_the_number_is_found_anywhere_in_the_chain():
    try:
        try:
            raise RuntimeError("Can't decrement id ref count (file write failed: errno = 28, error message = 'No ...')")
        except RuntimeError as inner:
            raise ValueError("something else") from inner
    except ValueError as error:
        assert "The disk that holds what the job writes is full" in str(error_of_disk(error))
    assert "/tmp/x is full" in str(error_of_disk(OSError(errno.ENOSPC, "full", "/tmp/x"), "results/a.h5"))
    assert error_of_disk(OSError(errno.EIO, "rotten")) is None and error_of_disk(ValueError("28")) is None
