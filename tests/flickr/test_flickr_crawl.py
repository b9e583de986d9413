"""Whole crawls: with faults, killed, resumed, repeated; what they make, and how many calls they take."""

from __future__ import annotations

import logging
import random
import sqlite3
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fake_flickr import Faults, running
from flickr_runs import NOW, make_config, run, run_dump, tables
from flickr_world import BEGIN, make_world

from viewcast.corpus.target import popularity
from viewcast.errors import ViewcastError
from viewcast.flickr.derive import derive
from viewcast.flickr.membership import pictures_path, store_path, tables_path
from viewcast.flickr.progress import Progress, announce_users, duration
from viewcast.flickr.store import ReplyStore


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The tables of an undisturbed crawl, its good requests, and its configuration."""
    with running(make_world()) as server:
        config = make_config(server, tmp_path_factory.mktemp("reference"))
        run(config)
        yield tables(config), server.good(), config


def assert_same(found, expected) -> None:
    for name, table in expected.items():
        assert found[name].equals(table), name


def test_the_photos_are_what_the_searches_find(reference):
    found, _, config = reference
    photos = found["photos"].to_pandas()
    world = make_world()
    expected = {p.id for p in world.photos if p.media == "photo"}
    assert set(photos["photo_id"]) == expected and photos["photo_id"].is_unique
    by_id = {p.id: p for p in world.photos}
    for row in photos.itertuples():
        photo = by_id[row.photo_id]
        assert (row.user_id, row.views, row.title) == (photo.owner, photo.views, photo.title)
        assert row.uploaded_at.timestamp() == photo.uploaded and row.crawled_at.timestamp() == NOW
        if isinstance(photo.views, int):
            assert (row.faves, row.comments) == (photo.views // 10, 2)
        assert list(row.tags) == photo.tags.split() and row.license == int(photo.license)
        assert row.description == photo.description
        if row.picture_status == "ok":
            assert (pictures_path(config) / row.picture).stat().st_size > 1000
    status = photos.set_index("photo_id")["picture_status"]
    odd = {p.id: p.picture for p in world.photos if p.picture != "ok"}
    says = {"placeholder_png": "placeholder", "elsewhere": "no_address"}
    assert {i: status[i] for i in odd} == {i: says.get(kind, kind) for i, kind in odd.items()}
    assert (status.drop(list(odd)) == "ok").all()
    twins = photos[photos["duplicate_of"].notna()]
    assert {*twins["photo_id"], *twins["duplicate_of"]} == {world.photos[12].id, world.photos[13].id}


def test_the_users_are_theirs(reference):
    found, _, _ = reference
    users = found["users"].to_pandas().set_index("user_id")
    world = make_world()
    assert set(users.index) == set(found["photos"].to_pandas()["user_id"])
    gone = users[users["missing"].notna()]
    assert list(gone["missing"]) == ["profile: code 5: User deleted"] and gone["contacts"].isna().all()
    for user_id, row in users.drop(gone.index).iterrows():
        user, own = world.users[user_id], world.photos_of(user_id)
        assert (row["contacts"], row["is_pro"], row["photo_count"]) == (user.contacts, user.pro, len(own))
        own = [p for p in own if p.media == "photo"]
        values = popularity([p.views for p in own], [(NOW - p.uploaded) / 86_400 for p in own])
        assert row["mean_views"] == pytest.approx(np.mean(values), abs=1e-12)
    photos = found["photos"].to_pandas()
    assert (photos["in_mean_views"] == ~photos["user_id"].isin(gone.index)).all()


def test_a_photo_knows_whether_the_mean_of_its_user_holds_it(server, tmp_path, monkeypatch):
    """The mean is over the newest page, here of two photos; photos that are older must not be taken out of it."""
    monkeypatch.setattr("viewcast.flickr.users._PAGE", 2)
    config = make_config(server, tmp_path, users={"cues": ["profile", "mean_views"], "mean_views_pages": 1})
    run(config)
    found = tables(config)
    photos, users = found["photos"].to_pandas(), found["users"].to_pandas().set_index("user_id")
    assert 0 < photos["in_mean_views"].sum() < len(photos)
    for user_id, own in photos.groupby("user_id"):
        members = own[own["in_mean_views"]]
        assert len(members) <= 2 and (users["mean_views_photos"].fillna(0)[user_id] >= len(members))
        rest = own[~own["in_mean_views"]]
        assert members.empty or rest.empty or rest["uploaded_at"].max() <= members["uploaded_at"].min()


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_twenty_percent_faults_change_nothing(reference, tmp_path, seed):
    expected, good, _ = reference
    with running(make_world(), Faults(0.2, seed)) as server:
        config = make_config(server, tmp_path)
        run(config)
        assert_same(tables(config), expected)
        spoiled = [fault for *_, fault in server.requests if fault]
        assert len(spoiled) > 10
        # Each question was answered once; the truncated picture up to three times, as without faults.
        assert set(server.good()) == set(good) and server.good() <= good


def kills(reference, tmp_path, processes, count: int, rate: float = 0.0) -> None:
    expected, good, _ = reference
    rng = random.Random(count)
    needed = sum(good.values())
    with running(make_world(), Faults(rate, 3)) as server:
        config = make_config(server, tmp_path, patience={"concurrency": 3})
        for _ in range(count):
            worker = processes.Process(target=run_dump, args=(config.model_dump_json(),))
            begin = len(server.requests)
            worker.start()
            # Spread over the work, and at any point between two replies.
            goal = begin + rng.randint(0, max(1, 2 * needed // count))
            while len(server.requests) < goal and worker.is_alive():
                time.sleep(0.002)
            time.sleep(rng.random() * 0.03)
            worker.kill()
            worker.join()
        run(config)
        assert_same(tables(config), expected)
        # A kill costs at most the calls in flight (3 of the API, 2 pictures); the truncated picture is
        # asked for three times each time.
        assert needed <= sum(server.good().values()) <= needed + count * 5 + 6
        before = len(server.requests)
        run(config)
        assert_same(tables(config), expected)
        assert len(server.requests) == before, "a finished crawl makes no call"
        assert not list(pictures_path(config).rglob("*.tmp.*"))


def test_killed_and_resumed_changes_nothing(reference, tmp_path, processes):
    kills(reference, tmp_path, processes, 6)


def test_killed_amid_faults_changes_nothing(reference, tmp_path, processes):
    kills(reference, tmp_path, processes, 3, rate=0.2)


@pytest.mark.slow
def test_killed_twenty_times_changes_nothing(reference, tmp_path, processes):
    kills(reference, tmp_path, processes, 20)


def test_tables_need_no_network(reference, tmp_path):
    expected, _, config = reference
    derive(config, 0, tmp_path)
    again = {name: (tmp_path / f"{name}.parquet").read_bytes() for name in expected}
    kept = {name: (tables_path(config) / f"{name}.parquet").read_bytes() for name in expected}
    assert again == kept


def test_a_lost_picture_is_fetched_again_and_nothing_else(server, tmp_path):
    config = make_config(server, tmp_path)
    run(config)
    first = next(iter(sorted(pictures_path(config).rglob("*.jpg"))))
    content = first.read_bytes()
    first.unlink()
    server.forget()
    run(config)
    assert len(server.requests) == 1 and first.read_bytes() == content


def test_more_queries_append(server, tmp_path):
    config = make_config(server, tmp_path, search={"queries": ["scary dog"]})
    run(config)
    few = tables(config)["photos"].to_pandas()
    server.forget()
    config = make_config(server, tmp_path, search={"queries": ["scary dog", "happy cat"]})
    run(config)
    more = tables(config)["photos"].to_pandas()
    assert len(more) > len(few)
    pd.testing.assert_frame_equal(more.iloc[: len(few)], few)
    known = set(few["user_id"])
    asked = [arguments for _, method, arguments, _ in server.calls() if method.endswith("people.getInfo")]
    assert asked and not any(user in arguments for user in known for arguments in asked)


def test_a_part_of_a_crawl_makes_tables(reference, tmp_path, caplog):
    expected, _, config = reference
    folder = tmp_path / "copy"
    folder.mkdir()
    with sqlite3.connect(store_path(config)) as whole, sqlite3.connect(folder / "replies.sqlite") as part:
        whole.backup(part)
        part.execute("DELETE FROM reply WHERE method = 'flickr.groups.getInfo'")
        part.execute("DELETE FROM reply WHERE method LIKE '%search' AND arguments LIKE '%scary dog%'")
    part.close()
    some = tables(config.model_copy(update={"folder": str(folder)}))
    assert 0 < some["photos"].num_rows < expected["photos"].num_rows
    users = some["users"].to_pandas()
    with_groups = users[users["groups"] > 0]
    assert with_groups["group_members"].isna().all() and (with_groups["missing"].str.len() > 0).all()
    assert "query 'scary dog': not crawled yet" in caplog.text


def test_no_crawl_no_tables(server, tmp_path):
    with pytest.raises(ViewcastError, match="crawl first"):
        derive(make_config(server, tmp_path), 0, tmp_path)


def test_a_sample_of_the_users(reference, server, tmp_path):
    config = make_config(server, tmp_path, users={"sample": 7})
    run(config)
    few = tables(config)
    photos, every = few["photos"].to_pandas(), reference[0]["photos"].to_pandas()
    assert few["users"].num_rows == 7 and photos["user_id"].nunique() == 7
    assert set(photos["photo_id"]) == set(every.loc[every["user_id"].isin(photos["user_id"]), "photo_id"])


def test_user_mix(server, tmp_path):
    mix = {"users": 3, "min_photos": 3, "max_photos": 4}
    config = make_config(server, tmp_path, kind="user-mix", user_mix=mix)
    run(config)
    found = tables(config)
    photos, users = found["photos"].to_pandas(), found["users"].to_pandas()
    assert len(users) == 3
    for row in users.itertuples():
        own = {p.id for p in server.world.photos_of(row.user_id) if p.media == "photo"}
        assert set(photos.loc[photos["user_id"] == row.user_id, "photo_id"]) == own
        assert row.mean_views_photos == len(own) and 3 <= row.photo_count <= 4
    # The lists of photos serve the means too, and only the chosen users were asked for cues.
    asked = Counter(method for _, method, _, _ in server.calls())
    assert asked["flickr.people.getPublicPhotos"] == asked["flickr.contacts.getPublicList"] == 3
    before = len(server.requests)
    run(config)
    assert len(server.requests) == before


def test_later_passes_log_the_views(server, tmp_path):
    config = make_config(server, tmp_path)
    run(config)
    first = tables(config)
    world = server.world
    world.age = 1000
    world.photos[0].deleted = world.photos[1].deleted = True
    world.photos[2].words = "other words now"
    again = config.model_copy(update={"pass_number": 2})
    server.forget()
    run(again, NOW + 5 * 86_400)
    asked = Counter(method for _, method, _, _ in server.requests)
    assert asked == {"flickr.photos.search": 2, "flickr.photos.getInfo": 3}
    second = tables(again)
    photos = second["photos"].to_pandas().set_index("photo_id")
    before = first["photos"].to_pandas().set_index("photo_id")
    gone = [world.photos[0].id, world.photos[1].id]
    stayed = before.index.difference(gone)
    assert (photos.loc[stayed, "views"] == before.loc[stayed, "views"] + 1000).all()
    assert (photos.loc[stayed, "crawled_at"] > before.loc[stayed, "crawled_at"]).all()
    pd.testing.assert_frame_equal(photos.loc[gone], before.loc[gone])
    # Flickr does not tell the faves of a photo that is asked for alone: those of the first pass stay.
    alone = world.photos[2].id
    assert photos.loc[alone, "faves"] == before.loc[alone, "faves"]
    listed = stayed.drop(alone)
    assert (photos.loc[listed, "faves"] == before.loc[listed, "faves"] + 100).all()
    log = second["views_log"].to_pandas()
    assert set(log.groupby("pass")["photo_id"].nunique()) == {len(before), len(stayed)}
    assert (tables_path(config) / "gone.txt").read_text().split() == sorted(gone)
    before_calls = len(server.requests)
    run(again)
    assert len(server.requests) == before_calls


def test_what_was_crawled_before_faves_were_asked_for_stays_valid(reference):
    """The counts are asked for, and are no part of a stored call's name."""
    _, good, config = reference
    asked = {arguments for method, arguments in good if method == "flickr.photos.search"}
    assert asked and all("count_faves" in arguments for arguments in asked)
    with ReplyStore(store_path(config)) as store:
        stored = {arguments for _, arguments, _, _ in store.replies("flickr.photos.search")}
    assert stored and not any("count_faves" in arguments for arguments in stored)


