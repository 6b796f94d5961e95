"""Who gets which picture of an event by each of its pages and resources, at each moment of its life.

Anna owns and organises it, Admin organises it too, Ben and Kim (a child) take part, Zoe does not. Anna's picture is
shown; one of Ben's is approved, one waits, one is rejected.
"""

import io
import zipfile
from dataclasses import dataclass

import pytest

from services import accounts, events
from services.accounts import OPERATOR
from services.models import Arrival, Collection, Event, Item, Storage, Upload, User
from tests.factories import Make
from tests.fixtures import Kept
from tests.web.api.test_uploads import TUS
from tests.web.conftest import PASSWORD, Web, move_in
from web.routes import API

SAME = {"Sec-Fetch-Site": "same-origin"}
INSIDE = ["anna", "admin", "ben", "kim"]
ORGANISE = {"anna", "admin"}
PICTURES = {
    "mine": "IMG_1.jpg", "approved": "B_2.jpg", "waits": "B_3.jpg", "rejected": "B_4.jpg", "elsewhere": "B_5.jpg",
}  # fmt: skip


@dataclass
class Party:
    """The event, and its pictures by what became of them."""

    web: Web
    event: Event
    items: dict[str, Item]

    def pids(self, *names: str) -> set[str]:
        return {self.items[name].pid for name in names}

    def seen_in(self, text: str) -> set[str]:
        return {name for name, item in self.items.items() if item.pid in text}


@pytest.fixture
def party(web: Web, make: Make, kept: Kept) -> Party:
    kept.fill("event of four", web.data, lambda: gather(web, make))
    move_in(web.folder)
    items = {name: Item.get(Item.name == file) for name, file in PICTURES.items()}
    return Party(web, Event.get(), items)


def gather(web: Web, make: Make) -> None:
    accounts.add_person(OPERATOR, web.context.passwords, "zoe", password=PASSWORD)
    anna, ben = accounts.viewer_for("anna"), accounts.viewer_for("ben")
    event = web.context.events.make(anna, {"name": "Wedding"})
    door = web.context.events.doors.show(anna, event.pid)
    assert door is not None
    for login in ("ben", "kim"):
        web.context.events.doors.join(accounts.viewer_for(login), door.token, ip="203.0.113.7")
    events.name_organiser(anna, event.pid, "admin")
    items = {}
    for n, name in enumerate(("approved", "waits", "rejected", "elsewhere"), start=2):
        items[name] = make.item(web.people["ben"], PICTURES[name], taken=n)
    events.contribute_items(anna, event.pid, [web.item.pid])
    events.contribute_items(ben, event.pid, [items[n].pid for n in ("approved", "waits", "rejected")])
    collection = Collection.get_by_id(event.collection_id).pid
    events.decide(anna, event.pid, [f"in.{collection}.{items['approved'].pid}"], "approve")
    events.decide(anna, event.pid, [f"in.{collection}.{items['rejected'].pid}"], "reject")


def expected(who: str, *, over: bool = False) -> set[str]:
    """The pictures that somebody at the event finds in it: once it is over, what is their own."""
    shown = {"mine", "approved"}
    if not over:
        return shown if who in INSIDE else set()
    return {"anna": {"mine"}, "ben": set[str]()}.get(who, set())


@pytest.mark.parametrize("over", [False, True], ids=["open", "over"])
@pytest.mark.parametrize("who", [*INSIDE, "zoe"])
def test_pictures(party: Party, who: str, over: bool) -> None:
    if over:
        party.web.context.events.close(accounts.viewer_for("anna"), party.event.pid)
    client, pid, wanted = party.web.client(who, **SAME), party.event.pid, expected(who, over=over)
    pictures, listed = client.get(f"/events/{pid}"), client.get(f"{API}/events/{pid}/items")
    one, cards = client.get(f"{API}/events/{pid}"), client.get(f"{API}/events").json()["items"]
    overview = client.get("/events")
    if who == "zoe":
        assert {pictures.status_code, listed.status_code, one.status_code} == {404}
        assert cards == []
        assert "Wedding" not in overview.text.replace("Wedding or party", "")
        return
    assert party.seen_in(pictures.text) == wanted
    assert {each["id"] for each in listed.json()["items"]} == party.pids(*wanted)
    assert listed.json()["total"] == one.json()["size"] == cards[0]["size"] == len(wanted)
    assert one.json()["cover"] in {*party.pids(*wanted), None}
    assert party.seen_in(overview.text) <= wanted
    for name, item in party.items.items():
        owner = {"anna"} if name == "mine" else {"ben"}
        decides = ORGANISE if not over and name in {"waits", "rejected"} else set()
        looks = name in wanted or who in owner | decides
        answer = client.get(f"/item/{item.pid}")
        assert answer.status_code == (200 if looks else 404), name


