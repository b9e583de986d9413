"""A crawl of named accounts: how they may be written, what is asked, and what is said of one that does not exist."""

from __future__ import annotations

from collections import Counter

import pytest
from fake_flickr import Faults, running
from flickr_runs import make_config, run, tables
from flickr_world import Photo, World, make_world

from viewcast.config.flickr import FlickrConfig
from viewcast.config.schema import load_config
from viewcast.errors import ViewcastError
from viewcast.flickr.derive import derive


@pytest.fixture
def world() -> World:
    """Three accounts with names: of the first, the alias is the second one's user name too."""
    world = make_world()
    ann, bob, cho = list(world.users.values())[:3]
    ann.alias, ann.name = "annas-pictures", "Anna B."
    bob.alias, bob.name = "bob", "Bobby"
    cho.alias, cho.name = "cho_77", "bob"
    return world


@pytest.fixture
def server(world):
    with running(world) as server:
        yield server


def named(server, folder, *ids: str, **more) -> FlickrConfig:
    """Without a term to search for, and without a word on the kind."""
    return make_config(server, folder, search={"queries": []}, user_mix={"ids": ids, **more})


@pytest.mark.parametrize(
    "name",
    [
        "30000000@N00",
        " 30000000@N00 ",
        "annas-pictures",
        "Anna B.",
        "https://www.flickr.com/people/annas-pictures/",
        "http://flickr.com/photos/annas-pictures",
        "www.flickr.com/photos/annas-pictures/7000000123/in/photostream/",
        "https://www.flickr.com/photos/30000000@N00/",
        "https://m.flickr.com/people/30000000%40N00?rb=1",
    ],
)
def test_an_account_may_be_written_in_many_ways(server, tmp_path, name):
    config = named(server, tmp_path, name)
    assert run(config).users == 1
    found = tables(config)
    own = {p.id for p in server.world.photos_of("30000000@N00") if p.media == "photo"}
    assert set(found["photos"]["photo_id"].to_pylist()) == own and own
    assert found["photos"]["user_id"].unique().to_pylist() == ["30000000@N00"]
    assert found["users"]["user_id"].to_pylist() == ["30000000@N00"]
    assert not server.calls("flickr.photos.search")


def test_named_accounts_are_the_corpus_in_their_order(server, tmp_path):
    config = named(server, tmp_path, "cho_77", "annas-pictures", "30000000@N00")
    run(config)
    found = tables(config)
    assert found["users"]["user_id"].to_pylist() == ["30000002@N02", "30000000@N00"]
    asked = Counter(method for _, method, _, _ in server.calls())
    assert asked["flickr.urls.lookupUser"] == 2 and asked["flickr.people.getInfo"] == 2
    assert asked["flickr.people.getPublicPhotos"] == 2
    before = len(server.requests)
    run(config)
    assert len(server.requests) == before, "a finished crawl makes no call"
    # Further accounts append.
    more = named(server, tmp_path, "cho_77", "annas-pictures", "Bobby")
    run(more)
    longer = tables(more)["photos"]
    assert longer.slice(0, found["photos"].num_rows).equals(found["photos"])
    assert longer["user_id"].to_pylist()[-1] == "30000001@N01"


def test_faults_change_nothing(server, tmp_path, world):
    config = named(server, tmp_path / "a", "annas-pictures", "Bobby")
    run(config)
    with running(world, Faults(0.2, 1)) as faulty:
        other = named(faulty, tmp_path / "b", "annas-pictures", "Bobby")
        run(other)
        assert any(fault for *_, fault in faulty.requests)
    assert all(table.equals(tables(config)[name]) for name, table in tables(other).items())


def test_unknown_accounts_are_all_named_and_nothing_else_is_asked(server, tmp_path, world):
    world.users["30000003@N03"].deleted = True
    wrong = [
        "no-such-name", "https://www.flickr.com/people/annas-picture/", "99@N99", "30000003@N03",
        "https://www.flickr.com/groups/cats/", "Nobody Here", "bob",
    ]  # fmt: skip
    config = named(server, tmp_path, "annas-pictures", *wrong)
    with pytest.raises(ViewcastError, match="corpus.flickr.user_mix.ids") as error:
        run(config)
    said = str(error.value)
    assert all(repr(name) in said for name in wrong) and "'annas-pictures'" not in said
    assert "User deleted" in said and said.count("User not found") == 4 and "flickr.com/people/NAME/" in said
    assert "30000001@N01 has it at the end of its address, 30000002@N02 as its user name" in said
    methods = {method for _, method, _, _ in server.requests}
    assert methods == {"flickr.urls.lookupUser", "flickr.people.findByUsername", "flickr.people.getInfo"}
    with pytest.raises(ViewcastError, match="no-such-name"):
        derive(config, 0, tmp_path / "tables")
    # Mended, it goes on.
    run(named(server, tmp_path, "annas-pictures"))


def test_the_newest_photos_of_a_large_account(server, tmp_path, world, monkeypatch):
    monkeypatch.setattr("viewcast.flickr.users._PAGE", 2)
    world.photos += [
        Photo(str(i), "30000000@N00", "x", world.photos[0].uploaded + 60 * i, i, looks=i) for i in range(9)
    ]
    config = named(server, tmp_path, "annas-pictures", max_photos=5)
    run(config)
    found = tables(config)["photos"].to_pandas()
    newest = [p.id for p in world.photos_of("30000000@N00")][:5]
    assert found["photo_id"].tolist() == newest


def test_an_account_without_photos(server, tmp_path, world, caplog):
    world.photos = [p for p in world.photos if p.owner != "30000000@N00"]
    config = named(server, tmp_path, "annas-pictures")
    run(config)
    assert "the account 'annas-pictures' shows no public photo" in caplog.text
    with pytest.raises(ViewcastError, match="the accounts show no public photo"):
        tables(config)


def test_offline_before_the_crawl(server, tmp_path):
    with pytest.raises(ViewcastError, match="crawl first"):
        derive(named(server, tmp_path, "annas-pictures"), 0, tmp_path)


def test_names_make_a_user_mix_whatever_the_kind():
    config = load_config({"corpus": {"flickr": {"kind": "one-per-user", "user_mix": {"ids": ["me"]}}}})
    assert config.corpus.flickr.kind == "user-mix"
    assert load_config({"corpus": {"flickr": {"user_mix": {"ids": []}}}}).corpus.flickr.kind == "one-per-user"
    with pytest.raises(ViewcastError, match=r"corpus\.flickr\.user_mix\.ids"):
        load_config({"corpus": {"flickr": {"user_mix": {"ids": [" "]}}}})