def test_a_query_that_flickr_refuses_does_not_stop_the_others(server, tmp_path):
    refuse = server.world._photos_search
    server.world._photos_search = lambda a, base: (
        {"stat": "fail", "code": 1, "message": "Too many tags in ALL query"}
        if a["text"] == "scary dog"
        else refuse(a, base)
    )
    config = make_config(server, tmp_path)
    summary = run(config)
    assert summary.photos > 0
    assert summary.incomplete == {"query 'scary dog'": "refused: code 1: Too many tags in ALL query"}


def test_a_dead_image_host_ends_the_run_and_the_next_goes_on(server, tmp_path):
    config = make_config(server, tmp_path, patience={"attempts": 2})
    server.faults = Faults(0.0)
    server.faults.choose = lambda kinds, request, times: "500" if request.startswith("picture") else None
    with pytest.raises(ViewcastError, match="image host does not answer"):
        run(config)
    assert tables(config)["photos"].to_pandas()["picture_status"].eq("pending").sum() > 20
    server.faults = Faults(0.0)
    calls = len(server.calls())
    run(config)
    assert len(server.calls()) == calls
    assert "pending" not in set(tables(config)["photos"].to_pandas()["picture_status"])


def test_photos_that_no_host_was_asked_for_do_not_make_a_dead_host_alive(server, tmp_path):
    for photo in server.world.photos:
        photo.picture = "elsewhere"
    # Each is followed, at the same second, by one that the dead host is asked for.
    server.world.photos += [replace(photo, id=f"{photo.id}1", picture="ok") for photo in server.world.photos]
    config = make_config(server, tmp_path, patience={"attempts": 1}, pictures={"concurrency": 1})
    server.faults.choose = lambda kinds, request, times: "500" if request.startswith("picture") else None
    with pytest.raises(ViewcastError, match="image host does not answer"):
        run(config)


