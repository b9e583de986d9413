"""`viewcast show` prints what Table 3 holds, and whether content adds to social cues."""

import json
import subprocess
import sys
from importlib.metadata import version

import pandas as pd
from typer.testing import CliRunner

from viewcast.cli import app


def test_show(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "summary.json").write_text(json.dumps({"synthetic": False, "photos": 80, "users": 70}))
    row = {"setting": "one_per_user", "photos": 70, "users": 70}
    for name, value in (("content", "0.1111"), ("social", "0.2222"), ("content_social", "n/a")):
        row |= {name: value, f"{name}_sd": "0.0100", f"{name}_users_low": "0.0500", f"{name}_users_high": "0.3000"}
    gain = {"over_social": "-0.0123", "over_social_users_low": "-0.1120", "over_social_users_high": "0.0880"}
    verdicts = {"over_social_verdict": "within noise", "over_social_photos_verdict": "worse beyond noise"}
    known = pd.DataFrame([row | gain | verdicts | {"note": ""}])
    unknown = row | {"setting": "user_mix", "note": "no user has 100 photos"} | dict.fromkeys([*gain, *verdicts], "n/a")
    pd.concat([known, pd.DataFrame([unknown])]).to_csv(tmp_path / "table3.csv", index=False)
    (tmp_path / "details").mkdir()
    pd.DataFrame({"converged": [True, False, None]}).to_csv(tmp_path / "details" / "table3.csv", index=False)
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["show", str(tmp_path)])
    assert shown.exit_code == 0
    assert "80 photos of 70 users" in shown.output and "SYNTHETIC" not in shown.output
    assert "0.1111 [0.0500, 0.3000]" in shown.output and " n/a " in shown.output
    line = "one_per_user: content + social less social is -0.0123 [-0.1120, 0.0880]: within noise for other users, "
    assert line + "worse beyond noise for other photos of these users" in shown.output
    assert "user_mix: content" not in shown.output and "user_mix: no user has 100 photos" in shown.output
    assert "WARNING: 1 of 2 regressions behind table3.csv" in shown.output


def test_nothing_heavy_is_imported_before_a_command_runs():
    code = "import sys, viewcast.cli; print(sorted({'numpy', 'pandas', 'torch', 'pyarrow', 'h5py'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_show_before_there_are_results_says_what_to_run(tmp_path):
    done = CliRunner().invoke(app, ["show", str(tmp_path)])
    assert done.exit_code == 1 and "table3.csv yet. Run `snakemake --cores all" in done.output
    assert "Traceback" not in done.output


def test_the_version():
    done = CliRunner().invoke(app, ["--version"])
    assert done.exit_code == 0 and done.output == f"viewcast {version('viewcast')}\n"
