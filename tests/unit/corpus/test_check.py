"""`viewcast check` says what a corpus will come to, or what is wrong with it."""

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from viewcast.cli import app


@pytest.fixture
def corpus(tmp_path):
    """60 photos, of which 30 are one user's, and a configuration."""
    (tmp_path / "pictures").mkdir()
    photos = pd.DataFrame({"photo_id": [f"p{i}" for i in range(60)], "views": range(60), "uploaded_at": "2014-01-01"})
    photos["crawled_at"] = "2014-03-01"
    photos["user_id"] = [f"u{max(i, 30)}" for i in range(60)]
    photos.to_csv(tmp_path / "photos.csv", index=False)
    for name in photos["photo_id"][:58]:
        (tmp_path / "pictures" / f"{name}.jpg").write_bytes(b"never opened")
    values = {"source": "table", "photos": str(tmp_path / "photos.csv"), "pictures": str(tmp_path / "pictures")}
    settings = {"user_mix": {"min_photos_per_user": 20}}
    (tmp_path / "my.yaml").write_text(yaml.safe_dump({"corpus": values, "settings": settings}))
    return tmp_path


def check(folder):
    return CliRunner().invoke(app, ["check", str(folder / "my.yaml")])


def test_what_each_setting_will_hold_and_cost(corpus):
    done = check(corpus)
    assert done.exit_code == 0, done.output
    assert "60 photos of 30 users, uploaded 2014-01-01 to 2014-01-01; 58 pictures found" in done.output
    assert "one_per_user: only 28 usable photos take part, and 40 are needed" in done.output
    assert "user_mix: only 31 usable photos take part" in done.output
    assert "random_halves: 58 photos of 28 users" in done.output
    assert "time_forward: not every photo has an upload time of its own" in done.output
    assert "processor minutes" in done.output and "GB on disk for the features" in done.output


def test_what_would_stop_the_run_stops_the_check_with_one_paragraph(corpus):
    table = pd.read_csv(corpus / "photos.csv", dtype=str)
    table.loc[4, "views"] = "many"
    table.to_csv(corpus / "photos.csv", index=False)
    done = check(corpus)
    assert done.exit_code == 1 and "Traceback" not in done.output
    assert "1 of 60 values of the column views cannot be read as `views`: 'many' in row 6" in done.output


def test_a_mean_of_views_in_another_unit_is_noticed(corpus):
    users = pd.DataFrame({"user_id": [f"u{i}" for i in range(30, 60)], "mean_views": 40, "photo_count": 50})
    users.to_csv(corpus / "users.csv", index=False)
    text = (corpus / "my.yaml").read_text().replace("photos:", f"users: {corpus}/users.csv\n  photos:", 1)
    (corpus / "my.yaml").write_text(text)
    done = check(corpus)
    assert done.exit_code == 0 and "WARNING: corpus.mean_views_unit is popularity" in done.output
    assert "nearer as views" in done.output
    (corpus / "my.yaml").write_text(text.replace("corpus:\n", "corpus:\n  mean_views_unit: views\n", 1))
    assert "WARNING" not in check(corpus).output