def test_the_estimate_is_told_first(server, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    config = make_config(server, tmp_path)
    run(config)
    assert caplog.messages[0].startswith("search: 2 queries x at least 1 calls = 2 calls")
    users = run(config).users
    estimate = f"users: {users} users x 4 calls = {4 * users} calls"
    assert any(message.startswith(estimate) for message in caplog.messages)
    assert any(message.startswith(f"users: {users} of {users} done, 0 left") for message in caplog.messages)
    caplog.clear()
    polite = config.model_copy(update={"patience": config.patience.model_copy(update={"calls_per_hour": 3600})})
    announce_users(polite, 400_000)
    assert "400,000 users x 4 calls = 1,600,000 calls, 18.5 days with one key" in caplog.text
    assert "users.sample, users.cues" in caplog.text


def test_time_to_go_counts_only_what_took_calls(caplog):
    caplog.set_level(logging.INFO)
    now = [0.0]
    progress = Progress("users", 110, every_s=30, clock=lambda: now[0])
    for _ in range(50):
        progress.done(free=True)
    for _ in range(10):
        now[0] += 4
        progress.called()
        progress.done()
    assert "users: 58 of 110 done, 52 left, 8 calls, 0.25 a second, about 3 minutes to go" in caplog.text
    assert [duration(s) for s in (40, 300, 9000, 1.6e6)] == ["40 s", "5 minutes", "2.5 hours", "18.5 days"]


def test_the_store_says_what_is_wrong(tmp_path):
    (tmp_path / "s").write_text("no database " * 200)
    with pytest.raises(ViewcastError, match="move it away"):
        ReplyStore(tmp_path / "s")


def test_uploads_after_the_end_are_not_searched(server, tmp_path):
    config = make_config(server, tmp_path, search={"until": "2012-06-01"})
    run(config)
    photos = tables(config)["photos"].to_pandas()
    assert photos["uploaded_at"].max() < pd.Timestamp("2012-06-01", tz="UTC")
    assert photos["uploaded_at"].min() >= pd.Timestamp(BEGIN, unit="s", tz="UTC")
