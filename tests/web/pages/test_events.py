"""The pages of events: made for one of three things, filled, decided on, closed, and what is left then."""

import html
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from services import accounts, collections, events
from services.clock import DAY, HOUR, now
from services.collections import Draft
from services.models import Collection, Event, Grant, Guest, Item, Job, Storage, Upload, User
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


@pytest.fixture
def anna(browser: Browser) -> TestClient:
    return browser("anna")


@pytest.fixture
def event(web: Web) -> Event:
    return web.context.events.make(accounts.viewer_for("anna"), {"name": "Wedding <b>&"})


ENDS = {"lasts", "days", "until_day", "until_time"}


def join(web: Web, event: Event, login: str) -> None:
    door = web.context.events.doors.show(accounts.viewer_for("anna"), event.pid)
    assert door is not None
    web.context.events.doors.join(accounts.viewer_for(login), door.token, ip="203.0.113.7")


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the event's form as it stands."""
    fields = re.findall(r'<input [^>]*name="(\w+)" type="(?:text|date|time|number)" value="([^"]*)"', page)
    given = {name: html.unescape(value) for name, value in fields}
    given |= dict(re.findall(r'<input type="(?:radio)" name="(\w+)" value="(\w+)" checked', page))
    given |= dict.fromkeys(re.findall(r'<input type="checkbox" name="(\w+)" checked', page), "on")
    given["days"] = re.findall(r'name="days"[^>]*value="(\d+)"', page)[0]
    storage = re.findall(r'<option value="([^"]+)" selected', page)
    return given | ({"storage": storage[0]} if storage else {})


@pytest.mark.parametrize(
    ("preset", "guests", "download"),
    [("party", "contribute", True), ("delivery", "view", True), ("box", "drop", False)],
)
def test_an_event_for_each_of_three_things(
    web: Web, anna: TestClient, preset: str, guests: str, download: bool
) -> None:
    assert "No event yet" in anna.get("/events").text
    page = anna.get(f"/events/new?for={preset}").text
    assert page.count('aria-current="true"') == 1
    answer = anna.post("/events/new", data={**form_of(page), "name": "Wedding"})
    made = Event.get()
    assert answer.headers["location"] == f"/events/{made.pid}/door?made=1"
    assert (made.name, made.guests, made.may_download) == ("Wedding", guests, download)
    page = anna.get(answer.headers["location"]).text
    assert "The event is there." in page
    assert "/e/hyp_evt_" in page
    assert "you organise it" in anna.get("/events").text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "An event needs a name."), ({"lasts": "days", "days": "x"}, "Say after how many days it ends"),
        ({"lasts": "until", "until_day": "2020-01-01"}, "lies ahead"), ({"max_mb": "much"}, "whole number above 0"),
        ({"starts": "2026-07-05", "ends": "2026-07-04"}, "ends before it begins"), ({"guests": "x"}, "one of view"),
        ({"storage": "x"}, "no such storage"), ({"folder": "a/.b"}, "begins with a dot"),
        ({"folder": "a/x.part"}, "Scans pass over “x.part”"),
    ],
)  # fmt: skip
def test_a_form_that_is_wrong_keeps_what_was_typed(
    web: Web, anna: TestClient, wrong: dict[str, str], says: str
) -> None:
    Storage.update(writable=True).execute()
    form = {**form_of(anna.get("/events/new").text), "name": "Kept <name>", "folder": "Kept folder", **wrong}
    answer = anna.post("/events/new", data=form)
    assert answer.status_code == 422
    assert says in answer.text
    assert answer.text.count(says) == 1
    for name in {"name", "folder"} - set(wrong):
        assert form[name].replace("<", "&lt;").replace(">", "&gt;") in answer.text
    assert not Event.select().exists()


