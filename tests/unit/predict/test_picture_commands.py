"""``viewcast score`` and ``explain`` on what people give them."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from made_models import Trained
from PIL import Image
from typer.testing import CliRunner

from viewcast.cli import app
from viewcast.predict.file import save_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small model, three pictures and three files that are none."""
    where = tmp_path_factory.mktemp("tool")
    own = Trained(where, "two_stage", False)
    save_model(own.model(), where / "model.viewcast")
    (where / "in").mkdir()
    for name in ("a.jpg", "b.png", "c d.jpeg"):
        Image.fromarray(own.pictures[len(name)]).save(where / "in" / name)
    (where / "in/page.jpg").write_bytes(b"<html>gone</html>")
    (where / "in/nothing.png").write_bytes(b"")
    (where / "in/notes.txt").write_text("no picture")
    return where


def run(folder, *arguments, **options):
    return CliRunner().invoke(app, [*arguments, "--model", str(folder / "model.viewcast")], **options)


def test_a_score_is_told_in_sentences(folder):
    done = run(folder, "score", str(folder / "in/a.jpg"), "--contacts", "120")
    assert done.exit_code == 0, done.output
    assert "views per day (four of five such photos" in done.output and "not known: tags" in done.output


def test_a_folder_goes_into_a_table_and_no_bad_file_ends_it(folder, tmp_path):
    done = run(folder, "score", str(folder / "in"), "--csv", str(tmp_path / "out.csv"))
    assert done.exit_code == 0 and "2 of 5 could not be scored" in done.output
    with open(tmp_path / "out.csv", newline="") as file:
        rows = {os.path.basename(row["photo"]): row for row in csv.DictReader(file)}
    assert {name: row["status"] for name, row in rows.items()} == {
        "a.jpg": "ok", "b.png": "ok", "c d.jpeg": "ok", "nothing.png": "empty", "page.jpg": "unsupported",
    }  # fmt: skip
    assert float(rows["a.jpg"]["low"]) <= float(rows["a.jpg"]["popularity"]) <= float(rows["a.jpg"]["high"])
    assert rows["page.jpg"]["popularity"] == "" and "HTML" in rows["page.jpg"]["reason"]


def test_json_lines_and_standard_input(folder):
    data = (folder / "in/a.jpg").read_bytes()
    done = run(folder, "score", "-", str(folder / "in/a.jpg"), "--json", input=data)
    first, second = map(json.loads, done.output.splitlines())
    assert first["photo"] == "-" and first["popularity"] == second["popularity"]


def test_each_photo_has_its_own_cues(folder, tmp_path):
    table = tmp_path / "cues.csv"
    table.write_text('photo,contacts,tags\na.jpg,500,\nb.png,,"x, y"\n')
    done = run(folder, "score", str(folder / "in/a.jpg"), str(folder / "in/b.png"), "--cues", str(table), "--json")
    first, second = (json.loads(line) for line in done.output.splitlines())
    assert [one["cue"] for one in first["unknown"]] == ["tags"]
    assert [one["cue"] for one in second["unknown"]] == ["contacts"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.jpg"], "no such file"),
        (["in/a.jpg", "--contacts", "-3"], "contacts"),
        (["in/a.jpg", "--member-since", "soon"], "member_since"),
        (["in/a.jpg", "--cues", "in/notes.txt"], "photo"),
        (["in/a.jpg", "--cues", "other.csv"], "other.csv"),
        (["in/a.jpg", "--cues", "hour.csv"], "no cue hour"),
        (["empty"], "holds no picture"),
        (["in/page.jpg"], "HTML"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(folder, monkeypatch, arguments, said):
    monkeypatch.chdir(folder)
    (folder / "empty").mkdir(exist_ok=True)
    (folder / "hour.csv").write_text("photo,hour\na.jpg,12\n")
    done = run(folder, "score", *arguments)
    assert done.exit_code == 1 and said in done.output and "Traceback" not in done.output


def test_no_model_is_one_clear_paragraph(tmp_path):
    done = CliRunner().invoke(app, ["score", "a.jpg", "--model", str(tmp_path / "none.viewcast")])
    assert done.exit_code == 1 and "snakemake results/model.viewcast" in done.output


def save(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return path


def test_unusual_pictures_are_scored_or_refused_with_a_reason(folder, tmp_path):
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
    frames = [Image.fromarray(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)) for _ in range(3)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    Image.fromarray(rgb).convert("CMYK").save(tmp_path / "print.jpg")
    fine = {
        "moving.gif", "print.jpg", save(tmp_path / "deep.png", rng.integers(0, 65536, (50, 50), dtype=np.uint16)).name,
        save(tmp_path / "grey.png", rgb[..., 0]).name,
    }  # fmt: skip
    save(tmp_path / "one.png", rgb[:1, :1])
    whole = save(tmp_path / "whole.jpg", rgb).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    Image.new("1", (11_000, 10_000)).save(tmp_path / "huge.png")
    done = run(folder, "score", str(tmp_path), "--json")
    found = {os.path.basename(one["photo"]): one["status"] for one in map(json.loads, done.stdout.splitlines())}
    assert {name for name, status in found.items() if status == "ok"} == fine | {"whole.jpg"}
    assert {name: found[name] for name in ("one.png", "cut.jpg", "huge.png")} == {
        "one.png": "too_small", "cut.jpg": "truncated", "huge.png": "too_large",
    }  # fmt: skip


def test_explain_writes_a_page_that_holds_no_foreign_markup(folder, tmp_path):
    nasty = tmp_path / "<script>alert(1)</script>.jpg".replace("/", "_")
    nasty.write_bytes((folder / "in/a.jpg").read_bytes())
    done = run(folder, "explain", str(nasty), "-o", str(tmp_path / "out.html"), "--tags", "sea,sky")
    assert done.exit_code == 0, done.output
    page = (tmp_path / "out.html").read_text()
    assert "<script" not in page and "the number of tags" in page and 'src="data:image/jpeg' in page


def test_a_full_disk_and_a_closed_pipe_leave_nothing_behind(folder, tmp_path):
    command = [sys.executable, "-m", "viewcast.cli.commands", "score", str(folder / "in/a.jpg")]
    command += [str(folder / "in/b.png")] * 3 + ["--model", str(folder / "model.viewcast")]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert "Traceback" not in done.stderr
    done = run(folder, "explain", str(folder / "in/a.jpg"), "-o", "/dev/full/out.html")
    assert done.exit_code == 1 and "Traceback" not in done.output
