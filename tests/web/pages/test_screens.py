"""The pages about screens without scripts: what they say, who is let in, what is shown, and how it ends."""

import pytest

from services import accounts, events, screens, sharing
from services.models import Device, Grant, Item, Screen, Share, User
from services.screens import identify
from services.sharing import Terms
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser

HINT = "SEC_HHP_[TV] <script>alert(1)</script>/1.0"


@pytest.fixture
def lake(web: Web, make: Make) -> str:
    """Anna's collection with her picture in it; televisions find Hypomos."""
    Item.update(colour="aabbcc").execute()
    object.__setattr__(web.context.settings, "dlna_enabled", True)
    return str(make.collection(web.people["anna"], "Lake", items=[web.item]).pid)


def asks(n: int = 40) -> screens.Device:
    return identify(f"192.168.1.{n}", hint=HINT)


def test_it_says_what_it_is_and_how_it_is_switched_on(web: Web, browser: Browser) -> None:
    page = browser("anna").get("/screens").text
    for text in (
        "No screens yet",
        "It is switched off.",
        "dlna_enabled = true",
        "Nothing is encrypted.",
        "Nobody signs in.",
    ):
        assert text in page
    object.__setattr__(web.context.settings, "dlna_enabled", True)
    page = browser("anna").get("/screens").text
    assert "It is switched on." in page
    assert "choose Hypomos" in page
    page = browser("kim").get("/screens").text
    assert "An adult of your household lets a television in." in page


def test_a_television_asks_and_is_let_in(browser: Browser, lake: str) -> None:
    device, anna = asks(), browser("anna")
    told = f"A television asks to be let in (code {device.code})"
    inbox = anna.get("/approvals").text
    assert told in inbox
    assert '<b class="number">1' in inbox
    page = anna.get("/screens").text
    for text in (
        told,
        "192.168.1.40",
        "known by this address alone",
        "&lt;script&gt;alert(1)",
        f"show.{lake}",
    ):
        assert text in page
    assert "<script>alert" not in page
    kim = browser("kim")
    for path in ("/screens", "/approvals"):
        assert device.code not in kim.get(path).text
    form = {"device": device.pid, "name": "Living room", f"show.{lake}": "on", "until": "2099-12-31"}
    answer = anna.post("/screens/approve", data=form)
    screen = Screen.get()
    assert answer.headers["location"] == f"/screens/{screen.pid}?did=approved"
    page = anna.get(answer.headers["location"]).text
    for text in ("Living room", "It is let in.", "Lake", "not opened yet", 'value="2099-12-31"'):
        assert text in page
    share = Share.get()
    assert (share.kind, share.may_download, share.shows_place) == ("screen", False, False)
    assert device.code not in anna.get("/approvals").text
    assert "It shows of yours: Lake." in anna.get("/screens").text
    page = browser("ben").get(f"/screens/{screen.pid}").text
    assert "Others show something there: anna." in page
    assert "Lake" not in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": ""}, "A screen needs a name"),
        ({"name": "TV", "until": "soon"}, "An end is written like"),
        ({"name": "TV", "until": "1999-01-01"}, "lies ahead"),
        ({"name": "HALL"}, "There is a screen called “Hall” already."),
    ],
)
def test_what_is_wrong_stays_in_the_form(
    browser: Browser, lake: str, form: dict[str, str], said: str
) -> None:
    anna = accounts.viewer_for("anna")
    screens.approve(anna, asks(41).pid, name="Hall")
    device = asks()
    answer = browser("anna").post(
        "/screens/approve", data={"device": device.pid, f"show.{lake}": "on"} | form
    )
    assert answer.status_code == 422
    assert said in answer.text
    assert f'name="show.{lake}" checked' in answer.text
    assert f'value="{form["name"]}"' in answer.text
    assert Screen.select().count() == 1


def test_what_is_refused_is_asked_for_again_by_undo(browser: Browser, lake: str) -> None:
    device, anna = asks(), browser("anna")
    answer = anna.post("/screens/decide", data={"device": device.pid, "decision": "refuse"})
    assert answer.headers["location"] == f"/screens?did=refused&device={device.pid}"
    page = anna.get(answer.headers["location"]).text
    for text in ("It is refused", "Undo", "1 device was refused"):
        assert text in page
    assert Device.get().state == "refused"
    answer = anna.post("/screens/decide", data={"device": device.pid, "decision": "again"})
    assert "A television asks to be let in" in anna.get(answer.headers["location"]).text
    assert anna.post("/screens/decide", data={"device": "nothing\r\nX: 1"}).status_code == 404