def test_settings_change_what_they_say(web: Web, anna: TestClient, event: Event) -> None:
    Storage.update(writable=True).execute()
    path = f"/events/{event.pid}/settings"
    form = form_of(anna.get(path).text)
    assert anna.post(path, data=form).status_code == 303
    assert Event.get_by_id(event.id).__data__ == event.__data__
    form |= {"name": "Party", "guests": "drop", "storage": web.storage.pid, "folder": "a/b", "max_files": "9",
             "max_mb": "50", "names": "on", "lasts": "open"}  # fmt: skip
    del form["approval"]
    assert anna.post(path, data=form).headers["location"] == f"{path}?did=saved"
    changed = Event.get_by_id(event.id)
    assert (changed.name, changed.guests, changed.storage_id, changed.folder) == (
        "Party",
        "drop",
        web.storage.id,
        "a/b",
    )
    assert (changed.max_files, changed.max_bytes, changed.shows_names, changed.expires_at) == (
        9,
        50_000_000,
        True,
        None,
    )
    assert Collection.get_by_id(event.collection_id).arrivals == "none"
    again = form_of(anna.get(path).text)
    assert {name: again[name] for name in form if name not in ENDS} == {
        name: form[name] for name in form if name not in ENDS
    }
    assert anna.post(path, data={**form, "name": ""}).status_code == 422


def test_longer(web: Web, anna: TestClient, event: Event) -> None:
    path = f"/events/{event.pid}"
    for days in (1, 7, 30):
        before = Event.get_by_id(event.id).expires_at
        assert anna.post(f"{path}/extend", data={"days": str(days)}).status_code == 303
        assert Event.get_by_id(event.id).expires_at == before + days * DAY
    assert anna.post(f"{path}/extend", data={"days": "3000"}).status_code == 422
    assert "ends in 67 days" in anna.get(path).text


def test_who_contributed_is_told_that_it_lasts_longer(
    web: Web, anna: TestClient, browser: Browser, event: Event
) -> None:
    join(web, event, "ben")
    item = Make(web.data).item(web.people["ben"], "B_1.jpg", taken=5)
    path, ben = f"/events/{event.pid}", browser("ben")
    shown = ben.post("/events/contribute", data={"event": event.pid, f"pick.{item.pid}": "on"}).text
    assert "If its organisers let it last longer, it is shown longer too; you are told then." in shown
    events.contribute_items(accounts.viewer_for("ben"), event.pid, [item.pid])
    assert "lasts longer" not in ben.get("/").text
    assert anna.post(f"{path}/extend", data={"days": "7"}).status_code == 303
    for page in ("/", f"{path}/contribute"):
        assert "Wedding &lt;b&gt;&amp;” lasts longer: until" in ben.get(page).text
        assert "” lasts longer:" not in anna.get(page).text
    assert f'href="{path}/contribute">What I contribute' in ben.get("/").text


def test_a_co_organiser_does_not_learn_where_files_go(web: Web, browser: Browser, event: Event) -> None:
    anna = accounts.viewer_for("anna")
    Storage.update(writable=True).execute()
    web.context.events.change(anna, event.pid, {"storage": web.storage.pid, "folder": "secret/place"})
    events.name_organiser(anna, event.pid, "ben")
    ben = browser("ben")
    page = ben.get(f"/events/{event.pid}/settings").text
    assert "secret/place" not in page
    assert web.storage.pid not in page
    assert "for the owner of the event to say" in page
    assert (
        ben.post(f"/events/{event.pid}/settings", data={**form_of(page), "name": "Ours"}).status_code == 303
    )
    changed = Event.get_by_id(event.id)
    assert (changed.name, changed.storage_id, changed.folder) == ("Ours", web.storage.id, "secret/place")
    assert ben.get(f"/events/{event.pid}/after").status_code == 200
    web.context.events.close(anna, event.pid)
    assert ben.get(f"/events/{event.pid}/after").status_code == 404


