"""Actor x route for those who hold a share: what they see is there for them, and nothing else of its owner is.

Ben may look, download and pass on; Kim may look only, and not know where; the administrator has it from Ben;
Cleo had it once; Dora has it by a group. Every route that names an object is asked by each of them for Anna's.
"""

import pytest
from starlette.testclient import TestClient

from services import accounts, sharing
from services.accounts import OPERATOR
from services.models import Collection, Item, Overlay, Storage, Trash, User
from services.sharing import Terms
from tests.factories import Make
from tests.fixtures import Kept
from tests.web.conftest import PASSWORD, PICTURE, Web, move_in
from tests.web.objects import ABSENT, address
from tests.web.test_matrix import OBJECTS, ask, require_nothing
from tests.web.walking import name_of, walk, walk_along
from web.routes import API
from web.rules import Rule

RECIPIENTS = {"ben": True, "kim": False, "admin": True, "dora": True}
"""Who sees the picture, and whether they may download it."""

LOOKING = {
    f"GET {API}/items/{{id}}",
    f"PATCH {API}/items/{{id}}",
    f"GET {API}/items/{{id}}/assets",
    f"GET {API}/items/{{id}}/collections",
    f"GET {API}/items/{{id}}/rendition/{{size}}",
    f"GET {API}/items/{{id}}/subtitles",
    f"GET {API}/items/{{id}}/subtitles/{{file}}",
    "GET /item/{id}",
    "POST /item/{id}",
}
"""What whoever sees an item may ask of it; what they change is what they think of it themselves."""

DOWNLOADING = {f"GET {API}/items/{{id}}/original", f"GET {API}/items/{{id}}/assets/{{role}}"}

ELSEWHERE = ("/collections/", "/timeline/")
"""A collection that is shared is there for its recipients, and a month is nobody's own: tested by themselves."""

AT_A_COLLECTION = {
    f"GET {API}/collections/{{id}}",
    f"GET {API}/collections/{{id}}/items",
    "GET /collections/{id}",
}
"""What a recipient may ask of a collection that is shared with them; pages show the same."""

RULES = [r for r in OBJECTS if r.policy == "person" and not any(part in r.path for part in ELSEWHERE)]


@pytest.fixture
def shared(web: Web, make: Make, kept: Kept) -> Web:
    """Anna's picture, with everybody who sees it by one way or another."""
    kept.fill("shared", web.data, lambda: share(web, make))
    move_in(web.folder)
    web.people.update({user.login: user for user in User.select()})
    return web


def share(web: Web, make: Make) -> None:
    for login in ("cleo", "dora"):
        accounts.add_person(OPERATOR, web.context.passwords, login, password=PASSWORD)
        web.people[login] = User.get(User.login == login)
    Item.update(lat=47.5, lon=9.1).execute()
    Storage.update(name="Vault").execute()
    viewer = {name: accounts.viewer_for(name) for name in web.people}
    for login, terms in (
        ("ben", Terms(reshare=True)),
        ("kim", Terms(download=False, place=False)),
        ("cleo", Terms()),
    ):
        lake = make.collection(web.people["anna"], f"Lake for {login}", items=[web.item])
        sharing.offer(viewer["anna"], lake.pid, {"user": login}, terms)
    sharing.revoke(viewer["anna"], {"user": "cleo"})
    mine = make.collection(web.people["ben"], "From Anna", items=[web.item])
    sharing.offer(viewer["ben"], mine.pid, {"user": "admin"}, Terms())
    group = sharing.make_group(viewer["anna"], "Friends").pid
    sharing.join_group(viewer["anna"], group, "dora")
    lake = Collection.get(Collection.name == "Lake for cleo")
    sharing.offer(viewer["anna"], lake.pid, {"group": group}, Terms())


def may(rule: Rule, who: str) -> bool:
    return name_of(rule) in LOOKING or (RECIPIENTS[who] and name_of(rule) in DOWNLOADING)


@pytest.mark.parametrize("who", RECIPIENTS)
def test_a_recipient_looks_and_does_no_more(shared: Web, who: str) -> None:
    shared.client("anna")  # so that she has a session to be stolen
    client = shared.client(who)
    for rule in RULES:
        if may(rule, who):
            require_the_picture(shared, client, rule, who)
    Item.update(type="photo").execute()  # it was a film for its subtitles alone

    def judge(rule: Rule, path: str) -> None:
        require_nothing(shared, client, rule, path)

    is_in_the_group = who == "dora"  # and an adult
    refused = [r for r in RULES if not may(r, who) and not (is_in_the_group and "/groups/" in r.path)]
    walk(shared, refused, judge, client)
    item = Item.get_by_id(shared.item.id)
    assert (item.trashed_at, item.withdrawn_at, item.title, item.favourite) == (None, None, None, False)
    assert Storage.get().removed_at is None


def require_the_picture(shared: Web, client: TestClient, rule: Rule, who: str) -> None:
    """It is answered, and tells nothing of where the picture lies, nor Kim where it was taken."""
    there = ask(client, rule, address(shared, rule))
    assert there.status_code in {200, 303}, (name_of(rule), there.text)
    for secret in ("Vault", str(shared.folder), bytes(shared.file.sha256).hex()):
        assert secret not in there.text, name_of(rule)
    assert who != "kim" or "47.5" not in there.text


