"""From a photo to its score, reasons and edits, as JSON; and what is not taken."""

import io
import json
import struct
import threading
import time
import zlib

import numpy as np
import pytest
from conftest import picture
from PIL import Image
from stand_in_model import StandIn, card

from viewcast.predict.cues import Cues
from viewcast.web.limits import Limits
from viewcast.web.store import Photo, Store


def test_a_score_is_the_models_own(ask):
    asking = ask()
    answer = asking.post(picture(200), "/api/score", name="sea.jpg", contacts=120, tags="sea,sunset")
    assert answer.status_code == 200 and answer.json()["name"] == "sea.jpg"
    expected = asking.model.score(
        np.asarray(Image.open(io.BytesIO(picture(200)))), Cues(contacts=120, tags=("sea", "sunset"))
    )
    assert answer.json()["score"] == json.loads(json.dumps(expected.to_dict()))


def test_reasons_and_edits_follow(ask):
    asking = ask()
    answer = asking.post(tags="sea")
    assert answer.status_code == 201
    photo = answer.json()
    assert photo["score"]["views"] > 0 and (photo["width"], photo["height"]) == (120, 90)
    photo = asking.until(photo["id"], "explanation", "done")
    reasons = photo["explanation"]["reasons"]
    whole = photo["explanation"]["average"] + sum(one["amount"] for one in reasons)
    assert whole == pytest.approx(photo["score"]["popularity"])
    photo = asking.until(photo["id"], "advice", "done")
    steps = photo["advice"]["steps"]
    assert photo["advice"]["tried"] == 8 and [step["picture"] for step in steps] == ["edit-0", "edit-1", None]
    assert set(photo["pictures"]) == {"photo", "heatmap", "edit-0", "edit-1"}
    for address in photo["pictures"].values():
        shown = asking.client.get(address)
        assert shown.headers["content-type"] == "image/jpeg"
        assert Image.open(io.BytesIO(shown.content)).size == (120, 90)


def test_an_edited_picture_is_taken_away_at_its_full_size(ask):
    from viewcast.predict.edits import render

    asking = ask()
    data = picture(90, (2400, 1500), quality=95)
    photo = asking.post(data, name="été/Meer \u202e.jpg").json()
    photo = asking.until(photo["id"], "advice", "done")
    assert Image.open(io.BytesIO(asking.client.get(photo["pictures"]["edit-1"]).content)).size == (1000, 625)
    answer = asking.client.get(photo["pictures"]["edit-1"], params={"full": True})
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Meer%20%EF%BF%BD-edited.jpg"
    taken = np.asarray(Image.open(io.BytesIO(answer.content))).astype(int)
    edits = [step.edit for step in asking.model.coach(np.asarray(Image.open(io.BytesIO(data)))).steps]
    expected = render(np.asarray(Image.open(io.BytesIO(data))), edits)
    assert taken.shape == (1500, 2400, 3) and np.abs(taken - expected).mean() < 1
    assert asking.client.get(photo["pictures"]["photo"], params={"full": True}).status_code == 404


def test_tried_edits_are_told_as_they_come(ask):
    model = StandIn()
    model.seconds = 0.05
    asking = ask(model)
    id = asking.post().json()["id"]
    seen = []
    while (advice := asking.client.get(f"/api/photos/{id}").json()["advice"])["state"] != "done":
        seen.append(advice.get("number", 0))
        time.sleep(0.02)
    assert len(set(seen)) > 3 and seen == sorted(seen) and max(seen) <= 8


