"""`viewcast show` prints what Table 3 holds, and whether content adds to social cues."""

import json

import pandas as pd
from typer.testing import CliRunner

from viewcast.cli import app


def test_show(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "summary.json").write_text(json.dumps({"synthetic": False, "photos": 80, "users": 70}))
    row = {"setting": "one_per_user", "photos": 70, "users": 70}
    for name, value in (("content", "0.1111"), ("social", "0.2222"), ("content_social", "n/a")):
        row |= {name: value, f"{name}_sd": "0.0100", f"{name}_low": "0.0500", f"{name}_high": "0.3000"}
    gain = {"over_social": "-0.0123", "over_social_low": "-0.1120", "over_social_high": "0.0880"}
    known = pd.DataFrame([row | gain | {"over_social_verdict": "within noise"}])
    unknown = pd.DataFrame([row | {"setting": "user_mix"} | dict.fromkeys([*gain, "over_social_verdict"], "n/a")])
    pd.concat([known, unknown]).to_csv(tmp_path / "table3.csv", index=False)
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["show", str(tmp_path)])
    assert shown.exit_code == 0
    assert "80 photos of 70 users" in shown.output and "SYNTHETIC" not in shown.output
    assert "0.1111 [0.0500, 0.3000]" in shown.output and " n/a " in shown.output
    line = "one_per_user: content + social less social is -0.0123 [-0.1120, 0.0880]: within noise"
    assert line in shown.output and "user_mix: content" not in shown.output
