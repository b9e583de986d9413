"""Tables for programs and papers hold the numbers of the tables that they are made of."""

from __future__ import annotations

import pandas as pd
from report_sources import TABLES, Study

from viewcast.report.layout import write_layouts
from viewcast.report.tidy import COLUMNS, write_tidy


def test_tidy(tmp_path):
    sources = Study(tmp_path).sources
    out = tmp_path / "scores.csv"
    write_tidy(
        sources.tables,
        simple=sources.simple,
        baselines=sources.baselines,
        protocols=sources.protocols,
        pairs=sources.pairs,
        out=out,
    )
    tidy = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert tuple(tidy.columns) == COLUMNS and not tidy.duplicated().any()
    row = tidy[
        (tidy["setting"] == "user_mix") & (tidy["name"] == "content") & tidy["interval"].str.contains("other users")
    ]
    assert row.iloc[0].tolist() == [
        "user_mix", "model", "content", "spearman", "0.3000", "0.0200", "0.2000", "0.4000", "95% over other users",
        "38",
    ]  # fmt: skip
    assert set(tidy["kind"]) == {"content", "cue", "model", "simple", "baseline", "protocol", "pairs"}
    pairs = tidy[tidy["kind"] == "pairs"]
    assert len(pairs) == 6 and pairs.iloc[3].tolist() == [
        "user_mix", "pairs", "content within one burst", "pairs in order", "0.6100", "", "0.5500", "0.7500",
        "95% over other users", "40.5",
    ]  # fmt: skip
    differences = tidy[tidy["measure"] == "difference of spearman"]
    assert set(differences["name"]) == {"over_social", "over_content"}
    assert (tidy.loc[tidy["kind"] == "baseline", "interval"] == "").all(), "they have none"


def test_layouts(tmp_path):
    study = Study(tmp_path)
    for name in TABLES:
        tex, md = tmp_path / f"{name}.tex", tmp_path / f"{name}.md"
        write_layouts(study.sources.tables[name], name=name, synthetic=name == "table3", tex=tex, md=md)
        assert ("SYNTHETIC" in tex.read_text()) == ("SYNTHETIC" in md.read_text()) == (name == "table3")
        assert tex.read_text().count(r"\begin{tabular}") == tex.read_text().count(r"\end{tabular}") == 1
    rows = (tmp_path / "table3.md").read_text().splitlines()
    (own,) = (line for line in rows if line.startswith("| user mix"))
    assert own.startswith(r"| user mix | 38 | 5 | 0.30 \[0.20, 0.40\] | 0.50")
    assert rows[rows.index(own) + 1].startswith("| *the paper* |  |  | 0.36 | 0.66 | 0.72 |")
    lines = (tmp_path / "table3.tex").read_text().splitlines()
    (first,) = (number for number, line in enumerate(lines) if line.startswith("{}one photo per user"))
    assert " & 0.050 & " in lines[first] and r" & \scriptsize [0.030, 0.070] & " in lines[first + 1]