COLLECTIONS = [r for r in OBJECTS if r.policy == "person" and "/collections/" in r.path]


@pytest.mark.parametrize("who", ["ben", "kim"])
def test_a_shared_collection_is_looked_at_and_not_changed(shared: Web, who: str) -> None:
    client, lake = shared.client(who), Collection.get(Collection.name == f"Lake for {who}")
    hers = Collection.get(Collection.name == "Lake for cleo")

    def judge(rule: Rule, path: str) -> None:
        there, other, nowhere = (
            ask(client, rule, path.replace(ABSENT, pid)) for pid in (lake.pid, hers.pid, ABSENT)
        )
        assert other.status_code == nowhere.status_code == 404
        if name_of(rule) in AT_A_COLLECTION:
            assert there.status_code == 200, there.text
            for secret in ("Vault", "Lake for cleo", bytes(shared.file.sha256).hex()):
                assert secret not in there.text
        else:
            assert there.status_code == 404, there.text

    walk_along([(rule, address(shared, rule, absent=True)) for rule in COLLECTIONS], judge, client)
    assert Collection.get_by_id(lake.id).deleted_at is None
    assert Collection.get_by_id(lake.id).size == 1


def test_who_had_it_has_nothing(shared: Web) -> None:
    shared.client("anna")
    client = shared.client("cleo")

    def judge(rule: Rule, path: str) -> None:
        require_nothing(shared, client, rule, path)

    walk(shared, RULES, judge, client)


@pytest.mark.parametrize("who", RECIPIENTS)
def test_lists_tell_of_the_picture_and_of_nothing_around_it(shared: Web, who: str) -> None:
    client = shared.client(who)
    (item,) = client.get(f"{API}/items").json()["items"]
    assert (item["name"], item["owner"]) == ("IMG_1.jpg", "anna")
    assert not {"sha256", "locations", "people"} & set(item)
    assert (item["gps"] is None) == (who == "kim")
    for path in ("/storages", "/trash", "/problems"):
        assert client.get(API + path).json()["items"] == []
    assert "Vault" not in client.get("/storages").text
    assert client.get("/timeline/b/202607").json()["id"] == [shared.item.pid]


@pytest.mark.parametrize("who", RECIPIENTS)
def test_what_they_think_of_it_is_theirs(shared: Web, who: str) -> None:
    client = shared.client(who, **{"Sec-Fetch-Site": "same-origin"})
    path = f"{API}/items/{shared.item.pid}"
    answer = client.patch(path, json={"favourite": True, "rating": 4, "labels": ["mine"]})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["favourite"], answer.json()["rating"]) == (True, 4)
    assert Overlay.select().count() == 1
    for field in ("title", "description"):
        assert client.patch(path, json={field: "x"}).status_code == 403  # they see that it is there
    assert client.delete(path).status_code == 404
    assert Trash.select().count() == 0
    owners = shared.client("anna").get(path).json()
    assert (owners["favourite"], owners["rating"], owners["labels"], owners["title"]) == (
        False,
        None,
        [],
        None,
    )


def test_the_bytes_follow_the_rights(shared: Web) -> None:
    for who, downloads in RECIPIENTS.items():
        answer = shared.client(who).get(f"{API}/items/{shared.item.pid}/original")
        assert answer.status_code == (200 if downloads else 404)
        assert (answer.content == PICTURE) == downloads


def test_everything_ends_with_the_first_part_of_the_way(shared: Web) -> None:
    """Anna ends what she gave Ben: what he passed on is gone with it."""
    clients = [shared.client(who) for who in ("ben", "admin")]
    sharing.revoke(accounts.viewer_for("anna"), {"user": "ben"})
    for client in clients:
        require_nothing_left(shared, client)


def test_the_last_part_of_the_way_ends_alone(shared: Web) -> None:
    """Anna ends what Ben passed on: he has it as before, and nobody by him."""
    anna, ben, admin = (shared.client(who) for who in ("anna", "ben", "admin"))
    passed = [
        p for s in anna.get(f"{API}/shares").json()["items"] for g in s["grants"] for p in g["passed_on"]
    ]
    assert [each["to"] for each in passed] == [{"user": "admin"}]
    for client, status in ((admin, 404), (anna, 200), (anna, 404)):
        body, site = {"grant": passed[0]["id"]}, {"Sec-Fetch-Site": "same-origin"}
        assert client.post(f"{API}/revocations", json=body, headers=site).status_code == status
    require_nothing_left(shared, admin)
    assert ben.get(f"{API}/items/{shared.item.pid}/original").content == PICTURE


def require_nothing_left(web: Web, client: TestClient) -> None:
    """Neither the picture nor any of its bytes, also for whoever had them."""
    path = f"{API}/items/{web.item.pid}"
    for suffix in ("", "/original", "/rendition/320", "/assets"):
        assert client.get(path + suffix, headers={"If-None-Match": "*"}).status_code == 404
    assert client.get(f"/item/{web.item.pid}").status_code == 404
    assert client.get(f"{API}/items").json()["items"] == []
