"""`viewcast show` prints what the tables hold, and compares only what is as new as they are."""

import json
import os

import pandas as pd
from typer.testing import CliRunner

from viewcast.cli import app


def test_show(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "summary.json").write_text(json.dumps({"synthetic": False, "photos": 80, "users": 70}))
    row = {"setting": "one_per_user", "photos": 70, "users": 70}
    for name, value in (("content", "0.1111"), ("social", "0.2222"), ("content_social", "n/a")):
        row |= {name: value, f"{name}_sd": "0.0100"}
    pd.DataFrame([row]).to_csv(tmp_path / "table3.csv", index=False)
    shown = CliRunner().invoke(app, ["show", str(tmp_path)])
    assert shown.exit_code == 0
    assert "80 photos of 70 users" in shown.output and "SYNTHETIC" not in shown.output
    assert "0.1111" in shown.output and "n/a" in shown.output and "against social" not in shown.output

    pairs = [("fusion content_social", "social social", -0.0123), ("fusion content_social", "fusion content", 0.5)]
    pd.DataFrame(
        [("one_per_user", better, than, d, d - 0.1, d + 0.1, "within noise") for better, than, d in pairs],
        columns=["setting", "better", "than", "difference", "low", "high", "verdict"],
    ).to_csv(tmp_path / "comparisons.csv", index=False)
    line = "one_per_user: content + social against social: -0.012 [-0.112, +0.088], within noise"
    assert line in CliRunner().invoke(app, ["show", str(tmp_path)]).output
    os.utime(tmp_path / "comparisons.csv", (1, 1))
    assert "against social" not in CliRunner().invoke(app, ["show", str(tmp_path)]).output
