"""/invite/{token}: an invited person makes their own account."""

import pytest

from services import accounts
from services.accounts import OPERATOR
from services.models import User
from tests.web.conftest import PASSWORD, Web
from tests.web.pages.conftest import Browser


@pytest.fixture
def link(web: Web) -> str:
    return f"/invite/{accounts.invite(accounts.viewer_for('admin'), note='for Clara').secret}"


def form(**changes: str) -> dict[str, str]:
    return {"login": "clara", "display": "Clara", "password": PASSWORD, "again": PASSWORD} | changes


def test_the_page_says_who_invites_and_no_more(browser: Browser, link: str) -> None:
    page = browser().get(link).text
    assert "admin invites you to this household." in page
    assert "for Clara" not in page


def test_an_account_is_made_and_signed_in(browser: Browser, link: str) -> None:
    clara = browser()
    assert clara.post(link, data=form()).headers["location"] == "/"
    assert "Clara" in clara.get("/settings").text
    assert not User.get(User.login == "clara").is_admin
    assert browser().get(link).status_code == 404  # good once


def test_a_taken_name_keeps_the_invitation_good(browser: Browser, link: str) -> None:
    answer = browser().post(link, data=form(login="anna"))
    assert answer.status_code == 422
    assert "The login name “anna” is taken." in answer.text
    assert browser().post(link, data=form(again="else")).status_code == 422
    assert browser().post(link, data=form()).status_code == 303


def test_the_time_zone_is_asked_for(browser: Browser, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Vienna")
    page = browser().get(link).text
    assert "<option selected>Europe/Vienna</option>" in page
    assert " data-own-zone" in page
    assert '<script type="module" src="/static/js/zone.js"></script>' in page
    refused = browser().post(link, data=form(zone="Mars/Olympus"))
    assert refused.status_code == 422
    assert "“Mars/Olympus” is no time zone such as Europe/Berlin." in refused.text
    assert browser().post(link, data=form(zone="Asia/Tokyo")).status_code == 303
    assert User.get(User.login == "clara").zone == "Asia/Tokyo"


def test_an_unknown_invitation_is_not_found(browser: Browser) -> None:
    assert accounts.list_invitations(OPERATOR) == []
    assert browser().get("/invite/hyp_inv_nothing").status_code == 404
    assert browser().post("/invite/hyp_inv_nothing", data=form()).status_code == 404
