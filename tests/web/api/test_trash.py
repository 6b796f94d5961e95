"""/trash: items that were deleted, the way back, and emptying; a refusal touches nothing."""

import pytest

from services.models import Item, Job, Storage, Trash
from tests.web.api.conftest import Api
from tests.web.conftest import PICTURE, Web


@pytest.fixture(autouse=True)
def writable(web: Web) -> None:
    Storage.update(writable=True).execute()


def test_an_item_goes_to_the_trash_and_comes_back(web: Web, api: Api) -> None:
    thrown = api("DELETE", f"/items/{web.item.pid}").json()["trash"]
    page = api("GET", "/trash").json()
    (line,) = page["items"]
    assert (page["total"], page["next"]) == (1, None)
    assert (line["id"], line["name"], line["kind"], line["storage"], line["item"], line["files"], line["waits"]) == (
        thrown, "IMG_1.jpg", "deleted", "Photos", web.item.pid, 1, False,
    )  # fmt: skip
    assert line["trashed"] < line["purge"]
    assert api("GET", f"/items/{web.item.pid}").json()["state"] == "trashed"
    assert api("GET", f"/items/{web.item.pid}/original").status_code == 404
    assert api("GET", "/timeline").json()["items"] == []
    back = api("POST", f"/trash/{thrown}/restore")
    assert [b["path"] for b in back.json()["restored"]] == ["IMG_1.jpg"]
    assert (web.folder / "IMG_1.jpg").read_bytes() == PICTURE
    assert api("GET", f"/items/{web.item.pid}").json()["state"] == "online"
    assert api("POST", f"/trash/{thrown}/restore").status_code == 404


def test_one_line_is_deleted_for_good(web: Web, api: Api) -> None:
    thrown = api("DELETE", f"/items/{web.item.pid}").json()["trash"]
    assert api("DELETE", f"/trash/{thrown}", who="ben").status_code == 404
    assert api("DELETE", f"/trash/{thrown}").status_code == 204
    assert api("GET", "/trash").json() == {"items": [], "next": None, "total": 0}
    assert (Item.select().count(), list(web.folder.rglob("*.jpg"))) == (0, [])
    assert api("GET", f"/items/{web.item.pid}").status_code == 404


def test_emptying_is_a_job(web: Web, api: Api) -> None:
    api("DELETE", f"/items/{web.item.pid}")
    answer = api("DELETE", "/trash")
    assert (answer.status_code, answer.json()["kind"]) == (202, "purge")
    assert Job.get(Job.kind == "purge").payload["owner"] == web.people["anna"].id


def test_the_trash_comes_in_pages(web: Web, api: Api) -> None:
    values = {
        "owner": web.people["anna"],
        "storage": web.storage,
        "path": "x",
        "size": 1,
        "files": 1,
        "trashed_at": 1,
    }
    for n in range(3):
        Trash.create(pid=f"p{n}", batch=f"b{n}", kind="deleted", name=str(n), is_dir=False, **values)
    first = api("GET", "/trash", limit=2).json()
    rest = api("GET", "/trash", limit=2, cursor=first["next"]).json()
    assert [i["name"] for i in first["items"] + rest["items"]] == ["2", "1", "0"]
    assert rest["next"] is None
    assert api("GET", "/trash", limit=0).status_code == 422


def test_bytes_that_are_gone_are_told(web: Web, api: Api) -> None:
    thrown = api("DELETE", f"/items/{web.item.pid}").json()["trash"]
    for path in web.folder.rglob("*.jpg"):
        path.unlink()
    assert api("POST", f"/trash/{thrown}/restore").status_code == 404
