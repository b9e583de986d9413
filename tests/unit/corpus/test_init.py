"""`viewcast init` recognises the columns that data sets, interfaces and exports have, and says what it left."""

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from viewcast.cli import app
from viewcast.config.schema import load_config
from viewcast.tables.recognise import PHOTOS, USERS, recognise

SOURCES = {
    "viewcast": "photo_id user_id picture views faves comments uploaded_at crawled_at days target title description "
    "tags",
    "smpd": "Pid Uid img_filepath - - - Postdate - - label Title - Alltags",
    "spid": "FlickrId UserId Path - - - DatePosted DateCrawl - - Title Description Tags",
    "flickr": "id owner - views count_faves count_comments dateupload - - - title - tags",
    "flickr by pandas": "id owner.nsid - views - - dates.posted - - - title._content description._content -",
    "yfcc": "photoid uid - - - - dateuploaded - - - title description usertags",
    "img2dataset": "key - - - - - - - - - - caption",
    "instagram": "shortcode ownerId - videoViewCount likesCount commentsCount timestamp - - - - caption hashtags",
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_is_recognised(source):
    expected = dict(zip(PHOTOS, SOURCES[source].split(), strict=False))
    expected = {key: column for key, column in expected.items() if column != "-"}
    columns = [*expected.values(), "width", "height", "url"]
    assert recognise(columns, PHOTOS) == expected


def test_users():
    smpd = ["Pid", "Uid", "photo_firstdate", "photo_count", "ispro", "canbuypro", "timezone_offset"]
    assert recognise(smpd, USERS) == {
        "user_id": "Uid", "photo_count": "photo_count", "member_since": "photo_firstdate", "is_pro": "ispro",
    }  # fmt: skip
    spid = ["UserId", "Ispro", "Contacts", "PhotoCount", "MeanViews", "GroupsCount", "GroupsAvgMembers"]
    assert set(recognise(spid, USERS)) == {
        "user_id", "is_pro", "contacts", "photo_count", "mean_views", "groups", "group_members",
    }  # fmt: skip


@pytest.fixture
def tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my pictures").mkdir()
    photos = pd.DataFrame({"id": [f"p{n}" for n in range(60)], "owner": [f"u{n}" for n in range(60)]})
    photos["views"], photos["dateupload"], photos["Crawl Date"] = range(60), 1_400_000_000, "2015-01-01"
    photos["title"], photos["o'dd: #col"] = 'a: "b" # c\nd', 1
    photos.to_csv("photos.csv", index=False)
    pd.DataFrame({"NSID": photos["owner"], "MeanViews": 3.5, "x": 1}).to_csv("users.csv", index=False)
    (tmp_path / "my pictures" / "p0.jpg").write_bytes(b"")
    return photos


def go(*arguments):
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


def test_what_is_written_is_a_configuration_that_can_be_checked(tables):
    code, said = go("init", "photos.csv", "users.csv", "my pictures")
    assert code == 0, said
    for line in ("  photo_id: id", "  crawled_at: Crawl Date", "  left: o'dd: #col", "  left: x", "mean_views_unit"):
        assert line in said
    corpus = load_config(yaml.safe_load(open("my.yaml"))).corpus
    assert (corpus.columns.photo_id, corpus.columns.picture, corpus.user_columns.user_id) == ("id", None, "NSID")
    assert (corpus.mean_views_unit, corpus.user_columns.contacts, corpus.columns.title) == ("views", None, "title")
    code, said = go("check", "my.yaml")
    assert code == 0 and "60 photos of 60 users" in said, said
    code, said = go("init", "photos.csv")
    assert code == 1 and "my.yaml is there already" in said


def test_pictures_without_users_and_likes_in_place_of_views(tables):
    tables.drop(columns=["views", "dateupload"]).assign(likesCount=5).to_csv("photos.csv", index=False)
    code, said = go("init", "photos.csv", "my pictures", "--to", "other.yaml")
    assert code == 0 and "likes, in place of views" in said and "without regard to time" in said, said
    corpus = load_config(yaml.safe_load(open("other.yaml"))).corpus
    assert (corpus.users, corpus.pictures, corpus.columns.views) == (None, "my pictures", "likesCount")
    assert corpus.popularity.definition == "log2_views_plus_one"


def test_a_label_is_a_target_where_there_are_no_views(tables):
    tables.drop(columns="views").assign(label=5.0).to_csv("photos.csv", index=False)
    assert go("init", "photos.csv")[0] == 0
    columns = load_config(yaml.safe_load(open("my.yaml"))).corpus.columns
    assert (columns.target, columns.views) == ("label", None)


@pytest.mark.parametrize(
    ("columns", "message"),
    [(["a", "views"], "photos' ids; it has: a, views"), (["id", "b"], "views, or another target; it has: id, b")],
)
def test_what_is_not_recognised_is_said(tables, columns, message):
    pd.DataFrame([[1, 2]], columns=columns).to_csv("photos.csv", index=False)
    code, said = go("init", "photos.csv")
    assert code == 1 and message in said