@pytest.mark.parametrize("who", [*INSIDE, "zoe"])
def test_the_board_and_who_is_there_are_for_organisers(party: Party, who: str) -> None:
    client, pid = party.web.client(who, **SAME), party.event.pid
    places = {"pending": {"waits"}, "approved": {"approved"}, "rejected": {"rejected"}}
    for state, wanted in places.items():
        page = client.get(f"/events/{pid}/board?state={state}")
        answer = client.get(f"{API}/events/{pid}/board?state={state}")
        if who in ORGANISE:
            assert party.seen_in(page.text) == wanted
            assert {each["item"]["id"] for each in answer.json()["items"]} == party.pids(*wanted)
            assert answer.json()["counts"] == {"pending": 1, "approved": 1, "rejected": 1}
        else:
            assert page.status_code == answer.status_code == 404
    for part in ("board", "people", "door", "poster", "settings", "close"):
        answer = client.get(f"/events/{pid}/{part}")
        assert answer.status_code == (200 if who in ORGANISE else 404), part
    for part in ("people", "door"):
        answer = client.get(f"{API}/events/{pid}/{part}")
        assert answer.status_code == (200 if who in ORGANISE else 404), part
    overview = client.get("/events").text
    assert ("waits" in overview or 'class="number"' in overview) == (who in ORGANISE)


CHANGES = [
    ("board", {"decision": "approve {waits}"}), ("board/undo", {"undo": "x"}), ("people", {"user": "zoe"}),
    ("people/remove", {"user": "ben"}),
    ("screens", {"screen": "x"}), ("screens/end", {"screen": "x"}), ("door", {}),
    ("settings", {"name": "Mine", "guests": "view"}),
    ("extend", {"days": "30"}), ("close", {}), ("archive", {"away": "yes"}), ("after", {"sure": "on"}),
]  # fmt: skip


@pytest.mark.parametrize(("part", "form"), CHANGES, ids=[part for part, _ in CHANGES])
def test_who_does_not_organise_it_changes_nothing(party: Party, part: str, form: dict[str, str]) -> None:
    collection = Collection.get_by_id(party.event.collection_id).pid
    waits = f"in.{collection}.{party.items['waits'].pid}"
    given = {name: value.replace("{waits}", waits) for name, value in form.items()}
    before = Event.get_by_id(party.event.id).__data__, list(Arrival.select().tuples())
    for who in ("ben", "kim", "zoe"):
        answer = party.web.client(who, **SAME).post(f"/events/{party.event.pid}/{part}", data=given)
        assert answer.status_code in ({404, 409} if part == "after" and who != "zoe" else {404})
    assert (Event.get_by_id(party.event.id).__data__, list(Arrival.select().tuples())) == before
    assert {card.event.pid for card in events.cards(accounts.viewer_for("ben"))} == {party.event.pid}


@pytest.mark.parametrize("guests", ["contribute", "view", "over"])
@pytest.mark.parametrize("who", [*INSIDE, "zoe"])
def test_files_are_sent_by_who_may_contribute(party: Party, who: str, guests: str) -> None:
    """By both ways, into a storage of their own alone. Where nothing is taken, nothing is kept either."""
    web, anna = party.web, accounts.viewer_for("anna")
    if guests == "over":
        web.context.events.close(anna, party.event.pid)
    else:
        web.context.events.change(anna, party.event.pid, {"guests": guests})
    user = User.get(User.login == who)
    own = Storage.get_or_none((Storage.owner == user.id) & Storage.removed_at.is_null())
    own = own or Make(web.data).storage(user, "Own")
    Storage.update(writable=True).where(Storage.id == own.id).execute()
    User.update(default_storage_id=own.id).where(User.id == user.id).execute()
    client, page = web.client(who, **SAME), f"/events/{party.event.pid}"
    may = who in ORGANISE or (guests == "contribute" and who in INSIDE)
    may = may and guests != "over"
    files = {"file": ("new.jpg", b"0123")}
    sent = [
        client.post(f"{API}/uploads?event={party.event.pid}", headers=TUS | {"Upload-Length": "4"}),
        client.post(f"{page}/files", files=files),
    ]
    shown = client.get(f"{page}/contribute")
    if may:
        assert [answer.status_code for answer in sent] == [201, 303]
        rows = list(Upload.select())
        assert {(u.user_id, u.storage_id, u.event_id) for u in rows} == {(user.id, own.id, party.event.id)}
        assert f"/api/v1/uploads?event={party.event.pid}" in shown.text
        listed = client.get(f"{API}/uploads?event={party.event.pid}").json()["items"]
        assert {each["id"] for each in listed} == {u.pid for u in rows}
        assert client.get(f"{API}/uploads?event=other").json()["items"] == []
        return
    assert [a.status_code for a in sent] == ([404, 404] if who == "zoe" else [409, 422])
    assert "/api/v1/uploads" not in shown.text
    assert not Upload.select().exists()


