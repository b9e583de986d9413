"""Searches past the cap, and the cues of users."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import pytest
from fake_flickr import running
from flickr_runs import CREDENTIALS, make_config
from flickr_world import BEGIN, END, Photo, User, World

from viewcast.config.flickr import ChosenUsersConfig, SearchConfig, UsersConfig
from viewcast.corpus.target import popularity
from viewcast.errors import ViewcastError
from viewcast.flickr import fields
from viewcast.flickr.client import FlickrApiClient
from viewcast.flickr.failures import CallFailed
from viewcast.flickr.membership import Membership, read_queries
from viewcast.flickr.search import METHOD, midnight, search
from viewcast.flickr.store import Archive, ReplyStore
from viewcast.flickr.user_mix import choose_users, shuffled
from viewcast.flickr.users import ask_user, public_photos

UNTIL = midnight(date(2014, 3, 1))


def crowd(count: int, cap: int, uploads: list[int] | None = None, owner: str = "1@N01") -> World:
    rng = random.Random(1)
    uploads = uploads or [rng.randint(BEGIN, END) for _ in range(count)]
    photos = [Photo(str(i + 1), owner, "cat", upload, i % 9) for i, upload in enumerate(uploads)]
    return World({owner: User(owner)}, {}, photos, cap=cap)


class Direct:
    """Answers from a world without a socket."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls: list[tuple[str, dict]] = []

    def call(self, method, **arguments):
        self.calls.append((method, arguments))
        reply = self.world.answer(method, {k: str(v) for k, v in arguments.items()}, "http://host")
        if reply["stat"] == "fail":
            raise CallFailed(reply["code"], reply["message"])
        return reply


@pytest.fixture
def ask(tmp_path):
    """From a world to (archive, its client)."""
    stores = []

    def build(world: World) -> tuple[Archive, Direct]:
        store = ReplyStore(tmp_path / f"{len(stores)}.sqlite")
        stores.append(store)
        client = Direct(world)
        return Archive(store, client, clock=lambda: 1_400_000_000), client

    yield build
    for store in stores:
        store.close()


def ids(found) -> list[str]:
    return [fields.photo_id(seen.entry) for seen in found]


def test_windows_are_halved_until_none_exceeds_the_cap(ask):
    world = crowd(1000, cap=40)
    archive, client = ask(world)
    found = ids(search(archive, "cat", SearchConfig(cap=40, page_size=10), UNTIL))
    assert Counter(found) == Counter(photo.id for photo in world.photos)
    uploads = {photo.id: photo.uploaded for photo in world.photos}
    assert [uploads[i] for i in found] == sorted(uploads.values())
    assert max(arguments["page"] for _, arguments in client.calls) <= 4


def test_the_real_cap_over_a_socket(tmp_path):
    """9,000 hits, pages of 500, 4,000 results a search, and repeated pages past them."""
    world = crowd(9000, cap=4000)
    with running(world) as server, ReplyStore(tmp_path / "s") as store:
        archive = Archive(store, FlickrApiClient(CREDENTIALS, make_config(server, tmp_path)))
        found = ids(search(archive, "cat", SearchConfig(), UNTIL))
        assert Counter(found) == Counter(photo.id for photo in world.photos)
        calls = len(server.calls(METHOD))
        # 18 pages at least; halving costs a call per window that was too large, and pages that are not full.
        assert 18 <= calls <= 40
        assert ids(search(archive, "cat", SearchConfig(), UNTIL)) == found
        assert len(server.calls(METHOD)) == calls


def test_more_in_a_second_than_the_cap(ask, caplog):
    world = crowd(0, cap=20, uploads=[BEGIN] * 50 + [BEGIN + 1] * 3)
    archive, _ = ask(world)
    found = ids(search(archive, "cat", SearchConfig(cap=20, page_size=10), UNTIL))
    assert len(found) == 23 and len(set(found)) == 23
    assert "50 photos were uploaded within one second" in caplog.text


def test_only_the_most_relevant(ask):
    archive, client = ask(crowd(1000, cap=400))
    config = SearchConfig(cap=400, page_size=100, photos_per_query=250)
    assert len(set(ids(search(archive, "cat", config, UNTIL)))) == 250
    assert len(client.calls) == 3
    assert client.calls[0][1]["sort"] == "relevance"


