"""A household in this process, asked as from outside: pages, API and network drive through one application."""

import asyncio
import base64
import dataclasses
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx2 as httpx
from starlette.testclient import TestClient

from appliance.asgi import make_app
from appliance.container import Hypomos, open_appliance
from appliance.television import translator
from config import load
from services import accounts
from services.accounts import OPERATOR, Passwords
from services.broker import Broker
from services.clock import now
from services.events import Doors, Events
from services.identifiers import new_pid
from services.media.television import PROFILES
from services.models import TABLES, Asset, Audit, Counter, Device, Throttle, User, database
from services.revocations import NAME, Journal
from services.screens import is_let_in
from services.sharing import Openings
from services.viewers import Viewer
from tests.factories import Make
from tests.fakes import jpeg_header
from tests.virtualfs.dlna.asking import HERE, Asker
from virtualfs.dlna.access import Neighbours
from virtualfs.dlna.app import Parts, make_dlna
from virtualfs.dlna.cds import update_id
from virtualfs.dlna.description import Identity
from virtualfs.dlna.events import Events as EventsOfScreens
from virtualfs.tree import Tree
from web.handling import GUEST_COOKIE, GUESTS

PASSWORD = "a lake in the morning"
_RESPONSE = re.compile(r"<D:response>.*?</D:response>", re.S)


