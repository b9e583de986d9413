"""No flipped bit passes unseen: settings, forecasts, dictionaries, and the corpus's tables."""

import numpy as np
import pandas as pd
import pytest

from viewcast.coding.dictionary import Dictionary, load_dictionary, save_dictionary
from viewcast.corpus.settings import Setting, load_setting, random_halves, save_setting
from viewcast.errors import ViewcastError
from viewcast.forecasts import Forecasts, load_forecasts, save_forecasts
from viewcast.store.frames import read_parquet, write_parquet
from viewcast.store.seal import BLANK, MARK, check_seal

N = 80


def setting(path):
    ids = np.array([f"p{i}" for i in range(N)], dtype=object)
    nobody = np.zeros(N, dtype=int)
    save_setting(Setting("one_per_user", ids, ids, np.arange(N) / 7, random_halves(N, 3, 5, [1]), nobody), path)


def forecasts(path):
    ids = np.array([f"p{i}" for i in range(N)], dtype=object)
    shape = (1, 3)
    save_forecasts(
        Forecasts("one_per_user", "gist", ids, np.random.default_rng(1).normal(size=(3, N)), np.ones(shape),
                  np.zeros(shape), np.ones(shape, bool), [np.ones((3, 9))], [np.ones(3)]),
        path,
    )  # fmt: skip


def dictionary(path):
    save_dictionary(path, Dictionary(np.random.default_rng(2).random((9, 5)).astype(np.float32), {"seed": 1}))


def table(path):
    frame = pd.DataFrame(
        {"photo_id": [f"p{i}" for i in range(N)], "views": range(N), "title": MARK.decode() + "x" * 64}
    )
    write_parquet(frame.assign(tags=[["a"]] * N), path)


FILES = {"setting.h5": (setting, load_setting), "forecasts.h5": (forecasts, load_forecasts),
         "dictionary.h5": (dictionary, load_dictionary), "table.parquet": (table, read_parquet)}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_every_flipped_bit_is_named_with_its_remedy(tmp_path, name):
    write, read = FILES[name]
    path = tmp_path / name
    write(path)
    whole = path.read_bytes()
    read(path)
    rng = np.random.default_rng(5)
    for at in [0, 20, 100, len(whole) - 1, *rng.integers(0, len(whole), 200)]:
        broken = bytearray(whole)
        broken[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(broken)
        with pytest.raises(ViewcastError, match=f"{name} .*Delete (this file|it)"):
            read(path)


@pytest.mark.parametrize("name", FILES)
def test_files_cut_short_replaced_or_gone_are_named(tmp_path, name):
    write, read = FILES[name]
    path = tmp_path / name
    with pytest.raises(ViewcastError, match="does not exist"):
        read(path)
    write(path)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:1], b"", b"another program's", whole + b"\0"):
        path.write_bytes(content)
        with pytest.raises(ViewcastError, match=name):
            read(path)


def test_other_programs_read_a_sealed_file(tmp_path):
    import h5py

    setting(tmp_path / "s.h5")
    table(tmp_path / "t.parquet")
    with h5py.File(tmp_path / "s.h5") as file:
        assert file["target"].shape == (N,)
    assert len(pd.read_parquet(tmp_path / "t.parquet")) == N


def test_a_file_of_others_may_have_no_seal(tmp_path):
    (tmp_path / "x").write_bytes(b"anything")
    check_seal(tmp_path / "x", required=False)
    (tmp_path / "x").write_bytes(BLANK)
    with pytest.raises(ViewcastError, match="damaged"):
        check_seal(tmp_path / "x", required=False)
