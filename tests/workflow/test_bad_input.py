"""What a user gets wrong: one paragraph that says what to do, and nothing half done."""

import pandas as pd
import pytest
from workflow_runs import TINY, edit


def test_a_wrong_key(own):
    own.configure({"evaluation": {"split": 3}})
    text = own("results/table3.csv", "--dry-run", ok=False).replace("\n", " ")
    assert "evaluation.split: there is no such key; the keys here are features, also, splits" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="views"), "no column 'views'"),
        (lambda frame: pd.concat([frame, frame.iloc[:1]]), "names the photo 'p0' twice"),
        (lambda frame: frame.iloc[:0], "is empty"),
    ],
    ids=["column", "duplicate", "empty"],
)
def test_a_wrong_table(own, change, message):
    edit(own, change)
    text = own("results/corpus/photos.parquet", ok=False)
    assert message in " ".join(text.split())
    assert not (own.folder / "results/corpus/photos.parquet").exists()


def test_paths_of_any_characters_and_a_pattern_of_parts(own):
    """And what the run will come to is said on the screen; a part that is another is read anew."""
    folder = own.folder / "my {photos} 'of' \"Łódź\" 東京\nand more"
    (own.folder / "my").rename(folder)
    frame = pd.read_csv(folder / "photos.csv")
    (folder / "photos.csv").unlink()
    for number in range(3):
        frame.iloc[20 * number : 20 * number + 20].to_csv(folder / f"part{number}.csv", index=False)
    pd.DataFrame({"user_id": frame["user_id"], "contacts": range(60)}).to_csv(folder / "{users}.csv", index=False)
    corpus = {"source": "table", "photos": f"{folder.name}/part*.csv", "users": f"{folder.name}/{{users}}.csv"}
    own.configure(TINY | {"corpus": corpus | {"pictures": folder.name}})
    command = ("results/corpus/check.txt", "results/corpus/pictures_checked.tsv")
    text = own(*command)
    assert "60 of 60 users have a row in the users table" in text and "60 pictures found" in text
    assert "one_per_user: 60 photos of 60 users" in (own.folder / "results/corpus/check.txt").read_text()
    assert "one_per_user: 60 photos of 60 users" in text and "processor minutes for the features" in text
    assert own.planned(*command) == {}
    frame.iloc[40:].assign(views=7).to_csv(folder / "part2.csv", index=False)
    assert set(own.planned("results/corpus/photos.parquet")) == {"corpus"}


def test_all_pictures_broken(own):
    for path in (own.folder / "my").glob("*.jpg"):
        path.write_bytes(path.read_bytes()[:200])
    text = " ".join(own("results/table1.csv", ok=False).split())
    assert "60 of 60 pictures could not be used (60 truncated)" in text and "max_failed_fraction" in text
    problems = pd.read_csv(own.folder / "results/corpus/problems.csv")
    assert len(problems) == 60 and set(problems["status"]) == {"truncated"}
    assert not (own.folder / "results/models").exists()


def test_some_pictures_broken_and_no_user_with_many(own):
    (own.folder / "my" / "p7.jpg").write_bytes(b"")
    (own.folder / "my" / "p8.jpg").unlink()
    own("results/corpus/pictures_checked.tsv", "results/models/one_per_user/setting.h5",
        "results/models/user_mix/setting.h5")  # fmt: skip
    problems = pd.read_csv(own.folder / "results/corpus/problems.csv").set_index("photo_id")["status"]
    assert problems.to_dict() == {"p7": "empty", "p8": "missing"}
    assert "one_per_user: 58 photos" in (own.folder / "logs/models/one_per_user/setting.log").read_text()
    log = (own.folder / "logs/models/user_mix/setting.log").read_text()
    assert "WARNING viewcast: user_mix: no user has 40 or more usable photos" in log


def test_a_mended_picture_remakes_its_shard_and_the_same_command_goes_on(own):
    whole = {f"p{i}.jpg": (own.folder / "my" / f"p{i}.jpg").read_bytes() for i in range(6)}
    for name, data in whole.items():
        (own.folder / "my" / name).write_bytes(data[:200])
    command = ("results/corpus/check.txt", "results/corpus/pictures_checked.tsv")
    assert "6 of 60 pictures could not be used" in " ".join(own(*command, ok=False).split())
    for name, data in whole.items():
        (own.folder / "my" / name).write_bytes(data)
    text = own(*command)
    assert "60 photos of 60 users; 60 pictures found" in text
    assert own.planned(*command) == {}
