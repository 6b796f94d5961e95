"""/groups: made, joined, left and dissolved by adults who are in them; what is shared with them follows."""

from tests.factories import Make
from tests.web.api.conftest import Api
from tests.web.conftest import Web


def test_a_group_gives_and_takes(web: Web, api: Api, make: Make) -> None:
    lake = make.collection(web.people["anna"], "Lake", items=[web.item])
    group = api("POST", "/groups", {"name": "Family"}).json()
    assert (group["people"], group["mine"]) == (["anna"], True)
    assert api("POST", "/groups", {"name": "family"}).status_code == 409
    assert api("POST", "/groups", {"name": 5}).status_code == 422
    body = {"collection": lake.pid, "to": {"group": group["id"]}, "rights": ["view"]}
    assert api("POST", "/shares", body).json()["to"] == {"group": "Family"}
    assert api("POST", f"/groups/{group['id']}/people", {"user": "ben"}, who="ben").status_code == 404
    assert api("POST", f"/groups/{group['id']}/people", {"user": "ben"}).json()["people"] == ["anna", "ben"]
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 200
    assert api("DELETE", f"/groups/{group['id']}/people/ben").json() == {"grants": 1}
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 404
    api("POST", f"/groups/{group['id']}/people", {"user": "ben"})
    assert api("DELETE", f"/groups/{group['id']}", who="admin").status_code == 404
    assert api("DELETE", f"/groups/{group['id']}").json() == {"grants": 1}
    assert api("GET", "/groups").json()["items"] == []
    assert api("GET", f"/items/{web.item.pid}", who="ben").status_code == 404
