"""/e/{token} and /e: what the door of an event shows, what it takes, and everything that is no key."""

import logging
import time
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from config.logs import redact
from services import accounts, clock, events
from services.accounts import Passwords, SignInFailed
from services.accounts.minting import mint
from services.errors import Conflict
from services.events import doors
from services.events.doors import LETTERS
from services.models import Event, Guest, Throttle, User
from services.sharing import guests
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.gathering import Gathering
from tests.web.pages.conftest import Browser

MARKUP = '<script>alert("x")</script>'
Ways = Callable[[Gathering], tuple[str, dict[str, str]]]


def by_code(party: Gathering) -> tuple[str, dict[str, str]]:
    return f"/e/{party.door.token}", {}


def by_short(party: Gathering) -> tuple[str, dict[str, str]]:
    return f"/e/{party.door.short}", {"pin": party.door.pin or ""}


@pytest.fixture
def party(web: Web, make: Make) -> Gathering:
    return Gathering(web, make, name=MARKUP)


@pytest.fixture
def way(request: pytest.FixtureRequest, party: Gathering) -> tuple[str, dict[str, str]]:
    """Each of the two ways in: its address, and what its form asks for besides the name."""
    made: Ways = request.param
    return made(party)


both = pytest.mark.parametrize("way", [by_code, by_short], ids=["code", "short"], indirect=True)


def wrong_pin(party: Gathering) -> str:
    return f"{(int(party.door.pin or 0) + 1) % 10**6:06}"


@both
def test_a_door_shows_nothing_of_what_is_behind(
    party: Gathering, browser: Browser, way: tuple[str, dict[str, str]]
) -> None:
    page = browser().get(way[0])
    assert page.status_code == 200
    for word in (
        "script>alert",
        "&lt;script",
        "anna",
        "Anna",
        "IMG_1",
        "rendition",
        "og:image",
        party.event.pid,
    ):
        assert word not in page.text
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex"
    assert ('name="pin"' in page.text) == bool(way[1])
    assert not Guest.select().exists()


@pytest.mark.parametrize("agent", ["WhatsApp/2.23", "facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0"])
def test_programs_that_preview_links_use_nothing_up(party: Gathering, browser: Browser, agent: str) -> None:
    for method in ("GET", "HEAD", "GET"):
        assert browser(**{"User-Agent": agent}).request(method, by_code(party)[0]).status_code == 200
    assert not Guest.select().exists()
    assert browser().post(by_code(party)[0], data={"name": "Lou"}).status_code == 303


@both
def test_going_in(party: Gathering, browser: Browser, way: tuple[str, dict[str, str]]) -> None:
    path, more = way
    client = browser()
    answer = client.post(path, data={"name": "  Lou  ", **more})
    assert answer.status_code == 303
    base = answer.headers["location"]
    assert base == f"/guest/{Guest.get().pid}"
    assert Guest.get().name == "Lou"
    page = client.get(base)
    assert "&lt;script&gt;alert" in page.text
    assert MARKUP not in page.text
    for answer in (
        page,
        client.get(f"{base}/leave"),
        client.get(f"{base}/join"),
        client.get(f"{base}/state"),
    ):
        secrets = (party.door.token, party.door.short, party.door.pin or "x", "hyp_")
        told = (
            answer.text
            + str(answer.headers)
            + str(answer.request.url)
            + str(answer.request.headers.get("referer"))
        )
        assert not [each for each in secrets if each in told]


@both
def test_the_answer_that_lets_in_tells_the_secret_to_nobody(
    party: Gathering, browser: Browser, way: tuple[str, dict[str, str]]
) -> None:
    answer = browser().post(way[0], data={"name": "Lou", **way[1]})
    told = answer.text + str(answer.headers)
    assert party.door.token not in told
    assert party.door.short not in told
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("<b onclick=x>Lou</b>", "<b onclick=x>Lou</b>"), ("Lou\u202e\u2066Reed", "Lou Reed"),
        ("\0Lou\x1b[31m", "Lou [31m"),
        ("ليلى", "ليلى"), ("👩‍👧", "👩‍👧"), ("L\nou\tX", "L ou X"), ("x" * 60, "x" * 60),
    ],
)  # fmt: skip
def test_a_name_is_one_line_of_text(party: Gathering, browser: Browser, name: str, called: str) -> None:
    client = browser()
    base = client.post(by_code(party)[0], data={"name": name}).headers["location"]
    assert Guest.get().name == called
    assert "<b onclick" not in client.get(base).text