class Asking:
    """The whole application on one data directory, kept for many households after one another."""

    def __init__(self, data: Path, migrated: Path) -> None:
        data.mkdir()
        shutil.copy(migrated, data / database.FILE_NAME)
        hypomos = open_appliance(load(data, {}))
        quick = Passwords(time_cost=1, memory_kib=64)
        self.hypomos: Hypomos = dataclasses.replace(
            hypomos, passwords=quick, events=Events(Doors(b"k" * 32, quick))
        )
        self.data = data
        self.broker: Broker = self.hypomos.broker
        self.make = Make(data)
        self.tree = Tree()
        self.journal = Journal(data)
        self.loop = asyncio.new_event_loop()
        app = make_app(self.hypomos, lambda: {"database": None, "worker": None}, threading.Event())
        nearby = {HERE: ip_network("127.0.0.0/8")}.get
        self._dlna = make_dlna(
            Parts(
                Identity("uuid:x", "Hypomos", "1"), self.hypomos.screen_key, self.broker, self.hypomos.pictures,
                self.hypomos.masks, self.hypomos.jobs,
                Openings(), nearby, EventsOfScreens(update_id, is_let_in), lambda ip: "",
                Neighbours(Path("/nowhere")), translator,
            )
        )  # fmt: skip
        self._open = ExitStack()
        client = TestClient(app, base_url="http://localhost", follow_redirects=False, client=("127.0.0.1", 5))
        self.client = self._open.enter_context(client)
        self._cookies: dict[int, str] = {}
        self._tokens: dict[tuple[int, str], str] = {}

    def close(self) -> None:
        self._open.close()
        self.loop.close()
        self.hypomos.close()

    def clear(self) -> None:
        """Throw everything away that a household left behind."""
        self._cookies.clear()
        self._tokens.clear()
        database.proxy.execute_sql("PRAGMA foreign_keys = OFF")
        for table in TABLES:
            if table not in {Audit, Counter}:
                table.delete().execute()
        database.proxy.execute_sql("PRAGMA foreign_keys = ON")
        Counter.update(value=0).where(Counter.name == "clock_mark").execute()
        Counter.update(value=Counter.value + 1).where(Counter.name == "policy_epoch").execute()
        (self.data / NAME).unlink(missing_ok=True)

    def person(self, login: str, **more: Any) -> User:
        accounts.add_person(OPERATOR, self.hypomos.passwords, login, password=PASSWORD, **more)
        user: User = User.get(User.login == login)
        return user

    def forget_guesses(self) -> None:
        """Nobody is slowed down for what was tried."""
        Throttle.delete().execute()

    def forget(self, user_id: int) -> None:
        """Their sessions and tokens ended: they sign in anew when they ask next."""
        self._cookies.pop(user_id, None)
        for kind in ("api", "app"):
            self._tokens.pop((user_id, kind), None)

    def page(self, viewer: Viewer, path: str) -> httpx.Response:
        """A page as a browser asks for it; who was not let in tries again the next time."""
        if not self._cookies.get(viewer.user_id):
            self.forget_guesses()  # who is shut out is asked as well, and each time counts as one
            answer = self.client.post("/login", data={"login": viewer.login, "password": PASSWORD})
            self._cookies[viewer.user_id] = answer.headers.get("set-cookie", "").partition(";")[0]
            self.client.cookies.clear()
        return self.client.get(path, headers={"Cookie": self._cookies[viewer.user_id]})

    def visit(self, guest: str, secret: str, path: str) -> httpx.Response:
        """A page of a visit as the browser of its guest asks for it."""
        return self.client.get(f"{GUESTS}/{guest}{path}", headers={"Cookie": f"{GUEST_COOKIE}={secret}"})

    def keep_pictures(self, asset: Asset) -> None:
        """Have what is made of an item's original: no worker runs here."""
        content = bytes(asset.sha256).hex()
        self.hypomos.store.put(content, 320, b"RIFF grid")
        self.hypomos.store.put(content, PROFILES["TN"].key, jpeg_header(160, 120))

    def television(self, screen: int) -> Asker:
        """The machine that was let in as this screen."""
        ip = f"127.9.{screen // 250 % 250}.{screen % 250}"
        given = {"pid": new_pid(), "code": "1000", "address": ip, "state": "approved", "screen": screen}
        Device.get_or_create(key=f"ip {ip}", defaults=given | {"first_seen_at": now(), "last_seen_at": now()})
        asker = Asker(self._dlna, self.hypomos.screen_key, ip)
        asker.loop = self.client.portal
        return asker

    def get(self, viewer: Viewer, path: str) -> httpx.Response:
        """A resource of the API, by a token."""
        return self.client.get(path, headers={"Authorization": f"Bearer {self._token(viewer, 'api')}"})

    def post(self, viewer: Viewer, path: str, body: object) -> httpx.Response:
        """A question to the API that has a body, by a token."""
        headers = {"Authorization": f"Bearer {self._token(viewer, 'api')}"}
        return self.client.post(path, json=body, headers=headers)

    def api(self, viewer: Viewer, path: str) -> Any:
        """What the API answers, None when it does not."""
        answer = self.get(viewer, path)
        assert answer.status_code in {200, 401, 404}, (path, answer.text)
        return answer.json() if answer.status_code == 200 else None

    def dav(
        self, viewer: Viewer, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> httpx.Response:
        """A request to the network drive."""
        secret = self._token(viewer, "app")
        basic = base64.b64encode(f"{viewer.login}:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", **headers}
        return self.client.request(method, path, content=body, headers=headers)

    def walk(self, viewer: Viewer, path: str) -> Iterator[tuple[str, str]]:
        """The address and entity tag of every file below a folder of the network drive."""
        answer = self.dav(viewer, "PROPFIND", path, Depth="1")
        if answer.status_code in {401, 404}:
            return
        assert answer.status_code == 207, answer.text
        for href, tag, is_folder in list(rows_of(answer.text))[1:]:
            if is_folder:
                yield from self.walk(viewer, href)
            else:
                yield href, tag

    def _token(self, viewer: Viewer, kind: str) -> str:
        key = viewer.user_id, kind
        if key not in self._tokens and User.get_by_id(viewer.user_id).active:
            self._tokens[key] = accounts.create_token(accounts.viewer_for(viewer.login), kind).secret
        return self._tokens.get(key, "")


def rows_of(listing: str) -> Iterator[tuple[str, str, bool]]:
    """The entries of a PROPFIND: address, bare entity tag, whether it is a folder."""
    for row in _RESPONSE.findall(listing):
        href = re.search(r"<D:href>(.*?)</D:href>", row)
        tag = re.search(r"<D:getetag>(?:&quot;|\")?(.*?)(?:&quot;|\")?</D:getetag>", row)
        assert href is not None
        yield href[1], "" if tag is None else tag[1], "<D:collection/>" in row