def test_files_of_a_form_go_to_ones_own_storage(
    web: Web, anna: TestClient, browser: Browser, event: Event
) -> None:
    join(web, event, "ben")
    page = f"/events/{event.pid}/contribute"
    ben = browser("ben")
    assert "none of yours is open for writing" in ben.get(page).text
    assert "come as a guest" not in ben.get(page).text, "guests drop nothing here either"
    answer = ben.post(f"/events/{event.pid}/files", files={"file": ("a.jpg", b"0123")})
    assert answer.status_code == 422
    assert "Choose in your settings to which storage your files go" in answer.text
    Storage.update(writable=True).execute()
    web.context.events.change(accounts.viewer_for("anna"), event.pid, {"storage": web.storage.pid})
    assert "come as a guest: what you drop there is kept in the storage of" in ben.get(page).text
    assert "in your settings" in anna.get(page).text
    User.update(default_storage_id=web.storage.id).where(User.login == "anna").execute()
    assert "in the folder “Events/Wedding _b_&amp;”" in anna.get(page).text
    assert anna.post(f"/events/{event.pid}/files", files={}).status_code == 422
    sent = [("file", ("a.jpg", b"0123")), ("file", ("empty.jpg", b""))]
    answer = anna.post(f"/events/{event.pid}/files", files=sent)
    assert answer.status_code == 422
    assert "<b>empty.jpg</b>: The file is empty." in answer.text
    answer = anna.post(f"/events/{event.pid}/files", files=sent[:1])
    assert answer.headers["location"] == f"{page}?did=sent#sent"
    assert "Your files are here." in anna.get(answer.headers["location"]).text
    assert {u.state for u in Upload.select()} == {"whole"}
    Upload.update(state="done", problem="This event is over: nothing comes in any more.").execute()
    assert "stored: This event is over" in anna.get(page).text


def test_pictures_come_in_after_they_were_shown(
    web: Web, anna: TestClient, browser: Browser, event: Event
) -> None:
    join(web, event, "ben")
    item = Make(web.data).item(web.people["ben"], "B_1.jpg", taken=5)
    lake = collections.create(accounts.viewer_for("ben"), Draft("Lake"))
    collections.add(accounts.viewer_for("ben"), lake.pid, [item.pid])
    ben, path = browser("ben"), f"/events/{event.pid}/contribute"
    assert "Lake" in ben.get(path).text
    page = ben.get(f"{path}?collection={lake.pid}").text
    assert "1 picture or video of yours" in page
    assert page.count("B_1.jpg") == 1
    assert "An organiser looks at each picture first" in page
    assert "until you take it back" in page
    form = {"collection": lake.pid, "download": "on"}
    assert ben.post(path, data=form).status_code == 200  # nothing without the word
    assert not Grant.select().where(Grant.into.is_null(False)).exists()
    assert ben.post(path, data={**form, "sure": "on"}).headers["location"] == f"{path}?did=done"
    page = ben.get(f"{path}?did=done").text
    assert "1 waits" in page
    assert "An organiser looks at it before others see it." in page
    assert ben.post(path, data={**form, "sure": "on"}).status_code == 422
    board = f"/events/{event.pid}/board"
    page = anna.get(board).text
    assert "B_1.jpg" in page
    counts = page.partition('<div id="counts" data-refresh="content">')[2].partition("</div>")[0]
    assert "ben: 1" in counts.lower(), "who brought how many follows what comes"
    assert 'id="lasts" data-refresh="content minute"' in page
    approval = f"in.{Collection.get_by_id(event.collection_id).pid}.{item.pid}"
    assert anna.post(board, data={"decision": "approve"}).status_code == 422
    answer = anna.post(board, data={"decision": "approve", f"pick {approval}": "on"})
    assert "1 picture approved." in anna.get(answer.headers["location"]).text
    undo = answer.headers["location"].partition("undo=")[2]
    assert item.pid in anna.get(f"/events/{event.pid}").text
    assert anna.post(f"{board}/undo", data={"undo": undo}).headers["location"] == f"{board}?did=undone"
    assert item.pid not in anna.get(f"/events/{event.pid}").text
    answer = anna.post(board, data={"decision": f"reject {approval}"})
    assert "did=reject" in answer.headers["location"]
    assert "B_1.jpg" in anna.get(f"{board}?state=rejected").text
    assert "1 rejected" in ben.get(path).text
    grant = Grant.get(Grant.into == event.collection_id)
    assert anna.post(f"/events/{event.pid}/take-back", data={"grant": grant.pid}).status_code == 404
    assert ben.post(f"/events/{event.pid}/take-back", data={"grant": grant.pid}).status_code == 303
    assert "What I contribute" not in ben.get(path).text


