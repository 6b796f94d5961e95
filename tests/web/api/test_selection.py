"""One act on many items by the API, and its undoing."""

from typing import Any

import pytest

from services.models import Item, Overlay
from tests.factories import Make
from tests.web.api.test_collections import Api
from tests.web.conftest import Web


@pytest.fixture
def anna(web: Web) -> Api:
    return Api(web.client("anna"))


def test_labels_stars_and_hearts_of_many(web: Web, make: Make, anna: Api) -> None:
    second = make.item(web.people["anna"], taken=5)
    anna("PATCH", f"/items/{second.pid}", labels=["sea"])
    ids = [web.item.pid, second.pid]
    done = anna("POST", "/selection", ids=ids, action="label", labels=["family", "sea"])
    assert done["number"] == 2
    assert anna("GET", f"/items/{web.item.pid}")["labels"] == ["family", "sea"]
    anna("POST", f"/undo/{done['undo']}")
    assert [anna("GET", f"/items/{i}")["labels"] for i in ids] == [[], ["sea"]]
    assert anna("POST", "/selection", q="label:sea", action="unlabel", labels=["Sea"])["number"] == 1
    body: dict[str, Any] = {"q": "", "except": [second.pid], "action": "rate", "rating": 5}
    rated = anna("POST", "/selection", **body)
    assert rated["number"] == 1
    assert Item.get_by_id(web.item.id).rating == 5
    assert anna("POST", "/selection", ids=ids, action="favourite", favourite=True)["number"] == 2
    assert anna("POST", "/selection", ids=ids, action="favourite", favourite=True) == {
        "number": 0, "left": 0, "undo": None,
    }  # fmt: skip


def test_what_is_shared_gets_the_viewers_own_marks(web: Web, make: Make) -> None:
    make.grant(make.share(make.collection(web.people["anna"], items=[web.item])), user=web.people["ben"])
    ben = Api(web.client("ben"))
    done = ben("POST", "/selection", ids=[web.item.pid], action="hide", hidden=True)
    ben("POST", "/selection", ids=[web.item.pid], action="favourite", favourite=True)
    found = Overlay.get()
    assert (found.user_id, found.hidden, found.favourite) == (web.people["ben"].id, True, True)
    assert Item.get().favourite is False
    ben("POST", f"/undo/{done['undo']}")
    assert Overlay.get().hidden is False
    assert ben("POST", "/selection", ids=[web.item.pid], action="trash")["left"] == 1


def test_into_a_collection_and_back(web: Web, anna: Api) -> None:
    made = anna("POST", "/collections", 201, name="Lake")
    done = anna("POST", "/selection", ids=[web.item.pid], action="add", collection=made["id"])
    assert anna("GET", f"/collections/{made['id']}")["size"] == 1
    anna("POST", f"/undo/{done['undo']}")
    assert anna("GET", f"/collections/{made['id']}")["size"] == 0


def test_the_trash_and_back(web: Web, anna: Api) -> None:
    anna("POST", "/selection", 403, ids=[web.item.pid], action="trash")  # for reading only
    anna("PATCH", f"/storages/{web.storage.pid}", writable=True)
    done = anna("POST", "/selection", ids=[web.item.pid], action="trash")
    assert not (web.folder / "IMG_1.jpg").exists()
    anna("POST", f"/undo/{done['undo']}")
    assert (web.folder / "IMG_1.jpg").exists()


@pytest.mark.parametrize(
    "body",
    [
        {"action": "label", "labels": ["x"]},
        {"ids": ["x"], "q": "", "action": "label", "labels": ["x"]},
        {"ids": "x", "action": "label"},
        {"q": 5, "action": "label"},
        {"q": "", "action": "burn"},
        {"q": "", "action": "label", "labels": []},
        {"q": "", "action": "rate"},
        {"q": "", "action": "rate", "rating": 9},
    ],
)
def test_bad_input(anna: Api, body: dict[str, Any]) -> None:
    anna("POST", "/selection", 422, **body)


def test_nobody_undoes_what_others_did(web: Web, anna: Api) -> None:
    done = anna("POST", "/selection", ids=[web.item.pid], action="rate", rating=5)
    ben = Api(web.client("ben"))
    ben("POST", f"/undo/{done['undo']}", 404)
    ben("POST", "/selection", 404, ids=[web.item.pid], action="rate", rating=1)
    assert Item.get().rating == 5
