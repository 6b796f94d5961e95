"""The main job, end to end with real processes: a folder of pictures, its catalogue, its drive, its page."""

import hashlib
import os
import random
import shutil
import time
import urllib.request
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image

from tests.processes import Serving, serving

PASSWORD = "a lake in the morning"
WAIT_S = 90.0


def pictures(folder: Path, number: int) -> dict[str, str]:
    """Draw some distinct pictures; gives name -> SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    shades = random.Random(5)
    hashes = {}
    for n in range(number):
        path = folder / f"IMG_{n:04}.jpg"
        image = Image.effect_noise((320, 240), shades.randint(20, 120)).convert("RGB")
        image.save(path, quality=88, comment=str(n).encode())
        os.utime(path, (1_780_000_000 + n, 1_780_000_000 + n))
        hashes[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashes


class Person:
    """Somebody with a browser and nothing else."""

    def __init__(self, at: Serving) -> None:
        self.at = at
        headers = {"Sec-Fetch-Site": "same-origin"}
        self.http = httpx.Client(base_url=at.address, headers=headers, timeout=30, follow_redirects=False)

    def __enter__(self) -> "Person":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def set_up(self) -> None:
        code = next(
            line.strip()
            for line in (self.at.data.parent / f"{self.at.data.name}.log").read_text().splitlines()
            if line.strip().count("-") == 2 and line.strip().replace("-", "").isupper()
        )
        form = {"code": code, "login": "anna", "display": "Anna", "password": PASSWORD, "again": PASSWORD}
        assert self.http.post("/setup", data=form).status_code == 303

    def sign_in(self) -> None:
        assert self.http.post("/login", data={"login": "anna", "password": PASSWORD}).status_code == 303

    def api(self, method: str, path: str, **more: Any) -> Any:
        answer = self.http.request(method, f"/api/v1{path}", **more)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.content else None

    def connect(self, folder: Path) -> str:
        return str(self.api("POST", "/storages", json={"name": "Photos", "path": str(folder)})["id"])

    def wait_for_scan(self, storage: str) -> dict[str, Any]:
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            seen = self.api("GET", f"/storages/{storage}")
            if seen["job"] and seen["job"]["state"] == "done" and not seen["pending"]:
                return dict(seen)
            time.sleep(0.2)
        raise AssertionError(f"the scan did not end: {seen}")

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while cursor is not None:
            page = self.api("GET", f"/items?limit=50{'&cursor=' + cursor if cursor else ''}")
            found += page["items"]
            cursor = page["next"]
        return found


def test_from_a_folder_to_drive_and_page(tmp_path: Path) -> None:
    hashes = pictures(tmp_path / "photos" / "2026", 12)
    with serving(tmp_path / "data") as at, Person(at) as person:
        person.set_up()
        storage = person.connect(tmp_path / "photos")
        seen = person.wait_for_scan(storage)
        assert (seen["files"], seen["items"], seen["problems"]) == (12, 12, 0)
        items = person.items()
        assert {i["name"] for i in items} == set(hashes)
        for item in items[:3]:
            original = person.http.get(f"/api/v1/items/{item['id']}/original")
            assert hashlib.sha256(original.content).hexdigest() == hashes[item["name"]]
            assert (
                person.http.get(f"/api/v1/items/{item['id']}/rendition/320").headers["content-type"]
                == "image/webp"
            )
            assert (
                person.http.get(f"/api/v1/items/{item['id']}/rendition/1600").headers["content-type"]
                == "image/jpeg"
            )
        secret = person.api("POST", "/tokens", json={"kind": "app", "label": "drive"})["secret"]
        with httpx.Client(base_url=at.address + "/dav", auth=("anna", secret), timeout=30) as drive:
            for name, sha in list(hashes.items())[:3]:
                answer = drive.get(f"/Storages/Photos/2026/{name}")
                assert hashlib.sha256(answer.content).hexdigest() == sha
            assert "multistatus" in drive.request("PROPFIND", "/", headers={"Depth": "1"}).text
        assert "IMG_0000" not in person.http.get("/").text.partition("timeline-first")[0]
        with urllib.request.urlopen(at.address + "/healthz") as answer:
            assert answer.status == 200


def test_a_change_in_the_folder_is_seen_by_itself(tmp_path: Path) -> None:
    pictures(tmp_path / "photos", 3)
    with serving(tmp_path / "data") as at, Person(at) as person:
        person.set_up()
        person.wait_for_scan(person.connect(tmp_path / "photos"))
        time.sleep(2)  # the watcher begins within its round
        fresh = tmp_path / "fresh"
        pictures(fresh, 5)
        deadline = time.monotonic() + WAIT_S
        time.sleep(10)
        shutil.move(fresh / "IMG_0004.jpg", tmp_path / "photos" / "IMG_0004.jpg")
        while time.monotonic() < deadline and len(person.items()) < 4:
            time.sleep(0.3)
        assert len(person.items()) == 4


@pytest.mark.first
@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.long)]
)
def test_killing_the_worker_again_and_again_loses_nothing(tmp_path: Path, seed: int) -> None:
    hashes = pictures(tmp_path / "photos", 120)
    dice = random.Random(seed)
    with serving(tmp_path / "data") as at, Person(at) as person:
        person.set_up()
        storage = person.connect(tmp_path / "photos")
        kills = 0
        for _ in range(4):
            time.sleep(dice.uniform(0.4, 1.6))
            kills += at.kill_worker()
        assert kills >= 2
        (at.data / "queue.db").unlink(missing_ok=True)
        seen = person.wait_for_scan(storage)
        assert (seen["files"], seen["items"], seen["pending"], seen["problems"]) == (120, 120, 0, 0)
        items = person.items()
        assert sorted(i["name"] for i in items) == sorted(hashes)
        assert len({i["id"] for i in items}) == 120
        assert {i["state"] for i in items} == {"online"}


@pytest.mark.first
def test_killing_everything_and_starting_again(tmp_path: Path) -> None:
    hashes = pictures(tmp_path / "photos", 60)
    data = tmp_path / "data"
    with serving(data) as at, Person(at) as person:
        person.set_up()
        storage = person.connect(tmp_path / "photos")
        time.sleep(1.5)
        at.kill_worker()
        at.process.kill()
        at.process.wait()
    with serving(data) as at, Person(at) as person:
        person.sign_in()
        person.wait_for_scan(storage)
        assert {i["name"] for i in person.items()} == set(hashes)
