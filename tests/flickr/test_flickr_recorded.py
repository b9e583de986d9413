"""Recorded replies of the real Flickr, where they are at hand, read as the crawl reads them."""

from __future__ import annotations

import json

from viewcast.flickr import fields
from viewcast.flickr.pictures import choose_address


def test_recorded_replies(shared):
    folder = shared / "data" / "flickr_api_replies" / "recorded"

    def load(name: str):
        return json.loads((folder / name).read_text(encoding="utf-8"), strict=False)

    for name, total in (("photos.search__janko_03", 97), ("people.getPublicPhotos__janko_01", 98)):
        reply = load(f"flickr.{name}.json")
        photos = list(fields.entries(reply, "photos", "photo"))
        assert len(photos) == fields.whole(reply["photos"]["total"]) == total
        for photo in photos:
            assert fields.photo_id(photo).isdigit() and fields.owner(photo) == "67131352@N04"
            assert fields.views(photo) >= 0 and fields.uploaded_at(photo) > 1_334_000_000
            url, size = choose_address(photo, 500, "https://host")
            # The 500-pixel size, or the original of a picture that is smaller.
            assert "staticflickr.com" in url and max(size) in (500, 352)
    person = load("flickr.people.getInfo__janko_01.json")["person"]
    assert fields.whole(fields.part(person, "photos", "count")) == 98
    assert fields.whole(fields.part(person, "photos", "firstdate")) == 1_334_832_295
    assert fields.truth(person["ispro"]) is False
    photo = load("flickr.photos.getInfo__janko_01.json")["photo"]
    assert (fields.views(photo), fields.uploaded_at(photo)) == (5, 1_334_832_745)
    assert fields.owner(photo) == "67131352@N04"