def test_a_comparison_has_every_pair(ask):
    asking = ask()
    ids = [asking.post(picture(level)).json()["id"] for level in (40, 220, 130)]
    answer = asking.client.post("/api/compare", json={"photos": ids}).json()
    assert answer["order"] == [ids[1], ids[2], ids[0]]
    for first in ids:
        for second in set(ids) - {first}:
            assert answer["chances"][first][second] + answer["chances"][second][first] == pytest.approx(1)
    assert answer["chances"][ids[1]][ids[0]] > 0.5
    different = [asking.post(picture(1)).json()["id"], asking.post(picture(1), contacts=3).json()["id"]]
    assert asking.client.post("/api/compare", json={"photos": different}).status_code == 422
    for photos in ([], ids[:1], ids * 5, "abc", [1, 2]):
        assert asking.client.post("/api/compare", json={"photos": photos}).status_code == 422
    assert asking.client.post("/api/compare", json={"photos": ["x", "y"]}).status_code == 404


def test_a_photo_is_forgotten_when_asked(ask):
    asking = ask()
    id = asking.post().json()["id"]
    assert asking.client.delete(f"/api/photos/{id}").status_code == 204
    for answer in (asking.client.get(f"/api/photos/{id}"), asking.client.delete(f"/api/photos/{id}"),
                   asking.client.get(f"/api/photos/{id}/photo.jpg")):  # fmt: skip
        assert answer.status_code == 404 and answer.json()["code"] == "forgotten"
    assert asking.client.get("/api/photos", params={"id": id}).json() == {"photos": []}


def test_a_forgotten_photo_is_not_worked_on(ask):
    model = StandIn()
    asking = ask(model)
    model.coach_gate.clear()
    first, second = asking.post().json()["id"], asking.post().json()["id"]
    asking.until(first, "advice", "working")
    asking.until(second, "explanation", "done")
    scored = model.scored
    for id in (first, second):
        asking.client.delete(f"/api/photos/{id}")
    model.coach_gate.set()
    third = asking.post().json()["id"]
    asking.until(third, "advice", "done")
    # The third's score, reasons and advice: nothing more of the first two.
    assert model.scored == scored + 3


def test_the_store_keeps_few_and_not_for_long():
    now = [0.0]
    store = Store(Limits(photos=3, kept_bytes=1000, minutes=1), lambda: now[0])

    def add(size: int = 10) -> Photo:
        photo = Photo("a", b"x" * size, Cues(), 1, 1, {}, {})
        store.add(photo)
        return photo

    photos = [add() for _ in range(3)]
    assert store.get(photos[0].id) is photos[0]
    added = add()
    assert len(store) == 3 and store.get(photos[1].id) is None and photos[1].forgotten and not photos[0].forgotten
    large = add(995)
    assert len(store) == 1 and store.get(added.id) is None and store.get(large.id) is large
    now[0] = 59
    assert store.get(large.id) is large
    now[0] = 120
    store.tidy()
    assert len(store) == 0 and large.forgotten and not large.pictures
    assert len({add().id for _ in range(50)}) == 50


