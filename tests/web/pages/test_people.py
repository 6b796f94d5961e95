"""/people: accounts and invitations."""

import re

from services.models import User
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


def test_for_administrators_alone(browser: Browser) -> None:
    assert browser("anna").get("/people").status_code == 404
    page = browser("admin").get("/people")
    assert page.status_code == 200
    assert "IMG_1.jpg" not in page.text


def test_an_invitation_is_shown_once(browser: Browser) -> None:
    admin = browser("admin")
    made = admin.post("/people/invite", data={"role": "adult", "note": "Clara"})
    assert made.status_code == 201
    link = re.search(r"http://localhost/invite/hyp_inv_[\w-]+", made.text)
    assert link is not None
    assert browser().get(link[0]).status_code == 200
    again = admin.get("/people").text
    assert "hyp_inv_" not in again
    assert "Clara" in again


def test_no_child_runs_the_appliance(browser: Browser) -> None:
    answer = browser("admin").post("/people/invite", data={"role": "child", "admin": "on"})
    assert answer.status_code == 422
    assert "A child cannot be an administrator." in answer.text


def test_an_account_is_shut_and_opened(browser: Browser, web: Web) -> None:
    admin, ben = browser("admin"), browser("ben")
    pid = web.people["ben"].pid
    assert admin.post(f"/people/{pid}/disable").status_code == 303
    assert "disabled" in admin.get("/people").text
    assert ben.get("/").headers["location"].startswith("/login")
    assert admin.post(f"/people/{pid}/enable").status_code == 303
    assert User.get(User.login == "ben").active


def test_the_last_administrator_stays(browser: Browser, web: Web) -> None:
    answer = browser("admin").post(f"/people/{web.people['admin'].pid}/disable")
    assert answer.status_code == 409
    assert "This is the last active administrator." in answer.text
    assert f"/people/{web.people['admin'].pid}/disable" not in browser("admin").get("/people").text
