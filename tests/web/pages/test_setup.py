"""/setup: the first administrator."""

import pytest

from services import accounts
from services.models import User
from tests.web.conftest import PASSWORD, Web
from tests.web.pages.conftest import Browser


@pytest.fixture
def code(web: Web) -> str:
    """Nobody is there yet, and a code was printed."""
    User.update(active=False).execute()
    made = accounts.offer_setup(web.context.settings.run)
    assert made is not None
    return made


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this machine says that it stands."""
    monkeypatch.setenv("TZ", "Europe/Vienna")


def form(right: str, **changes: str) -> dict[str, str]:
    given = {"code": right, "login": "eva", "display": "Eva", "password": PASSWORD, "again": PASSWORD}
    return given | changes


def test_everything_leads_to_the_wizard_first(browser: Browser, code: str) -> None:
    assert browser().get("/login").headers["location"] == "/setup"
    assert "Set up Hypomos" in browser().get("/setup").text


def test_the_administrator_goes_on_to_the_first_folder(browser: Browser, code: str) -> None:
    eva = browser()
    answer = eva.post("/setup", data=form(code))
    assert (answer.status_code, answer.headers["location"]) == (303, "/storages?first=1")
    assert "Where are your photos?" in eva.get("/storages?first=1").text
    assert browser().get("/setup").headers["location"] == "/"


@pytest.mark.parametrize(
    ("changes", "says", "field"),
    [({"code": "BBBB-BBBB-BBBB"}, "This setup code is wrong or has expired.", "code"),
     ({"again": "something else"}, "The two passwords differ.", "again"),
     ({"password": "short", "again": "short"}, "The password needs at least 10 characters.", "password"),
     ({"login": "Zoë"}, "A login name has only the letters a to z", "login"),
     ({"login": "anna"}, "is taken.", "login"),
     ({"zone": "Mars/Olympus"}, "“Mars/Olympus” is no time zone such as Europe/Berlin.", "zone")],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field(
    browser: Browser, code: str, changes: dict[str, str], says: str, field: str
) -> None:
    answer = browser().post("/setup", data=form(code, **changes))
    assert answer.status_code == 422
    at = answer.text.index(says)
    assert f'id="h-{field}"' in answer.text[at - 60 : at]
    assert 'value="Eva"' in answer.text  # what was typed is kept
    assert PASSWORD not in answer.text


def test_the_time_zone_is_asked_for(browser: Browser, code: str) -> None:
    """Without scripts that of this machine is offered; what was chosen is kept, also from `zone.js`."""
    page = browser().get("/setup").text
    assert "<option selected>Europe/Vienna</option>" in page
    assert page.count(" selected>") == 1
    assert " data-own-zone" in page
    chosen = form(code, zone="Pacific/Auckland")
    again = browser().post("/setup", data=chosen | {"again": "else"}).text
    assert "<option selected>Pacific/Auckland</option>" in again
    assert again.count(" selected>") == 1
    assert " data-own-zone" not in again
    assert browser().post("/setup", data=chosen).status_code == 303
    assert User.get(User.login == "eva").zone == "Pacific/Auckland"


def test_it_is_over_once_there_is_an_administrator(browser: Browser, web: Web) -> None:
    answer = browser().post("/setup", data=form("BBBB-BBBB-BBBB"))
    assert answer.status_code == 422
    assert "There is an administrator already." in answer.text