def test_a_page_that_says_it_is_another_is_not_trusted(ask):
    world = crowd(30, cap=4000)
    archive, client = ask(world)
    honest = client.call

    def repeating(method, **arguments):
        reply = honest(method, **arguments)
        reply["photos"]["page"] = min(reply["photos"]["page"], 2)
        return reply

    client.call = repeating
    assert len(ids(search(archive, "cat", SearchConfig(page_size=10), UNTIL))) == 20


def test_dates_terms_and_licences_reach_flickr(ask):
    world = crowd(40, cap=4000)
    for number, photo in enumerate(world.photos):
        photo.words, photo.license = "happy cat", str(number % 3)
    archive, client = ask(world)
    config = SearchConfig(match="tags", licenses=(0, 2), since=date(2012, 6, 1))
    found = ids(search(archive, "happy cat", config, UNTIL))
    wanted = [p.id for p in world.photos if p.license != "1" and p.uploaded >= midnight(date(2012, 6, 1))]
    assert sorted(found) == sorted(wanted)
    arguments = client.calls[0][1]
    assert arguments["tags"] == "happy,cat" and arguments["tag_mode"] == "all" and "text" not in arguments
    assert arguments["max_upload_date"] == UNTIL - 1


def test_queries_from_lists_and_files(tmp_path):
    (tmp_path / "q.csv").write_text("anp,query\nhappy_cat,happy cat\nscary_dog, scary dog \n,\n")
    (tmp_path / "q.txt").write_text("misty woods\n\nhappy cat\n", encoding="utf-8")
    csv_config = SearchConfig(queries=("first", "happy cat"), queries_file=str(tmp_path / "q.csv"))
    assert read_queries(csv_config) == ["first", "happy cat", "scary dog"]
    assert read_queries(SearchConfig(queries_file=str(tmp_path / "q.txt"))) == ["misty woods", "happy cat"]
    for wrong, said in ((None, "Nothing to search"), ("none.csv", "cannot be read")):
        with pytest.raises(ViewcastError, match=said):
            read_queries(SearchConfig(queries_file=wrong and str(tmp_path / wrong)))
    (tmp_path / "r.csv").write_text("term\ncat\n")
    with pytest.raises(ViewcastError, match="no column `query`"):
        read_queries(SearchConfig(queries_file=str(tmp_path / "r.csv")))


def test_a_resumed_crawl_asks_the_same_question_another_day(server, tmp_path):
    config = make_config(server, tmp_path, search={"until": None})
    with ReplyStore(tmp_path / "s") as store:
        first = Membership(Archive(store), config, 0).until
        store._run("UPDATE fact SET value = '2013-05-05' WHERE name = 'until'")
        assert Membership(Archive(store), config, 0).until == midnight(date(2013, 5, 5)) != first


# -- users -------------------------------------------------------------------------------------------


def lone_user(**more) -> tuple[World, User]:
    user = User("7@N07", pro=1, contacts=321, **more)
    world = World({user.id: user}, {"a": 10, "b": 31, "c": None})
    world.photos = [Photo(str(i), user.id, "cat", BEGIN + i, views=2**i) for i in range(6)]
    return world, user


def test_every_cue(ask):
    world, user = lone_user(groups=[("a", 1, 0), ("b", 0, 1), ("c", 0, 0)])
    archive, client = ask(world)
    cues = ("profile", "join_date", "contacts", "groups", "group_members", "mean_views")
    row = ask_user(archive, user.id, UsersConfig(cues=cues), popularity, fields.VIEW_EXTRAS)
    assert (row.photo_count, row.is_pro, row.contacts) == (6, True, 321)
    assert (row.groups, row.groups_admin, row.groups_invite_only, row.group_members) == (3, 1, 1, 20.5)
    assert row.member_since == user.joined
    days = [(1_400_000_000 - (BEGIN + i)) / 86_400 for i in range(6)]
    expected = popularity([2.0**i for i in range(6)], days).mean()
    assert row.mean_views == pytest.approx(expected, abs=1e-12) and row.mean_views_photos == 6
    assert row.missing == {}
    # Group sizes are shared by all users.
    before = len(client.calls)
    world.users["8@N08"] = User("8@N08", groups=[("b", 0, 0)])
    other = ask_user(archive, "8@N08", UsersConfig(), popularity, fields.VIEW_EXTRAS)
    assert other.group_members == 31
    assert [method for method, _ in client.calls[before:]].count("flickr.groups.getInfo") == 0