def png_of(width: int, height: int) -> bytes:
    """A PNG file whose header names this size, with next to no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100))


BROKEN = {
    "empty": (b"", 422, "empty"),
    "text": (b"hello", 415, "unsupported"),
    "page": (b"<!DOCTYPE html><html></html>", 415, "unsupported"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 415, "unsupported"),
    "cut": (picture(90, (800, 600))[:3000], 422, "truncated"),
    "huge": (png_of(20000, 20000), 413, "too_large"),
    "bomb": (png_of(2**31 - 1, 2**31 - 1), 413, "too_large"),
    "dot": (picture(90, (1, 1), "PNG"), 422, "too_small"),
}


@pytest.mark.parametrize("path", ["/api/photos", "/api/score"])
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_picture_is_told(ask, path, name):
    data, status, code = BROKEN[name]
    asking = ask()
    before = asking.model.scored
    answer = asking.client.post(path, files={"photo": ("sea.jpg", data)})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("sea.jpg cannot be scored") and "Traceback" not in answer.text
    assert asking.model.scored == before


@pytest.mark.parametrize(("cues", "part"), [
    ("{", "no JSON object"), ("[]", "no JSON object"), ("1", "no JSON object"), ('"a"', "no JSON object"),
    ("[" * 100_000, "no JSON object"), ('{"contacts": ' + "9" * 5000 + "}", "no JSON object"),
    ('{"title": "\\ud800"}', "no JSON object"), ('{"contacts": -1}', "contacts"), ('{"contacts": "many"}', "contacts"),
    ('{"contacts": NaN}', "contacts"), ('{"contacts": 1e999}', "contacts"), ('{"nothing": 1}', "nothing"),
    ('{"member_since": "soon"}', "member_since"), ('{"is_pro": 7}', "is_pro"), ('{"extra": {"faves": "x"}}', "extra"),
    ('{"tags": {"a": 1}}', "tags"),
])  # fmt: skip
def test_cues_that_cannot_be_used_are_told(ask, cues, part):
    answer = ask().client.post("/api/score", files={"photo": ("a.jpg", picture())}, data={"cues": cues})
    assert answer.status_code == 422 and answer.json()["code"] == "cues" and part in answer.json()["detail"]
    assert len(answer.json()["detail"]) <= 1000


FORM = {"Content-Type": "multipart/form-data; boundary=a"}


def test_forms_that_are_none(ask):
    client = ask(file_bytes=100_000, cue_bytes=2000).client
    file = ("a.jpg", picture())
    for answer, status in [
        (client.post("/api/score"), 415),
        (client.post("/api/score", json={"photo": "x"}), 415),
        (client.post("/api/score", data={"photo": "x"}), 415),
        (client.post("/api/score", files={"photo": (None, "x")}), 400),
        (client.post("/api/score", files={"cues": file}), 400),
        (client.post("/api/score", files={"picture": file}), 400),
        (client.post("/api/score", files=[("photo", file), ("photo", file)]), 413),
        (client.post("/api/score", files={"photo": file, "cues": file}), 413),
        (client.post("/api/score", files={"photo": file}, data={"more": "x"}), 400),
        (client.post("/api/score", files={"photo": file}, data={"cues": "{}", "more": "x"}), 400),
        (client.post("/api/score", files={"photo": file}, data={"cues": " " * 3000}), 413),
        (client.post("/api/score", files={"photo": ("a.jpg", b"x" * 100_001)}), 413),
        (client.post("/api/score", files={"photo": ("a.jpg", b"x" * 500_000)}), 413),
        (client.post("/api/score", content=b"x", headers={"Content-Type": "multipart/form-data"}), 400),
        (client.post("/api/score", content=b"x", headers=FORM), 400),
        (client.post("/api/score", content=iter([b"x"]), headers=FORM), 411),
        (client.get("/api/score"), 405),
        (client.get("/api/nothing"), 404),
        (client.get("/api/photos"), 422),
    ]:  # fmt: skip
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json" and answer.json()["detail"]


def test_a_body_may_not_be_longer_than_it_says(ask):
    """TestClient sends what it is told: a lying client is stopped where the limit is."""
    client = ask(file_bytes=100_000, cue_bytes=1000).client
    body = b"--a\r\nContent-Disposition: form-data; name=photo; filename=a\r\n\r\n" + b"x" * 300_000 + b"\r\n--a--\r\n"
    headers = FORM | {"Content-Length": "1000"}
    assert client.post("/api/score", content=iter([body]), headers=headers).status_code == 413


def test_nothing_is_written_to_the_disk(ask, tmp_path, monkeypatch):
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    noise = np.random.default_rng(0).integers(0, 256, (1500, 1500, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    assert len(file.getvalue()) > 4e6
    assert ask().post(file.getvalue()).status_code == 201


def many_at_once(asking, count: int, data: bytes, told: int) -> list:
    """Send photos at once while none can be scored, until so many are answered; then let all be scored."""
    answers: list = []

    def send() -> None:
        answers.append(asking.post(data, "/api/score"))

    asking.model.gate.clear()
    threads = [threading.Thread(target=send, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for _ in range(1000):
        if len(answers) == told:
            break
        time.sleep(0.02)
    assert [answer.status_code for answer in answers] == [503] * told
    assert asking.client.get("/api/model").status_code == 200, "the page is there meanwhile"
    asking.model.gate.set()
    for thread in threads:
        thread.join(60)
    assert sorted(answer.status_code for answer in answers) == [200] * (count - told) + [503] * told
    return answers


def test_too_much_at_once_is_turned_away_for_a_moment(ask):
    asking = ask(waiting=3)
    # Two are worked on, three wait, and seven are turned away at once.
    busy = many_at_once(asking, 12, picture(), 7)[0]
    assert int(busy.headers["Retry-After"]) >= 1
    assert busy.json()["code"] == "busy" and "Try again in" in busy.json()["detail"]
    assert asking.post().status_code == 201


def test_bytes_that_arrive_at_once_are_limited(ask):
    asking = ask(arriving_bytes=250_000)
    large = picture() + b"\0" * 150_000
    many_at_once(asking, 3, large, 2)
    assert asking.post(large, "/api/score").status_code == 200


def test_a_score_does_not_wait_for_another_ones_edits(ask):
    model = StandIn()
    asking = ask(model)
    model.coach_gate.clear()
    ids = [asking.post().json()["id"] for _ in range(4)]
    asking.until(ids[0], "advice", "working")
    for id in ids:
        asking.until(id, "explanation", "done")
    assert asking.post().status_code == 201
    assert asking.client.get(f"/api/photos/{ids[3]}").json()["advice"]["state"] == "waiting"
    model.coach_gate.set()
    asking.until(ids[3], "advice", "done")


def test_a_fault_of_the_program_is_told_without_its_entrails(ask, caplog):
    model = StandIn()
    asking = ask(model)
    model.failing = {"score", "compare"}
    answer = asking.post()
    assert answer.status_code == 500 and answer.json()["detail"].startswith("Something went wrong in Viewcast itself")
    assert "fault of score" not in answer.text and "Traceback" not in answer.text and "fault of score" in caplog.text
    model.failing = {"explain", "coach"}
    id = asking.post().json()["id"]
    for part in ("explanation", "advice"):
        photo = asking.until(id, part, "failed")
        assert "terminal" in photo[part]["detail"] and "fault" not in photo[part]["detail"]
    model.failing = set()
    assert asking.until(asking.post().json()["id"], "advice", "done")


def test_the_interface_describes_itself(ask):
    asking = ask(StandIn(card(synthetic=True)))
    schema = asking.client.get("/api/openapi.json").json()
    assert {"/api/model", "/api/score", "/api/photos", "/api/photos/{id}", "/api/photos/{id}/{name}.jpg",
            "/api/compare"} == set(schema["paths"])  # fmt: skip
    listing = asking.client.get("/api").text
    for path, methods in schema["paths"].items():
        for method, one in methods.items():
            assert f"{method.upper()} {path}" in listing and one["summary"].replace("'", "&#39;") in listing
    told = asking.client.get("/api/model").json()
    assert told["synthetic"] and {"mean_views", "member_since", "title"} <= {cue["name"] for cue in told["cues"]}


def test_the_form_has_the_models_cues(ask):
    text = ask(StandIn(card(cues=("contacts", "tags", "faves <b>per</b> day")))).client.get("/").text
    assert 'name="contacts"' in text and 'name="tags"' in text and 'name="groups"' not in text
    assert "<b>per</b>" not in text and 'name="extra.faves &lt;b&gt;per&lt;/b&gt; day"' in text
    assert "SYNTHETIC" not in text and "no judgement of the photo" in text and "memory of this computer" in text
    assert "SYNTHETIC" in ask(StandIn(card(synthetic=True))).client.get("/").text
    assert "<fieldset" not in ask(StandIn(card(cues=()))).client.get("/").text