def test_pictures_that_were_picked(web: Web, anna: TestClient, event: Event) -> None:
    assert f'<option value="{event.pid}"' in anna.get("/timeline").text
    form = {"event": event.pid, f"pick.{web.item.pid}": "on"}
    page = anna.post("/events/contribute", data=form)
    assert page.status_code == 200
    assert f'name="pick.{web.item.pid}"' in page.text
    other = collections.create(accounts.viewer_for("anna"), Draft("Not this one"))
    beside = anna.post("/events/contribute", data={**form, "collection": other.pid})
    assert f'name="pick.{web.item.pid}"' in beside.text, "the bar names a collection for its other buttons"
    assert other.name not in beside.text
    assert anna.post("/events/contribute", data={"event": event.pid}).status_code == 422
    assert anna.post("/events/contribute", data={"event": "x", **form}).status_code == 200
    assert anna.post("/events/contribute", data={f"pick.{web.item.pid}": "on"}).status_code == 404
    assert anna.post(f"/events/{event.pid}/contribute", data={**form, "sure": "on"}).status_code == 303
    assert web.item.pid in anna.get(f"/events/{event.pid}").text
    out = anna.post(f"/events/{event.pid}/take-out", data={f"pick.{web.item.pid}": "on"})
    assert out.headers["location"].endswith("deed=remove&n=1")
    assert web.item.pid not in anna.get(f"/events/{event.pid}").text
    assert (
        anna.post(f"/events/{event.pid}/take-out", data={}).headers["location"].endswith("deed=nothing&n=0")
    )


def test_people_come_and_go(web: Web, anna: TestClient, event: Event) -> None:
    join(web, event, "kim")
    door = web.context.events.doors.show(accounts.viewer_for("anna"), event.pid)
    assert door is not None
    guest = web.context.events.doors.enter(door.token, "Lou <i>", ip="203.0.113.7")
    path = f"/events/{event.pid}/people"
    page = anna.get(path).text
    assert "Lou &lt;i&gt;" in page
    assert "kim" in page
    assert anna.post(path, data={"user": "kim"}).status_code == 422
    assert anna.post(path, data={"user": "ben"}).status_code == 303
    assert anna.post(f"{path}/remove", data={"guest": guest.pid}).status_code == 303
    assert Guest.get().ended_at is not None
    assert anna.post(f"{path}/remove", data={"user": "ben"}).status_code == 303
    assert anna.post(f"{path}/remove", data={"user": "anna"}).status_code == 404
    assert {card.event for card in events.cards(accounts.viewer_for("ben"))} == set()


def test_the_way_in(web: Web, anna: TestClient, event: Event) -> None:
    path = f"/events/{event.pid}"
    old = web.context.events.doors.show(accounts.viewer_for("anna"), event.pid)
    assert old is not None
    assert old.pin is not None
    for page in (anna.get(f"{path}/door"), anna.get(f"{path}/poster"), anna.get(f"{path}/poster?size=a6")):
        assert f"{old.pin[:3]} {old.pin[3:]}" in page.text
        assert f"/e/{old.short}" in page.text
        assert 'name="robots" content="noindex"' in page.text
        assert "no-store" in page.headers["cache-control"]
    poster = anna.get(f"{path}/poster")
    assert "Wedding &lt;b&gt;&amp;" in poster.text
    assert old.token not in poster.text  # it is in the picture of the code alone
    assert "<script" not in poster.text
    assert poster.headers["x-robots-tag"] == "noindex"
    guest = web.context.events.doors.enter(old.token, "Lou", ip="203.0.113.7")
    assert anna.post(f"{path}/door").headers["location"] == f"{path}/door?did=renewed"
    assert Guest.get(Guest.pid == guest.pid).ended_at is None
    assert old.token not in anna.get(f"{path}/door").text
    anna.post(f"{path}/door", data={"all": "on"})
    assert Guest.get(Guest.pid == guest.pid).ended_at is not None
    Event.update(wrong_pins=100).execute()
    assert "Too many wrong PINs" in anna.get(f"{path}/door").text
    Event.update(sealed=None, secret=None, short=None, pin=None).execute()
    assert "It has no code now" in anna.get(f"{path}/door").text
    assert anna.get(f"{path}/poster").status_code == 409


