"""provenance.json, and whether the tables belong to what is there."""

import json
import logging
import os

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from viewcast.cli import app
from viewcast.corpus.write import SUMMARY
from viewcast.errors import ViewcastError
from viewcast.features.files import FeatureAttributes, write_features
from viewcast.joblog import job_log
from viewcast.records.run import read_provenance, write_provenance
from viewcast.records.verify import verify_results
from viewcast.store.digests import digest_of
from viewcast.store.frames import write_csv, write_parquet
from viewcast.store.hdf5 import sealed
from viewcast.store.records import write_record
from viewcast.store.seal import Layout

FEATURES, MODEL, TABLE, LISTS = (
    "results/features/gist/0000.h5", "results/models/gist.h5", "results/table1.csv", "results/corpus/shards",
)  # fmt: skip
VERSIONS = {"snakemake": "9"}


@pytest.fixture(autouse=True)
def logging_as_it_was():
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.captureWarnings(False)


def write_vectors(seed):
    rows = np.random.default_rng(seed).random((2, 3), dtype=np.float32)
    write_features(FEATURES, rows, ["a", "b"], ["ok", "ok"], FeatureAttributes("gist", "1", {}, "c", "", "1", {}))


def write_model(value):
    with sealed(MODEL, Layout("model", 1)) as file:
        file["coefficients"] = np.full(3, value)


def write_lists(photos):
    write_parquet(pd.DataFrame({"photo_id": photos}), f"{LISTS}/0000.parquet")


def write_table(value):
    write_csv(pd.DataFrame({"rho": [value]}), TABLE)


def job(rule, write, value, inputs, output):
    with job_log(f"logs/{rule}.log", rule=rule, inputs=inputs, outputs=[output]):
        write(value)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Shard lists, features, a model and a table, each made from the one before; the first is a folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    job("corpus", write_lists, ["a", "b"], [], LISTS)
    job("gist", write_vectors, 0, [f"{LISTS}/0000.parquet"], FEATURES)
    job("svr", write_model, 1.0, [FEATURES], MODEL)
    job("table", write_table, 0.5, [MODEL], TABLE)
    write_provenance({"seed": 1}, VERSIONS)
    return tmp_path


def wrong(folder):
    return list(verify_results(folder / "results"))


def test_what_the_record_holds(run):
    record = read_provenance(run / "results")
    assert record["configuration"] == {"seed": 1} and record["versions"]["snakemake"] == "9"
    assert set(record["rules"]) == {"corpus", "gist", "svr", "table"} and record["rules"]["svr"]["jobs"] == 1
    assert record["files"][TABLE] == {"digest": digest_of(TABLE), "rule": "table", "from": {MODEL: digest_of(MODEL)}}
    assert set(record["files"]) == {FEATURES, MODEL, TABLE, LISTS}
    assert record["versions"]["numpy"] == np.__version__ and record["machine"]["processors"] == os.cpu_count()
    assert wrong(run) == []


def test_any_flipped_bit_is_named(run):
    rng = np.random.default_rng(0)
    for path in (FEATURES, MODEL, TABLE, f"{LISTS}/0000.parquet"):
        content = (run / path).read_bytes()
        for _ in range(8):
            flipped = bytearray(content)
            flipped[rng.integers(len(flipped))] ^= 1 << int(rng.integers(8))
            (run / path).write_bytes(flipped)
            said = wrong(run)
            assert said and (path in said[0] or LISTS in said[0])
        (run / path).write_bytes(content)
    assert wrong(run) == []


def test_a_table_of_another_model_is_named(run):
    write_model(2.0)
    first, second = wrong(run)
    assert f"{MODEL} is another one" in first and f"{TABLE} was made from another {MODEL}" in second
    job("svr", write_model, 2.0, [FEATURES], MODEL)
    write_provenance({"seed": 1}, VERSIONS)
    (only,) = wrong(run)
    assert f"{TABLE} was made from another {MODEL} than what is there now" in only
    job("table", write_table, 0.4, [MODEL], TABLE)
    write_provenance({"seed": 1}, VERSIONS)
    assert wrong(run) == []


def test_what_is_gone_is_named_and_a_folder_counts_as_one(run):
    (run / MODEL).unlink()
    assert f"{MODEL} is gone" in wrong(run)[0]
    write_model(1.0)
    (run / LISTS / "0001.parquet").write_bytes(b"")
    assert [LISTS in sentence for sentence in wrong(run)] == [True]


def test_without_logs_what_was_known_stays_known(run):
    before = read_provenance(run / "results")["files"]
    for path in (run / "logs").glob("*.log"):
        if path.stem != "table":
            path.unlink()
    write_provenance({"seed": 2}, VERSIONS)
    assert read_provenance(run / "results")["files"] == before
    write_csv(pd.DataFrame({"rho": [1]}), "results/simple.csv")
    write_provenance({"seed": 3}, VERSIONS)
    assert read_provenance(run / "results")["files"]["results/simple.csv"]["rule"] is None and wrong(run) == []


def test_nothing_is_written_when_nothing_has_ended(run):
    path = run / "results/provenance.json"
    before = path.stat().st_mtime_ns
    write_provenance({"seed": 1}, VERSIONS)
    assert path.stat().st_mtime_ns == before
    write_provenance({"seed": 2}, VERSIONS)
    assert json.loads(path.read_text())["configuration"] == {"seed": 2}


def test_a_link_is_of_the_job_that_made_its_content(run):
    """Snakemake's cache leaves links; a log may be of an earlier run."""
    cached = run / "cache.csv"
    cached.write_text("rho\n0.7\n")
    (run / TABLE).unlink()
    (run / TABLE).symlink_to(cached)
    write_provenance({"seed": 2}, VERSIONS)
    assert read_provenance(run / "results")["files"][TABLE]["rule"] is None and wrong(run) == []


def test_the_command(run):
    said = CliRunner().invoke(app, ["verify"])
    assert said.exit_code == 0 and "All 4 files are as the run of" in said.stdout
    write_table(0.9)
    said = CliRunner().invoke(app, ["verify", "results"])
    assert said.exit_code == 1 and TABLE in said.stdout and "1 of 4 files" in said.stdout


def test_the_corpus_of_the_run_and_a_damaged_summary(run):
    path = run / "results/corpus/summary.json"
    write_record({"identity": "d1", "photos": 2, "users": 1, "synthetic": True, "status": {}}, path, SUMMARY)
    write_provenance({"seed": 2}, VERSIONS)
    record = read_provenance(run / "results")
    assert record["synthetic"] is True and record["corpus"] == {"identity": "d1", "photos": 2, "users": 1}
    path.write_text(path.read_text().replace("d1", "d"))
    with pytest.raises(ViewcastError, match="summary.json is damaged"):
        write_provenance({"seed": 3}, VERSIONS)


def test_without_a_record(tmp_path):
    with pytest.raises(ViewcastError, match="run the same command again"):
        list(verify_results(tmp_path))
    (tmp_path / "provenance.json").write_text("{")
    with pytest.raises(ViewcastError, match="run the same command again"):
        list(verify_results(tmp_path))
