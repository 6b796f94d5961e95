"""What the family does in the file managers of their computers: a photo into what is shared, another to the party."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.stories.household import Drive, Home, eventually, home, picture

OLD = {"X-OC-Mtime": "1600000000"}
"""What is just written rests before it is read."""


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One home for both."""
    with home(tmp_path_factory.mktemp("home"), each=1) as made:
        yield made


def drag(drive: Drive, file: Path, folder: str) -> None:
    """Put a file of the computer's into a folder of the drive, as Explorer does: an empty one first."""
    path = f"{folder}/{file.name}"
    assert drive.http.put(path, content=b"").status_code == 201
    assert drive.http.put(path, content=file.read_bytes(), headers=OLD).status_code == 201
    assert file.name in drive.names(folder + "/"), "it is there at once"
    assert drive.http.get(path).content == file.read_bytes()


def sent(answer: httpx.Response) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json()


def test_a_photo_is_dragged_into_what_is_shared(family: Home, tmp_path: Path) -> None:
    picture(tmp_path / "lake.jpg", 77)
    data = (tmp_path / "lake.jpg").read_bytes()
    with family.drive("mara") as mara, family.drive("jon") as jon, family.api("mara") as http:
        assert mara.http.request("MKCOL", "/Collections/Lake").status_code == 201
        (made,) = (c for c in sent(http.get("/api/v1/collections"))["items"] if c["name"] == "Lake")
        to = {"collection": made["id"], "to": {"user": "jon"}, "rights": ["view", "download"]}
        sent(http.post("/api/v1/shares", json=to))
        theirs = "/Shared with me/mara/Lake/"
        drag(mara, tmp_path / "lake.jpg", "/Collections/Lake")
        eventually(lambda: jon.names(theirs) == {"lake.jpg"}, "Jon sees it")
        assert jon.http.get(theirs + "lake.jpg").content == data
        kept = family.folders["mara"] / "Collections" / "Lake" / "lake.jpg"
        assert kept.read_bytes() == data, "in her own storage"
        copied = {"Destination": f"{family.address}/dav/Collections/Lake/mara-1.jpg"}
        assert (
            mara.http.request("COPY", "/Storages/Mara’s disk/mara-1.jpg", headers=copied).status_code == 201
        )
        assert jon.names(theirs) == {"lake.jpg", "mara-1.jpg"}
        for name in ("lake.jpg", "mara-1.jpg"):
            assert mara.http.delete(f"/Collections/Lake/{name}").status_code == 204
            assert jon.status(theirs + name) == 404
        assert jon.names(theirs) == set()
        assert kept.read_bytes() == data, "taken out, and not deleted"
        assert (family.folders["mara"] / "mara-1.jpg").exists()


def test_a_photo_is_dragged_to_the_party_and_back(family: Home, tmp_path: Path) -> None:
    picture(tmp_path / "cake.jpg", 78)
    inbox = "/Events/Party/Inbox"
    with family.api("jon") as jon, family.api("mara") as mara, family.api("ole") as ole:
        party = sent(
            jon.post("/api/v1/events", json={"name": "Party", "guests": "contribute", "place": True})
        )
        address = sent(jon.get(f"/api/v1/events/{party['id']}/door"))["door"]["address"]
        for person in (mara, ole):
            assert person.post(httpx.URL(address).path, data={"as": "person"}).status_code == 303

        def seen(http: httpx.Client) -> set[str]:
            items = sent(http.get(f"/api/v1/events/{party['id']}/items"))["items"]
            return {item["name"] for item in items}

        def waits() -> list[str]:
            return [each["id"] for each in sent(jon.get("/api/v1/approvals"))["items"]]

        with family.drive("mara") as drive, family.drive("ole") as other:
            drag(drive, tmp_path / "cake.jpg", inbox)
            eventually(lambda: len(waits()) == 1, "it waits for Jon")
            assert (seen(mara), seen(ole)) == (set(), set())
            assert other.names(inbox + "/") == set(), "nobody finds what others bring"
            sent(jon.post("/api/v1/approvals", json={"ids": waits(), "decision": "approve"}))
            assert seen(jon) == seen(ole) == {"cake.jpg"}
            assert drive.names(inbox + "/") == {"cake.jpg"}
            assert drive.http.delete(f"{inbox}/cake.jpg").status_code == 204
            assert seen(jon) == seen(ole) == set()
            assert drive.names(inbox + "/") == set()
        kept = family.folders["mara"] / "Events" / "Party" / "cake.jpg"
        assert kept.read_bytes() == (tmp_path / "cake.jpg").read_bytes()