def test_its_end_says_what_ends(web: Web, anna: TestClient, browser: Browser, event: Event) -> None:
    join(web, event, "ben")
    Storage.update(writable=True).execute()
    path = f"/events/{event.pid}"
    Item.update(created_at=event.created_at).execute()
    events.contribute_items(accounts.viewer_for("anna"), event.pid, [web.item.pid])
    assert "still open" in anna.get(f"{path}/after").text
    page = anna.get(f"{path}/close").text
    assert "2 people of the household" in page
    assert "0 guests are sent out." in page
    assert anna.post(f"{path}/archive", data={"away": "yes"}).status_code == 409
    assert anna.post(f"{path}/close").headers["location"] == f"{path}/settings?did=closed"
    page = anna.get(f"{path}/settings?did=closed").text
    assert "It is closed, for everybody." in page
    assert "Access ended at" in page
    assert anna.get(f"{path}/close").headers["location"] == f"{path}/settings"
    for part in ("", "/contribute", "/board", "/people", "/door"):
        assert anna.get(path + part).status_code == 200
    page = anna.get(f"{path}/after").text
    assert "1 picture of yours" in page
    assert "To keep them all" in page
    for told in ("/", "/events"):
        assert "Wedding &lt;b&gt;&amp;” is over: 1 picture of yours," in anna.get(told).text
        assert "is over: 1 picture" not in browser("ben").get(told).text
    assert anna.post(f"{path}/after").headers["location"] == f"{path}/after"
    assert not Job.select().where(Job.kind == "free").exists()
    assert anna.post(f"{path}/after", data={"sure": "on"}).headers["location"] == f"{path}/after?did=begun"
    assert "It is about to begin." in anna.get(f"{path}/after").text
    assert "is over: 1 picture" not in anna.get("/").text
    Job.update(progress_done=1, progress_total=4).where(Job.kind == "free").execute()
    assert "1 of 4" in anna.get(f"{path}/after").text
    Job.update(state="done", finished_at=1, result={"items": 1}).where(Job.kind == "free").execute()
    page = anna.get(f"{path}/after").text
    assert "1 picture was put into the trash of its storage." in page
    assert 'href="/trash"' in page
    Job.update(state="failed", error="it broke").where(Job.kind == "free").execute()
    assert "it broke" in anna.get(f"{path}/after").text
    assert anna.post(f"{path}/archive", data={"away": "yes"}).headers["location"] == "/events?archive=1"
    assert "Wedding" in anna.get("/events?archive=1").text
    assert "is over: 1 picture" not in anna.get("/").text
    assert "No event yet" in anna.get("/events").text
    assert anna.post(f"{path}/archive", data={"away": "no"}).headers["location"] == path


def test_leaving(web: Web, browser: Browser, anna: TestClient, event: Event) -> None:
    join(web, event, "ben")
    ben = browser("ben")
    assert "what you contributed is gone from it at once" in ben.get(f"/events/{event.pid}").text
    assert "/leave" not in re.sub(r'href="/[^"]*leave', "", anna.get(f"/events/{event.pid}").text)
    answer = ben.post(f"/events/{event.pid}/leave")
    assert "You take part no more." in ben.get(answer.headers["location"]).text


