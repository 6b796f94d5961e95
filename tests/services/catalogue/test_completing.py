"""Completion: what may be meant, in the order of its likeliness, and nothing that the viewer may not know of."""

from collections.abc import Callable
from typing import Any

import pytest

from services import catalogue, collections, sharing
from services.catalogue import completing
from services.catalogue.timeline import recount
from services.collections import Draft, selecting
from services.models import Grant, Item, User, database, transaction
from services.sharing import Terms
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


@pytest.fixture
def anna(make: Make) -> Viewer:
    """Whose pictures have cameras, labels and days."""
    owner = make.user("anna")
    viewer = make.viewer(owner)
    pictures: list[tuple[str, list[str], dict[str, Any]]] = [
        ("a.jpg", ["family", "Fähre"], {"make": "Canon", "model": "Canon EOS R6", "day": 20240229}),
        (
            "b.jpg",
            ["my family", "none"],
            {"make": "Apple", "model": None, "day": 20240704, "lens": "back camera"},
        ),
        ("c.mp4", [], {"make": None, "model": None, "day": 20260704, "type": "video"}),
    ]
    for name, labels, more in pictures:
        item = make.item(owner, name, taken=more["day"], **more)
        catalogue.edit(viewer, item.pid, {"labels": labels})
    with transaction():
        recount([(owner.id, day) for day in (20240229, 20240704, 20260704)])
    make.storage(owner, "NAS")
    make.collection(owner, "Holidays by the sea")
    make.user("ben")
    return viewer


def texts(viewer: Viewer, q: str, at: int | None = None) -> list[str]:
    return [offer.text for offer in catalogue.complete(viewer, q, len(q) if at is None else at).offers]


@pytest.mark.parametrize(
    ("q", "offered"),
    [
        ("label:", ["Fähre", "family", '"my family"', '"none"']), ("label:FA", ["Fähre", "family", '"my family"']),
        ("tag:my", ['"my family"']), ('label:"my f', ['"my family"']), ("-label:fam", ["family", '"my family"']),
        ("owner:", ["me", "anna", "ben"]), ("storage:n", ["NAS"]), ("album:sea", ['"Holidays by the sea"']),
        ("camera:", ["Apple", '"Canon EOS R6"']), ("camera:r6", ['"Canon EOS R6"']), ("make:c", ["Canon"]),
        ("lens:", ['"back camera"']), ("year:", ["2026", "2024"]), ("year:2024", []),
        ("taken:20", ["2026", "2024"]), ("taken:2024", ["2024-07", "2024-02"]),
        ("taken:2024..2026", ["2026-07"]), ("after:2024-07", ["2024-07-04"]), ("taken:t", ["today"]),
        ("added:y", ["yesterday"]), ("newer_than:", []), ("type:fo", ["photo"]), ("is:fav", ["favourite"]),
        ("is:unw", ["unwanted"]), ("is:pin", []), ("has:au", ["audio"]), ("has:pe", []),
        ("has:ca", ["caption", "camera"]), ("sort:-ta", ["-taken"]), ("per:d", ["day"]),
        ("color:b", []), ("rating:", []), ("person:a", []), ("source:s", ["scan"]), ("source:i", []),
        ('"fam', []), ("", []),
    ],
)  # fmt: skip
def test_what_is_offered(anna: Viewer, q: str, offered: list[str]) -> None:
    assert texts(anna, q) == offered


@pytest.mark.parametrize(
    ("q", "offered"),
    [
        ("labe", ["label:", "has:label"]), ("alb", ["collection:"]), ("ont", ["onthisday"]), ("onthisday", []),
        ("fam", ["label:family", 'label:"my family"']),
        ("be", ["before:", "owner:ben"]), ("vid", ["type:video"]), ("eos", ['camera:"Canon EOS R6"']), ("colo", []),
        ("x fav", ["is:favourite"]), ("sto", ["storage:"]), ("type:photo", []), ("zzz", []),
    ],
)  # fmt: skip
def test_a_word_may_be_a_field_or_any_value(anna: Viewer, q: str, offered: list[str]) -> None:
    assert texts(anna, q) == offered


def test_at_the_caret_and_not_at_the_end(anna: Viewer) -> None:
    found = catalogue.complete(anna, "a label:fam type:photo", 11)
    assert (found.position, found.length, found.offers[0].text) == (8, 3, "family")
    assert catalogue.complete(anna, "label:fam", 3).offers[0].help


def test_no_more_than_can_be_looked_through(make: Make, anna: Viewer) -> None:
    for n in range(30):
        make.collection(User.get_by_id(anna.user_id), f"Row {n}")
    assert len(texts(anna, "collection:row")) == completing.MOST


def test_what_is_offered_is_understood(anna: Viewer) -> None:
    asked = (
        "label",
        "owner",
        "camera",
        "year",
        "taken",
        "is",
        "has",
        "type",
        "sort",
        "collection",
        "lens",
        "flash",
    )
    for q in (f"{name}:" for name in asked):
        for text in texts(anna, q):
            catalogue.read(anna, q + text)
    for text in texts(anna, "be") + texts(anna, "fam") + texts(anna, "eos"):
        catalogue.read(anna, text + ("2026" if text.endswith(":") else ""))


def test_what_was_revoked_is_offered_no_more(make: Make, anna: Viewer) -> None:
    ben = make.viewer(User.get(User.login == "ben"))
    asked = ("label:", "camera:", "lens:", "make:", "year:", "taken:2024", "fam", "eos")
    assert [texts(ben, q) for q in asked] == [[]] * len(asked)
    made = collections.create(anna, Draft("For Ben"))
    collections.add(anna, made.pid, [item.pid for item in Item.select()])
    sharing.offer(anna, made.pid, {"user": "ben"}, Terms())
    assert [texts(ben, q) for q in asked] == [texts(anna, q) for q in asked]
    assert texts(ben, "storage:") == texts(ben, "collection:") == []
    sharing.revoke(anna, {"grant": Grant.get().pid})
    assert [texts(ben, q) for q in asked] == [[]] * len(asked)


def test_what_is_hidden_has_no_camera(make: Make, anna: Viewer) -> None:
    item = Item.get(Item.name == "a.jpg")
    selecting.act(anna, [item.pid], "hide", {"hidden": True})
    assert texts(anna, "camera:") == ["Apple"]


def test_where_all_would_take_too_long_the_newest_tell(
    make: Make, anna: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def late(ask: Callable[[], object]) -> object:
        asked.append(None if not asked else ask())
        return asked[-1]

    monkeypatch.setattr(completing, "_in_time", late)
    monkeypatch.setattr(completing, "NEWEST", 2)
    assert texts(anna, "camera:") == ["Apple"]
    assert (len(asked), asked[0]) == (2, None)


def test_what_takes_too_long_is_not_waited_for(anna: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    many = "SELECT COUNT(*) FROM generate_series(1, 900000000)"
    if database.is_sqlite():
        many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
    monkeypatch.setattr(completing, "IN_TIME_S", 0.05)
    assert completing._in_time(lambda: database.rows(many)) is None