@pytest.mark.parametrize("name", ["", " ", "\u200b\u202e", "x" * 300, "x" * 61])
def test_a_name_that_is_none_is_asked_for_again(party: Gathering, browser: Browser, name: str) -> None:
    answer = browser().post(by_code(party)[0], data={"name": name})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "set-cookie" not in answer.headers
    assert not Guest.select().exists()


def test_a_wrong_pin_is_said_and_the_name_stays(party: Gathering, browser: Browser) -> None:
    path, _ = by_short(party)
    client = browser()
    answer = client.post(path, data={"name": "Lou", "pin": wrong_pin(party)})
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    assert "The PIN is wrong." in answer.text
    assert 'value="Lou"' in answer.text
    assert wrong_pin(party) not in answer.text
    pin = party.door.pin or ""
    assert client.post(f"{path}?pin={pin}", data={"name": "Lou"}).status_code == 401  # never in an address
    assert client.post(path.lower(), data={"name": "Lou", "pin": f"{pin[:3]} {pin[3:]}"}).status_code == 303


def test_many_tries_at_a_pin_are_slowed_down(party: Gathering, browser: Browser) -> None:
    path, right = by_short(party)
    client = browser()
    answers = [client.post(path, data={"name": "Lou", "pin": wrong_pin(party)}) for _ in range(9)]
    assert [a.status_code for a in answers[:5]] == [401] * 5
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "Too many tries" in answers[-1].text
    assert client.post(path, data={"name": "Lou", **right}).status_code == 429
    assert client.get(path).status_code == 200
    assert Event.get_by_id(party.event.id).wrong_pins <= 6
    assert (
        client.post(by_code(party)[0], data={"name": "Lou"}).status_code == 303
    )  # who holds the code never waits