def test_a_device_is_let_in_as_a_screen_that_there_is(browser: Browser, lake: str) -> None:
    viewer, anna = accounts.viewer_for("anna"), browser("anna")
    hall = screens.approve(viewer, asks(41).pid, name="Hall", show=[lake])
    new = asks()
    page = anna.get("/screens").text
    assert f'<option value="{hall.pid}">Hall</option>' in page
    form = {"device": new.pid, "screen": hall.pid, "name": "", f"show.{lake}": "on"}
    assert anna.post("/screens/approve", data=form).status_code == 303
    assert Grant.select().count() == 1, "what is shown there already is not shared twice"
    device = asks()
    assert device.viewer is not None
    assert device.viewer.screen_id == hall.id


def test_a_screen_is_renamed_its_device_taken_off_and_ended(browser: Browser, lake: str) -> None:
    screen = screens.approve(accounts.viewer_for("anna"), asks().pid, name="TV", show=[lake])
    anna, path = browser("anna"), f"/screens/{screen.pid}"
    assert anna.post(path, data={"name": "Kitchen", "until": ""}).status_code == 303
    assert Screen.get().name == "Kitchen"
    answer = anna.post(path, data={"name": "", "until": "1999-01-01"})
    assert (answer.status_code, "A screen needs a name" in answer.text) == (422, True)
    anna.post("/screens/decide", data={"device": Device.get().pid, "decision": "again"})
    assert "None: it shows nothing to anybody." in anna.get(path).text
    grant = Grant.get().pid
    answer = anna.post("/shares/revoke", data={"grant": grant, "screen": screen.pid})
    assert answer.headers["location"] == f"{path}#shown"
    assert "Nothing yet." in anna.get(path).text
    answer = anna.post(f"{path}/end")
    assert answer.headers["location"] == "/screens?did=ended"
    assert "The screen is gone" in anna.get("/screens?did=ended").text
    assert anna.get(path).status_code == 404


def test_an_end_in_the_middle_of_a_day_stays_where_it_is(browser: Browser, lake: str) -> None:
    until = 4_102_444_800_000_000 - 3_600_000_000
    screen = screens.approve(accounts.viewer_for("anna"), asks().pid, name="TV", until=until)
    page = browser("anna").get(f"/screens/{screen.pid}").text
    assert 'value="2099-12-31"' in page
    browser("anna").post(f"/screens/{screen.pid}", data={"name": "TV 2", "until": "2099-12-31"})
    assert (Screen.get().name, Screen.get().expires_at) == ("TV 2", until)


def test_the_form_of_a_share_offers_screens(web: Web, browser: Browser, lake: str) -> None:
    screen = screens.approve(accounts.viewer_for("ben"), asks().pid, name="Living room")
    anna = browser("anna")
    page = anna.get(f"/collections/{lake}/share?to=screen:{screen.pid}").text
    assert f'value="screen:{screen.pid}" checked' in page
    form = {"to": f"screen:{screen.pid}", "download": "on", "contribute": "on", "reshare": "on"}
    answer = anna.post(f"/collections/{lake}/share", data=form)
    assert answer.headers["location"] == f"/screens/{screen.pid}#shown"
    share = Share.get()
    assert (share.may_download, share.may_contribute, share.may_reshare) == (False, False, False)
    page = anna.get("/shares").text
    assert "for Living room" in page
    page = anna.get(f"/shares/{share.pid}").text
    assert 'name="reshare"' not in page
    assert anna.post(f"/shares/{share.pid}", data={"download": "on"}).status_code == 303
    assert (Share.get().may_download, Share.get().shows_place) == (True, False)
    assert "whoever looks at the screen “Living room”" in anna.get(f"/item/{web.item.pid}").text
    again = anna.post(f"/collections/{lake}/share", data=form | {"originals": "on"})
    assert (again.status_code, "shared with “Living room” already" in again.text) == (422, True)


def test_a_preview_shows_what_the_screen_shows(web: Web, browser: Browser, lake: str) -> None:
    screen = screens.approve(accounts.viewer_for("anna"), asks().pid, name="TV", show=[lake])
    page = browser("anna").get(f"/screens/{screen.pid}/preview").text
    assert "What TV sees of your pictures" in page
    assert web.item.pid in page
    assert web.item.pid not in browser("ben").get(f"/screens/{screen.pid}/preview").text