def test_first_upload_stands_in_for_the_join_date(ask):
    world, user = lone_user()
    row = ask_user(ask(world)[0], user.id, UsersConfig(), popularity, fields.VIEW_EXTRAS)
    assert row.member_since == BEGIN


def test_members_in_the_list_save_the_calls(ask):
    world, user = lone_user(groups=[("a", 1, 0), ("b", 0, 1), ("c", 0, 0)])
    world.members_in_groups = True
    archive, client = ask(world)
    row = ask_user(archive, user.id, UsersConfig(), popularity, fields.VIEW_EXTRAS)
    assert row.group_members == 20.5
    asked = [arguments for method, arguments in client.calls if method == "flickr.groups.getInfo"]
    assert asked == [{"group_id": "c"}]


def test_a_flag_that_flickr_does_not_send_is_unknown(ask):
    world, user = lone_user(groups=[("a", 1, 1)])
    world.invitation_flag = False
    row = ask_user(ask(world)[0], user.id, UsersConfig(), popularity, fields.VIEW_EXTRAS)
    assert (row.groups_invite_only, row.groups_admin) == (None, 1)


def test_a_user_without_photos_or_groups(ask):
    world, user = lone_user()
    world.photos = []
    row = ask_user(ask(world)[0], user.id, UsersConfig(), popularity, fields.VIEW_EXTRAS)
    assert (row.photo_count, row.mean_views, row.member_since) == (0, None, None)
    assert (row.groups, row.groups_admin, row.group_members) == (0, 0, 0.0)


def test_a_user_who_is_gone_costs_one_call(ask):
    world, user = lone_user(deleted=True)
    archive, client = ask(world)
    row = ask_user(archive, user.id, UsersConfig(), popularity, fields.VIEW_EXTRAS)
    assert len(client.calls) == 1
    assert row.photo_count is None and row.missing == {"profile": "code 5: User deleted"}


def test_cues_that_are_not_wanted_cost_nothing(ask):
    world, user = lone_user(groups=[("a", 0, 0)])
    archive, client = ask(world)
    ask_user(archive, user.id, UsersConfig(cues=("contacts",)), popularity, fields.VIEW_EXTRAS)
    assert [method for method, _ in client.calls] == ["flickr.contacts.getPublicList"]


def test_a_user_with_twenty_thousand_photos(ask):
    world = crowd(20_000, cap=4000)
    archive, client = ask(world)
    assert len(set(ids(public_photos(archive, "1@N01", fields.VIEW_EXTRAS)))) == 20_000
    assert len(client.calls) == 40
    few = UsersConfig(cues=("mean_views",), mean_views_pages=2)
    row = ask_user(archive, "1@N01", few, popularity, fields.VIEW_EXTRAS)
    assert row.mean_views_photos == 1000 and len(client.calls) == 40


def test_photos_that_spoil_a_mean_are_left_out(ask):
    world, user = lone_user()
    odd = ["many", -3, ..., 10]
    for photo, views in zip(world.photos, odd, strict=False):
        photo.views = views
    world.photos[4].uploaded = 2_000_000_000  # the future
    world.photos[5].media = "video"
    row = ask_user(ask(world)[0], user.id, UsersConfig(), popularity, fields.PHOTO_EXTRAS)
    assert row.mean_views_photos == 1


def test_users_are_chosen_by_the_seed_and_their_number_of_photos(ask):
    world = World()
    for number in range(40):
        user = User(f"{number}@N00", deleted=number == 5)
        world.users[user.id] = user
        world.photos += [Photo(f"{number}-{i}", user.id, "cat", BEGIN + i, 1) for i in range(number)]
    config = ChosenUsersConfig(users=6, min_photos=10, max_photos=20)
    archive, client = ask(world)
    chosen = choose_users(archive, list(world.users), 1, config)
    assert len(chosen) == 6
    assert all(10 <= len(world.photos_of(user)) <= 20 for user in chosen)
    # No call after the sixth, and the order of the users does not matter.
    assert client.calls[-1][1]["user_id"] == chosen[-1]
    assert choose_users(archive, sorted(world.users, reverse=True), 1, config) == chosen
    assert shuffled(list(world.users), 1) != shuffled(list(world.users), 2)