def test_the_ledger_and_a_picture_name_the_event(
    web: Web, anna: TestClient, browser: Browser, event: Event
) -> None:
    events.contribute_items(accounts.viewer_for("anna"), event.pid, [web.item.pid])
    page = anna.get("/shares").text
    assert f'<a href="/events/{event.pid}">Wedding &lt;b&gt;&amp;</a>' in page
    assert f'href="/events/{event.pid}/settings"' in page
    assert "guests of “Wedding &lt;b&gt;&amp;”" in anna.get(f"/item/{web.item.pid}").text
    share = Grant.get(Grant.event == event.id).share.pid
    assert anna.get(f"/shares/{share}").headers["location"] == f"/events/{event.pid}/settings"
    join(web, event, "ben")
    item = Make(web.data).item(web.people["ben"], "B_1.jpg", taken=5)
    events.contribute_items(accounts.viewer_for("ben"), event.pid, [item.pid])
    page = browser("ben").get("/shares").text
    assert f'contributed to the event <a href="/events/{event.pid}">' in page
    assert "/collections/" not in page.partition('class="entries wrap ledger"')[2].partition("</ul>\n  \n")[0]


def test_a_preview_shows_what_guests_see_of_ones_own(
    web: Web, anna: TestClient, browser: Browser, event: Event
) -> None:
    address, ben = f"/events/{event.pid}/preview", browser("ben")
    events.contribute_items(accounts.viewer_for("anna"), event.pid, [web.item.pid])
    assert f'href="{address}"' in anna.get(f"/events/{event.pid}/people").text
    assert f'href="{address}"' in anna.get("/shares").text
    page = anna.get(address).text
    assert "What a guest of “Wedding &lt;b&gt;&amp;” sees of your pictures" in page
    assert f"/item/{web.item.pid}" in page
    assert ben.get(address).status_code == 404
    join(web, event, "ben")
    item = Make(web.data).item(web.people["ben"], "B_1.jpg", taken=5)
    events.contribute_items(accounts.viewer_for("ben"), event.pid, [item.pid])
    assert f'href="{address}"' in ben.get(f"/events/{event.pid}/contribute").text
    page = ben.get(address).text
    assert "Nothing of yours" in page, "it waits"
    assert web.item.pid not in page


def test_many_pictures_come_page_by_page(web: Web, anna: TestClient, event: Event) -> None:
    make = Make(web.data)
    items = [make.item(web.people["anna"], f"A_{n}.jpg", taken=n) for n in range(61)]
    events.contribute_items(accounts.viewer_for("anna"), event.pid, [i.pid for i in items])
    first = anna.get(f"/events/{event.pid}").text
    later = re.findall(rf'href="(/events/{event.pid}\?cursor=[^"]+)"', first)[0]
    second = anna.get(later).text
    assert first.count('class="tile ') == 60
    assert second.count('class="tile ') == 1
    assert Item.get(Item.name == "A_0.jpg").pid in second


def test_a_fragment_is_the_page_without_its_shell(anna: TestClient, event: Event) -> None:
    for part in ("", "/board", "/people", "/settings", "/contribute", "/door"):
        whole: Any = anna.get(f"/events/{event.pid}{part}").text
        fragment = anna.get(f"/events/{event.pid}{part}", headers={"HX-Request": "true"}).text
        assert '<nav class="rail"' in whole
        assert '<nav class="rail"' not in fragment
        assert 'class="tabs few"' in fragment


def test_a_reminder_before_it_ends(web: Web, anna: TestClient, event: Event) -> None:
    assert "This event ends" not in anna.get(f"/events/{event.pid}").text
    Event.update(expires_at=now() + 2 * DAY + HOUR, created_at=now() - 28 * DAY).execute()
    assert "“Wedding &lt;b&gt;&amp;” ends in 2 days." in anna.get("/").text
    page = anna.get(f"/events/{event.pid}").text
    assert "This event ends in 2 days." in page
    assert "Let it last longer:" in page
    assert 'class="soon"' in anna.get("/events").text
    assert "ends in 2 days." not in web.client("ben").get("/").text
    assert anna.post(f"/events/{event.pid}/extend", data={"days": "7"}).status_code == 303
    assert "ends in" not in anna.get("/").text
    assert "This event ends" not in anna.get(f"/events/{event.pid}").text