@pytest.mark.parametrize("tries", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_many_tries_from_everywhere_open_nothing(
    party: Gathering, browser: Browser, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    """Each from a network of its own, which nobody slows down: a hundred wrong ones are too many. None is hashed."""
    path, right = by_short(party)
    door, asked = party.web.context.events.doors, []

    def never(*_: object) -> bool:
        asked.append(1)
        return False

    with monkeypatch.context() as patched:
        patched.setattr(Passwords, "verify", never)
        for n in range(tries):
            with pytest.raises((SignInFailed, Conflict)):
                door.enter(path[3:], "Lou", "000000", ip=f"198.{n // 65536}.{n // 256 % 256}.{n % 256}")
    assert len(asked) == doors.MOST_WRONG
    answer = browser().post(path, data={"name": "Lou", **right})
    assert answer.status_code == 409
    assert "Too many wrong PINs" in answer.text
    assert not Guest.select().exists()
    assert browser().post(by_code(party)[0], data={"name": "Lou"}).status_code == 303


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_guessing_short_addresses_is_slowed_down(
    party: Gathering, browser: Browser, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few from one network each further one waits, and the wait grows to a quarter of an hour."""
    moment = time.time()
    monkeypatch.setattr(clock, "source", lambda: moment)  # on a machine at work the first waits would pass
    client = browser()
    Event.update(short="CCCCCC").where(Event.id == party.event.id).execute()
    guesses = [f"/e/{LETTERS[n % 27]}{LETTERS[n // 27]}BBBB" for n in range(40)]
    answers = [client.request(method, path, data={"name": "Lou", "pin": "000000"}) for path in guesses]
    assert [a.status_code for a in answers[:5]] == [404] * 5
    assert {a.status_code for a in answers[7:]} == {429}
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert client.get("/e/CCCCCC").status_code == 200  # who has a right one is not asked to wait


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_no_key(party: Gathering, browser: Browser, method: str) -> None:
    secret = party.door.token
    form = {"name": "Lou", "pin": party.door.pin or ""}
    for token in (
        secret[:-1], secret + "x", secret.upper(), secret[8:], "x", "%00", mint("gst"), mint("shr"), mint("evt"),
        "a" * 5000, party.door.short[:-1], party.door.short + "B", party.event.pid, "..%2f..", "%F0%9F",
    ):  # fmt: skip
        Throttle.delete().execute()
        answer = browser().request(method, f"/e/{token}", data=form)
        assert answer.status_code == 404, token
        assert "set-cookie" not in answer.headers
    for query in (
        f"/e?token={secret}",
        f"/e/x?token={secret}",
        f"/?token={secret}",
        f"/guest/{secret}",
        f"/s/{secret}",
    ):
        Throttle.delete().execute()
        answer = browser().request(method, query, data={})
        assert "guest" not in answer.headers.get("location", "")
        assert "set-cookie" not in answer.headers
        assert secret not in answer.text
    assert not Guest.select().exists()


@pytest.mark.parametrize("how", ["closed", "expired", "disabled"])
@both
def test_the_holder_of_a_key_that_was_right_is_told(
    party: Gathering,
    browser: Browser,
    way: tuple[str, dict[str, str]],
    how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, more = way
    if how == "closed":
        party.web.context.events.close(party.anna, party.event.pid)
    elif how == "expired":
        end = party.event.expires_at
        monkeypatch.setattr(clock, "source", lambda: end / 1_000_000)
    else:
        User.update(active=False).where(User.login == "anna").execute()
    for method in ("GET", "POST"):
        answer = browser().request(method, path, data={"name": "Lou", **more})
        assert answer.status_code == 410
        assert "anna" in answer.text
        assert "script&gt;alert" not in answer.text
        assert "set-cookie" not in answer.headers
    if way[1]:
        assert browser().post("/e", data={"address": path[3:]}).status_code == 410


def test_a_key_that_was_changed_opens_nothing(party: Gathering, browser: Browser) -> None:
    old = [by_code(party), by_short(party)]
    party.web.context.events.doors.renew(party.anna, party.event.pid)
    for path, more in old:
        assert browser().get(path).status_code == 404
        assert browser().post(path, data={"name": "Lou", **more}).status_code == 404


def test_it_was_replayed(party: Gathering, browser: Browser) -> None:
    """A recorded request sent again lets in another guest, never the same one."""
    first, second = (browser().post(by_code(party)[0], data={"name": "Lou"}) for _ in range(2))
    assert first.headers["location"] != second.headers["location"]
    assert Guest.select().count() == 2


def test_another_site_opens_no_door(party: Gathering) -> None:
    answer = party.web.client(**{"Sec-Fetch-Site": "cross-site"}).post(
        by_code(party)[0], data={"name": "Lou"}
    )
    assert answer.status_code == 403
    ben = party.web.client("ben")
    ben.headers["Sec-Fetch-Site"] = "cross-site"
    assert ben.post(by_code(party)[0], data={"as": "person"}).status_code == 403
    assert not Guest.select().exists()
    assert events.cards(accounts.viewer_for("ben")) == []


def test_by_https_the_cookies_are_bound_to_it(party: Gathering) -> None:
    client = TestClient(party.web.app, base_url="https://localhost", follow_redirects=False)
    answer = client.post(by_code(party)[0], data={"name": "Lou"}, headers={"Sec-Fetch-Site": "same-origin"})
    cookies = answer.headers.get_list("set-cookie")
    assert cookies[0].startswith("__Secure-hyp_guest=")
    assert all("; secure" in each.lower() and "; httponly" in each.lower() for each in cookies)
    assert client.get(answer.headers["location"]).status_code == 200
    client.close()


def test_no_log_holds_a_key(party: Gathering, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = browser()
    for path, more in (by_code(party), by_short(party)):
        client.get(path)
        client.post(path, data={"name": "Lou", **more})
        client.post("/e", data={"address": path[3:]})
        line = redact(f'127.0.0.1 - "GET {path} HTTP/1.1" 200')
        assert path[6:] not in line
    ours = [
        r for r in caplog.records if not r.name.startswith(("httpx", "httpcore", "asyncio", "peewee"))
    ]  # quiet
    kept = " ".join(redact(r.getMessage()) for r in ours)
    assert party.door.token not in kept
    assert party.door.short not in kept


class TestPersons:
    """Somebody of the household at the same door."""

    @both
    def test_they_take_part_as_themselves(
        self, party: Gathering, browser: Browser, way: tuple[str, dict[str, str]]
    ) -> None:
        ben = browser("ben")
        assert "Take part as ben" in ben.get(way[0]).text
        answer = ben.post(way[0], data={"as": "person", "name": "", **way[1]})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/events/{party.event.pid}")
        assert [card.role for card in events.cards(accounts.viewer_for("ben"))] == ["participant"]
        assert not Guest.select().exists()

    def test_or_as_a_guest(self, party: Gathering, browser: Browser) -> None:
        ben = browser("ben")
        answer = ben.post(by_code(party)[0], data={"as": "guest", "name": "Benny"})
        assert answer.headers["location"].startswith("/guest/")
        assert events.cards(accounts.viewer_for("ben")) == []
        assert "Benny" in ben.get(answer.headers["location"]).text

    def test_the_pin_is_asked_of_them_too(self, party: Gathering, browser: Browser) -> None:
        answer = browser("ben").post(by_short(party)[0], data={"as": "person", "pin": wrong_pin(party)})
        assert answer.status_code == 401
        assert events.cards(accounts.viewer_for("ben")) == []

    def test_whoever_is_not_signed_in_takes_part_as_nobody(self, party: Gathering, browser: Browser) -> None:
        answer = browser().post(by_code(party)[0], data={"as": "person", "name": ""})
        assert answer.status_code == 422
        assert not Guest.select().exists()


class TestComingAgain:
    """The same phone at the same code."""

    def test_it_is_led_to_its_visit(self, party: Gathering, browser: Browser) -> None:
        lou = party.enter(client=browser())
        page = lou.client.get(by_code(party)[0]).text
        assert f'href="{lou.base}"' in page
        assert "Lou" not in page
        assert lou.base not in browser().get(by_code(party)[0]).text

    def test_not_to_one_that_has_ended_or_is_elsewhere(
        self, party: Gathering, browser: Browser, make: Make
    ) -> None:
        lou = party.enter(client=browser())
        other = Gathering(party.web, make, name="Other")
        assert lou.base not in lou.client.get(by_code(other)[0]).text
        lou.client.post(f"{lou.base}/leave")
        assert lou.base not in lou.client.get(by_code(party)[0]).text

    @pytest.mark.parametrize("cookie", ["x", "." * 500, "%3Cscript%3E", "a" * 5000, "../..", '"><b>'])
    def test_a_cookie_of_nonsense_is_nothing(self, party: Gathering, browser: Browser, cookie: str) -> None:
        page = browser(Cookie=f"hyp_been={cookie}").get(by_code(party)[0])
        assert page.status_code == 200
        assert "Go on where you were" not in page.text

    def test_the_id_of_anothers_visit_opens_nothing(self, party: Gathering, browser: Browser) -> None:
        lou = party.enter()
        stranger = browser(Cookie=f"hyp_been={lou.guest.pid}")
        assert stranger.get(lou.base).status_code == 404


class TestTyping:
    """/e: for who has the short address on paper."""

    @pytest.mark.parametrize("how", ["{0}{1}", " {0} {1} ", "{0}-{1}", "{0}\t{1}"])
    @pytest.mark.parametrize("case", [str.lower, str.upper])
    def test_however_it_was_typed(
        self, party: Gathering, browser: Browser, how: str, case: Callable[[str], str]
    ) -> None:
        client, short = browser(), case(party.door.short)
        assert 'name="address"' in client.get("/e").text
        answer = client.post("/e", data={"address": how.format(short[:3], short[3:])})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/e/{party.door.short}")
        assert client.get(answer.headers["location"]).status_code == 200

    @pytest.mark.parametrize("text", ["", "BBBBB", "BBBBBBB", "AEIOU1", MARKUP, "x" * 5000, "\0", "a token"])
    def test_what_is_none(self, party: Gathering, browser: Browser, text: str) -> None:
        answer = browser().post("/e", data={"address": mint("evt") if text == "a token" else text})
        assert answer.status_code == 404
        assert "There is no event at this address." in answer.text
        assert MARKUP not in answer.text

    def test_trying_many_is_slowed_down(self, party: Gathering, browser: Browser) -> None:
        client = browser()
        answers = [client.post("/e", data={"address": "BBBBBB"}) for _ in range(9)]
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0
        assert client.post("/e", data={"address": party.door.short}).status_code == 303

    @pytest.mark.parametrize("language", ["en", "de"])
    def test_in_the_language_of_the_browser(self, party: Gathering, browser: Browser, language: str) -> None:
        page = browser().get("/e?left=2", headers={"Accept-Language": language}).text
        assert ("Du bist gegangen." in page) == (language == "de")
        assert browser().get("/e?left=many").status_code == 422


def test_one_too_many_is_told_whom_to_ask(
    party: Gathering, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guests, "MOST_GUESTS", 0)
    page = browser().post(by_code(party)[0], data={"name": "Lou"})
    assert page.status_code == 409
    assert "Ask whoever invited you for a new address or code" in page.text
    assert not Guest.select().exists()
