"""/cameras: whose videos state local time."""

import dataclasses
from typing import Any

import pytest

from services.media.dates import HEADER_SOURCE
from services.media.types import Metadata, Taken
from services.models import Asset, Item, User
from tests.web.api.conftest import Api
from tests.web.conftest import Web

TAKEN = Taken(local="2026-07-01T02:00:00", offset=120, utc="2026-07-01T00:00:00Z", source=HEADER_SOURCE)


@pytest.fixture
def video(web: Web) -> Item:
    """Anna's item as a video of a camera, whose time is its header's; she is two hours ahead of that."""
    User.update(zone="Europe/Berlin").where(User.login == "anna").execute()
    meta = dataclasses.asdict(Metadata("video", "video/mp4", taken=TAKEN, make="Canon", model="EOS 7D"))
    Asset.update(meta=meta | {"thumbhash": None, "colour": None}).execute()
    Item.update(type="video", make="Canon", model="EOS 7D", taken_source=HEADER_SOURCE).execute()
    return Item.get()


CANON = {"make": "Canon", "model": "EOS 7D"}


def test_said_and_taken_back(web: Web, api: Api, video: Item) -> None:
    assert api("GET", "/cameras").json()["items"] == [CANON | {"videos": 1, "video_time": "utc"}]
    answer = api("PATCH", "/cameras", CANON | {"video_time": "local"})
    assert answer.json() == CANON | {"video_time": "local", "videos": 1}
    item = api("GET", f"/items/{video.pid}").json()
    assert (item["taken"], item["taken_source"]) == ("2026-07-01T00:00:00", "container creation_time (local)")
    assert api("GET", "/cameras").json()["items"][0]["video_time"] == "local"
    api("PATCH", "/cameras", CANON | {"video_time": "utc"})
    assert api("GET", f"/items/{video.pid}").json()["taken"] == "2026-07-01T02:00:00"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "make"),
        (CANON, "video_time"),
        (CANON | {"video_time": "gmt"}, "video_time"),
        (CANON | {"video_time": "utc", "zone": "x"}, "zone"),
        (CANON | {"video_time": "utc", "make": 5}, "make"),
        ({"make": "Sony", "model": "A7", "video_time": "local"}, "model"),
    ],
)
def test_what_cannot_be_said(web: Web, api: Api, video: Item, body: dict[str, Any], field: str) -> None:
    answer = api("PATCH", "/cameras", body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_of_somebody_elses_cameras_nothing_is_known(web: Web, api: Api, video: Item) -> None:
    assert api("GET", "/cameras", who="ben").json()["items"] == []
    assert api("PATCH", "/cameras", CANON | {"video_time": "local"}, who="ben").status_code == 422
    assert Item.get().taken_source == HEADER_SOURCE
