"""The whole demo corpus: the workflow finds what was planted. Minutes, so only `make test-all` runs it."""

import pandas as pd
import pytest
from refresh import markdown_table
from workflow_runs import ROOT


@pytest.mark.slow
def test_the_demo_recovers_what_was_planted(whole_demo):
    results = whole_demo.folder / "results"
    written = pd.read_csv(results / "table3.csv", dtype=str, keep_default_na=False)
    assert markdown_table(written) in (ROOT / "README.md").read_text(encoding="utf-8"), "it is old: make refresh"
    table = pd.read_csv(results / "table3.csv").set_index("setting")
    for name, row in table.iterrows():
        chance = 1 / row["photos"] ** 0.5
        assert min(row["content"], row["social"]) > 3 * chance, name
        assert row["content_social"] > max(row["content"], row["social"]), name
    # As in the paper: social cues rule across users, content within one.
    assert table.loc["one_per_user", "social"] > table.loc["one_per_user", "content"]
    assert table.loc["user_mix", "social"] > table.loc["user_mix", "content"]
    assert table.loc["user_specific", "content"] > table.loc["user_specific", "social"]
    # Six heavy users say little of other users, and much of their own photos.
    specific = table.drop(index="one_per_user")[["over_social_photos_verdict", "over_content_photos_verdict"]]
    assert (specific == "beyond noise").all(axis=None)
    assert (table.loc["one_per_user", ["over_social_verdict", "over_content_verdict"]] == "beyond noise").all()
    # The planted content is what the content model finds.
    photos = pd.read_parquet(results / "corpus/photos.parquet")
    assert {"planted_user", "planted_context", "planted_content"} <= set(photos.columns)
