"""A family of four at home, each with an own folder, behind a real `hypomos serve`: what the stories are played in."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx2 as httpx
from PIL import Image

from config import settings as config
from services import accounts, sharing
from services.accounts import OPERATOR, acting
from services.models import Item, Storage, User
from tests.processes import serving
from tests.serving import PASSWORD, opened

ROLES: dict[str, Literal["adult", "child"]] = {
    "mara": "adult",
    "jon": "adult",
    "ida": "child",
    "ole": "child",
}
WAIT_S = 120.0


@dataclass(frozen=True)
class Home:
    """Where it answers, the folder of each person, and the ids of their pictures by name."""

    address: str
    data: Path
    folders: dict[str, Path]
    items: dict[str, str]
    storages: dict[str, str]

    @contextmanager
    def api(self, login: str) -> Iterator[httpx.Client]:
        """Somebody signed in, without a browser."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        with httpx.Client(base_url=self.address, headers=headers, timeout=60) as http:
            assert http.post("/login", data={"login": login, "password": PASSWORD}).status_code == 303
            yield http

    @contextmanager
    def drive(self, login: str) -> Iterator["Drive"]:
        """Somebody's network drive, with an app password of its own."""
        with self.api(login) as http:
            made = http.post("/api/v1/tokens", json={"kind": "app", "label": "story"})
            secret = made.json()["secret"]
        with httpx.Client(base_url=self.address + "/dav", auth=(login, secret), timeout=60) as http:
            yield Drive(http)


@dataclass(frozen=True)
class Drive:
    """A network drive as a program sees it."""

    http: httpx.Client

    def names(self, path: str) -> set[str]:
        """What lies in a folder; nothing where there is none."""
        answer = self.http.request("PROPFIND", path, headers={"Depth": "1"})
        if answer.status_code == 404:
            return set()
        assert answer.status_code == 207, answer.text
        hrefs = [part.split("<")[0] for part in answer.text.split("href>")[1::2]]
        return {httpx.URL(href.rstrip("/")).path.rsplit("/", 1)[1] for href in hrefs[1:]}

    def status(self, path: str) -> int:
        """How a download of this path is answered."""
        return int(self.http.get(path).status_code)


def picture(path: Path, number: int, size: tuple[int, int] = (480, 320), **more: Any) -> None:
    """Draw a picture that is like no other."""
    shade = Image.linear_gradient("L").rotate(37 * number).resize(size)
    colours = (shade, shade.rotate(180), Image.new("L", size, 40 + 13 * number % 200))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.merge("RGB", colours).save(path, quality=88, comment=str(number).encode(), **more)


@contextmanager
def home(scratch: Path, each: int = 3, database_url: str = "") -> Iterator[Home]:
    """The family, each with `each` pictures called after them: mara-1.jpg. They are the group “Family”."""
    if database_url:
        (scratch / "data").mkdir()
        (scratch / "data" / config.FILE_NAME).write_text(
            f'database_url = "{database_url}"\n', encoding="utf-8"
        )
    folders = {login: scratch / "disks" / login for login in ROLES}
    for n, (login, folder) in enumerate(folders.items()):
        for number in range(1, each + 1):
            picture(folder / f"{login}-{number}.jpg", 10 * n + number)
    with opened(scratch / "data") as hypomos:
        for login, role in ROLES.items():
            accounts.add_person(
                OPERATOR, hypomos.passwords, login, password=PASSWORD, display=login.title(), role=role,
                is_admin=login == "jon",
            )  # fmt: skip
            owner = accounts.find_user(login)
            assert owner is not None
            storage = hypomos.connecting.add_local(
                OPERATOR, f"{login.title()}’s disk", str(folders[login]), owner=owner, writable=True
            )
            User.update(default_storage_id=storage.id).where(User.id == owner.id).execute()
        mara = accounts.find_user("mara")
        assert mara is not None
        viewer = acting.viewer_of(mara)
        group = sharing.make_group(viewer, "Family")
        for login in ("jon", "ida", "ole"):
            sharing.join_group(viewer, group.pid, login)
    with serving(scratch / "data") as at:
        items, storages = _read(scratch / "data", len(ROLES) * each)
        yield Home(at.address, scratch / "data", folders, items, storages)


def eventually(is_so: Callable[[], bool], what: str, seconds: float = WAIT_S) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"it did not come to be: {what}"
        time.sleep(0.3)


def _read(data: Path, number: int) -> tuple[dict[str, str], dict[str, str]]:
    found: dict[str, str] = {}

    def is_read() -> bool:
        with opened(data):
            rows = Item.select(Item.name, Item.pid).where(Item.colour.is_null(False))
            found.update(dict(rows.tuples()))
        return len(found) == number

    eventually(is_read, "every picture is read")
    with opened(data):
        storages = dict(Storage.select(User.login, Storage.pid).join(User).tuples())
    return found, storages
