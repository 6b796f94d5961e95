"""/groups: made, filled, left and dissolved by plain forms; children look on."""

from services.models import Group, Membership
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser


def test_a_group_from_its_beginning_to_its_end(web: Web, browser: Browser) -> None:
    anna, ben = browser("anna"), browser("ben")
    assert "No groups yet" in anna.get("/groups").text
    assert anna.post("/groups", data={"name": " "}).status_code == 422
    assert anna.post("/groups", data={"name": "Family"}).status_code == 303
    assert "a group “family” already" in anna.post("/groups", data={"name": "family"}).text
    pid = Group.get().pid
    assert ben.post(f"/groups/{pid}/people", data={"user": "ben"}).status_code == 404
    assert "nobody called" in anna.post(f"/groups/{pid}/people", data={"user": "nobody"}).text
    assert anna.post(f"/groups/{pid}/people", data={"user": "ben"}).status_code == 303
    page = ben.get("/groups").text
    for text in ("Family", "Take out", "Leave", "Dissolve"):
        assert text in page
    kim = browser("kim")
    page = kim.get("/groups").text
    assert "Family" in page
    assert 'action="/groups' not in page
    assert kim.post("/groups", data={"name": "Gang"}).status_code == 422
    assert ben.post(f"/groups/{pid}/leave", data={"user": "ben"}).status_code == 303
    assert Membership.select().count() == 1
    assert anna.post(f"/groups/{pid}/dissolve").status_code == 303
    assert "No groups yet" in anna.get("/groups?saved=1").text
