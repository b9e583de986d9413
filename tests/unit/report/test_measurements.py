"""Photographic measurements among the reasons of the report."""

from __future__ import annotations

import pandas as pd

from viewcast.descriptors.photographic import MEASUREMENTS
from viewcast.report.sections.reasons import reasons
from viewcast.store.frames import write_csv


def test_measurements_are_told_in_words(tmp_path):
    rows = pd.DataFrame(
        {
            "setting": "user_mix", "kind": "measurement", "name": list(MEASUREMENTS),
            "number": range(len(MEASUREMENTS)), "rgb": "", "weight": 0.1, "low": 0.05, "high": 0.2,
            "splits": 10, "agree": 1.0, "q": 0.01,
            "band": ["strong positive", *["not distinguishable"] * (len(MEASUREMENTS) - 1)],
        }
    )  # fmt: skip
    write_csv(rows, tmp_path / "importance.csv")
    (found,) = reasons(tmp_path / "importance.csv").weights
    assert found.title.startswith("Measurements") and found.said.startswith("1 of the 34 measurements can be told")
    assert found.table is not None and found.table.rows[0][0].text == "sharpness of the subject"