def test_a_screen_whose_time_is_over_says_so(browser: Browser, lake: str) -> None:
    screen = screens.approve(accounts.viewer_for("anna"), asks().pid, name="TV", show=[lake])
    Screen.update(expires_at=1).execute()
    for path in ("/screens", f"/screens/{screen.pid}"):
        assert "Its time ended on" in browser("anna").get(path).text
    assert screen.pid not in browser("anna").get(f"/collections/{lake}/share").text


def test_a_child_shows_its_own_on_a_screen_at_home(web: Web, make: Make, browser: Browser, lake: str) -> None:
    screen = screens.approve(accounts.viewer_for("anna"), asks().pid, name="TV")
    item = make.item(web.people["kim"], "K_1.jpg", taken=1)
    drawings = make.collection(web.people["kim"], "Drawings", items=[item])
    kim = browser("kim")
    form = {"to": f"screen:{screen.pid}"}
    assert kim.post(f"/collections/{drawings.pid}/share", data=form).status_code == 303
    page = kim.get(f"/screens/{screen.pid}").text
    assert "Drawings" in page
    assert 'action="/screens' not in page, "but decides nothing"
    assert sharing.ledger(accounts.viewer_for("kim"))[0].to == "TV"
    assert Terms().download


def test_an_event_is_shown_and_ended(web: Web, browser: Browser, lake: str) -> None:
    screen, anna = (
        screens.approve(accounts.viewer_for("anna"), asks().pid, name="Living room"),
        browser("anna"),
    )
    event = web.context.events.make(accounts.viewer_for("anna"), {"name": "Wedding"})
    events.contribute_items(accounts.viewer_for("anna"), event.pid, [web.item.pid])
    here, there = f"/screens/{screen.pid}", f"/events/{event.pid}"
    page = anna.get(here).text
    assert f'<a href="{there}/people#screens">Wedding</a>' in page
    giving = f"{there}/contribute?collection={lake}"
    assert "Its organisers may show it on screens at home, too." in anna.get(giving).text
    page = anna.get(f"{there}/people").text
    assert f'<option value="{screen.pid}">Living room</option>' in page
    wrong = anna.post(f"{there}/screens", data={"screen": "x"})
    assert (wrong.status_code, "There is no such screen." in wrong.text) == (422, True)
    answer = anna.post(f"{there}/screens", data={"screen": screen.pid, "originals": "on"})
    assert answer.headers["location"] == f"{there}/people?did=shown"
    share = Share.get(Share.kind == "screen")
    assert (share.may_download, share.shows_place) == (True, False)
    page = anna.get(f"{there}/people").text
    assert "originals too" in page
    assert "Which screen" not in page, "it is on all there are"
    again = anna.post(f"{there}/screens", data={"screen": screen.pid})
    assert (again.status_code, "shows this event already" in again.text) == (422, True)
    assert "shown on Living room" in anna.get(there).text
    assert "On screens at home: Living room." in anna.get(giving).text
    page = anna.get(here).text
    assert f'<a href="{there}">Wedding</a>' in page
    assert "Show an event there" not in page
    page = anna.get("/shares").text
    assert f'<a href="{there}">Wedding</a></b> for Living room' in page
    assert f'href="{there}/people#screens"' in page
    assert anna.get(f"/shares/{share.pid}").headers["location"] == f"{there}/people#screens"
    assert "Others show something there: anna." in browser("ben").get(here).text
    web.context.events.change(accounts.viewer_for("anna"), event.pid, {"guests": "drop"})
    assert "shows nothing while guests see nothing but their own" in anna.get(f"{there}/people").text
    assert "shown on" not in anna.get(there).text
    answer = anna.post(f"{there}/screens/end", data={"screen": screen.pid})
    assert answer.headers["location"] == f"{there}/people?did=hidden"
    assert Share.get_by_id(share.id).ended_at is not None
    assert "so no screen shows it" in anna.get(f"{there}/people").text
    assert "Show an event there" not in anna.get(here).text


def test_an_event_on_a_screen_in_german(web: Web, browser: Browser, lake: str) -> None:
    User.update(language="de").execute()
    anna = accounts.viewer_for("anna")
    screen = screens.approve(anna, asks().pid, name="TV")
    event = web.context.events.make(anna, {"name": "Hochzeit"})
    events.show_on(anna, event.pid, screen.pid)
    assert "Dort nicht mehr zeigen" in browser("anna").get(f"/events/{event.pid}/people").text
    assert "zu sehen auf TV" in browser("anna").get(f"/events/{event.pid}").text