def test_what_is_contributed_is_ones_own(party: Party) -> None:
    """Neither a picture that one only sees, nor one that one does not, is shown before or after."""
    ben, pid = party.web.client("ben", **SAME), party.event.pid
    for name, status in (("mine", 422), ("elsewhere", 200)):
        form = {"event": pid, f"pick.{party.items[name].pid}": "on"}
        answer = ben.post("/events/contribute", data=form)
        assert answer.status_code == status
        assert party.seen_in(answer.text) - {"waits"} == ({name} if status == 200 else set())
    kim = party.web.client("kim", **SAME)
    form = {f"pick.{party.items['waits'].pid}": "on"}
    assert kim.post(f"/events/{pid}/contribute", data=form).status_code == 404
    assert kim.post(f"/events/{pid}/contribute", data={**form, "sure": "on"}).status_code == 404
    zoe = party.web.client("zoe", **SAME)
    assert zoe.post("/events/contribute", data={"event": pid, **form}).status_code == 404
    ids = [party.items["mine"].pid]
    assert ben.post(f"{API}/events/{pid}/contributions", json={"ids": ids}).status_code == 422
    assert kim.post(f"{API}/events/{pid}/contributions", json={"ids": ids}).status_code == 422


@pytest.mark.parametrize("who", [*INSIDE, "zoe"])
def test_the_zip_holds_what_they_may_download(party: Party, who: str) -> None:
    """Of the pictures here Anna's alone lies in a storage."""
    anna = accounts.viewer_for("anna")
    party.web.context.events.change(anna, party.event.pid, {"place": True})  # so that nothing is to be masked
    client = party.web.client(who, **SAME)
    answers = [
        client.post("/downloads", data={"event": party.event.pid}),
        client.post(f"{API}/downloads", json={"event": party.event.pid}),
    ]
    for answer in answers:
        if who == "zoe":
            assert answer.status_code == 404
            continue
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.namelist() == ["Wedding/IMG_1.jpg"]
    party.web.context.events.change(anna, party.event.pid, {"download": False})
    if who in {"admin", "kim"}:
        assert client.post(f"{API}/downloads", json={"event": party.event.pid}).status_code == 404


def test_who_leaves_or_is_taken_out_has_nothing_any_more(party: Party) -> None:
    anna, ben = party.web.client("anna", **SAME), party.web.client("ben", **SAME)
    pid = party.event.pid
    assert ben.post(f"/events/{pid}/leave").status_code == 303
    assert ben.get(f"/events/{pid}").status_code == 404
    assert party.seen_in(anna.get(f"/events/{pid}").text) == {"mine"}
    kim = party.web.client("kim", **SAME)
    assert kim.get(f"/item/{web_item(party)}").status_code == 200
    assert anna.post(f"/events/{pid}/people/remove", data={"user": "kim"}).status_code == 303
    assert kim.get(f"/events/{pid}").status_code == 404
    assert kim.get(f"/item/{web_item(party)}").status_code == 404
    assert anna.post(f"/events/{pid}/leave").status_code == 409


def web_item(party: Party) -> str:
    return party.items["mine"].pid


def test_a_child_makes_none_and_organises_none(party: Party) -> None:
    kim = party.web.client("kim", **SAME)
    form = {"name": "Party", "guests": "view", "lasts": "days", "days": "3"}
    assert kim.post("/events/new", data=form).status_code == 403
    assert kim.post(f"{API}/events", json={"name": "Party"}).status_code == 403
    assert "/events/new" not in kim.get("/events").text
    anna = party.web.client("anna", **SAME)
    assert anna.post(f"/events/{party.event.pid}/people", data={"user": "kim"}).status_code == 422


def test_a_drop_box_shows_nothing_of_others(party: Party) -> None:
    party.web.context.events.change(accounts.viewer_for("anna"), party.event.pid, {"guests": "drop"})
    for who in ("ben", "kim"):
        client = party.web.client(who, **SAME)
        assert party.seen_in(client.get(f"/events/{party.event.pid}").text) == set()
        assert client.get(f"{API}/events/{party.event.pid}/items").json()["items"] == []
        assert client.get(f"/item/{web_item(party)}").status_code == 404
