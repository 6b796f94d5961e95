"""The web facade over a small household: anna has a real folder with a picture, ben and admin have nothing."""

import dataclasses
import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.testclient import TestClient

from config import Settings
from services import accounts
from services.accounts import OPERATOR, Authenticator, Passwords
from services.accounts.sessions import open_session
from services.adapters import Adapters
from services.broker import Broker
from services.catalogue.timeline import recount
from services.connecting import Connecting
from services.events import Doors, Events
from services.filing import Filing, Journal, Transfers, Trashing
from services.filing.hands import Hands
from services.jobs import Jobs
from services.masks import RECIPE, Masks
from services.media.rendition_store import RenditionStore
from services.media.subtitles import SUBRIP
from services.media.types import Metadata, Taken
from services.models import Asset, File, Folder, Item, Job, Storage, User, transaction
from services.problems import Problems
from services.remotes import Remotes
from services.renditions import Renditions
from services.sharing import Links
from services.storages.hosts import HostPolicy
from services.storages.oauth import SignIn
from services.storages.oauth.clients import get_sign_in
from services.uploads import Spool, Uploads
from tests.factories import Make
from tests.fakes import FakeRclone
from tests.fixtures import Kept
from tests.settings import settings_of
from web.app import Gate, make_web
from web.context import Context
from web.handling import COOKIE

HERE = "localhost.local"
"""The domain by which a jar keeps the cookies of localhost, which has no dot (RFC 2965)."""

PASSWORD = "a lake in the morning"
SRT = "1\n00:00:01,000 --> 00:00:02,500\nGrüße <script>aus</script>\n".encode("cp1252")
PICTURE = b"\xff\xd8 not really a picture, but bytes to serve " * 2000


@dataclass
class Web:
    """The application, and what stands in it."""

    app: Gate
    context: Context
    data: Path
    folder: Path
    people: dict[str, User]
    item: Item
    file: File
    storage: Storage
    job: Job
    rclone: FakeRclone
    loop: BlockingPortal
    clients: list[TestClient] = field(default_factory=list)

    def client(self, login: str | None = None, **headers: str) -> TestClient:
        """A browser, signed in as somebody or as nobody: it has its session as if it had come by the form."""
        client = TestClient(self.app, base_url="http://localhost", follow_redirects=False, headers=headers)
        client.portal = self.loop  # one for the whole test, as a server has it
        if login is not None:
            client.cookies.set(
                COOKIE, self.session(login, headers.get("User-Agent", "testclient")), domain=HERE, path="/"
            )
        self.clients.append(client)
        return client

    def session(self, login: str, agent: str) -> str:
        """The secret of a fresh session. How one comes to it by the form: tests/web/pages/test_sign_in.py."""
        with transaction():
            return open_session(User.get(User.login == login), ip="testclient", agent=agent).secret

    def add_raw(self, make: Make) -> None:
        """Put a RAW beside the picture: one item of two files, as a scan makes it."""
        when = Taken(local="2026-07-01T00:00:00", source="EXIF DateTimeOriginal")
        for name, mime, asset in (
            ("IMG_1.jpg", "image/jpeg", Asset.get_by_id(self.item.cover_id)),
            (
                "IMG_1.nef",
                "image/x-nikon-nef",
                make.asset(self.item, b"raw", role="raw", mime="image/x-nikon-nef"),
            ),
        ):
            meta = dataclasses.asdict(Metadata("photo", mime, taken=when)) | {
                "thumbhash": None,
                "colour": None,
            }
            Asset.update(meta=meta).where(Asset.id == asset.id).execute()
            if name != self.file.name:
                make.file(self.storage, name, asset=asset, sha256=asset.sha256, read_state="done", mime=mime)

    def add_subtitle(self, words: bytes = SRT, name: str = "IMG_1.de.srt", *, telemetry: bool = False) -> str:
        """Make the picture a film with a subtitle beside it, as a scan does; gives the subtitle's id."""
        Item.update(type="video").where(Item.id == self.item.id).execute()
        path, key = self.folder / name, hashlib.sha256(words).hexdigest()[:16]
        path.write_bytes(words)
        if File.select().where(File.name == name).exists():
            return key
        meta: dict[str, object] = {"language": "de", "notes": []} | (
            {"unmaskable": RECIPE} if telemetry else {}
        )
        make = Make(self.data)
        asset = make.asset(
            self.item, words, role="subtitle", mime=SUBRIP, meta=meta, masks=None if telemetry else []
        )
        make.file(
            self.storage, name, size=len(words), asset=asset, sha256=asset.sha256, read_state="done", mime=SUBRIP,
            mtime_ns=path.stat().st_mtime_ns,
        )  # fmt: skip
        return key

    def bearer(self, login: str, *scopes: str) -> dict[str, str]:
        """The header of a fresh API token."""
        made = accounts.create_token(accounts.viewer_for(login), "api", scopes=scopes)
        return {"Authorization": f"Bearer {made.secret}"}


def far(
    settings: Settings, rclone: object, connecting: Connecting, sign_in: Callable[[str], SignIn] = get_sign_in
) -> Remotes:
    """Storages elsewhere, of which servers of this machine are named by the administrator."""
    policy = HostPolicy(("127.0.0.0/8", "dav.example"), resolver=lambda host: ["127.0.0.1"])
    return Remotes(settings, rclone, policy, connecting.start_scan, sign_in)  # type: ignore[arg-type]  # or a stand-in


def furnish(make: Make, passwords: Passwords, jobs: Jobs, folder: Path) -> None:
    """The people, and anna's folder with its picture, which is scanned again."""
    for login, role, admin in (("admin", "adult", True), ("anna", "adult", False), ("ben", "adult", False),
                               ("kim", "child", False)):  # fmt: skip
        accounts.add_person(OPERATOR, passwords, login, password=PASSWORD, role=role, is_admin=admin)
    anna = User.get(User.login == "anna")
    storage = make.storage(anna, root=folder, node="here")
    item = make.item(anna, "IMG_1.jpg", taken=1_782_864_000_000_000)
    asset = make.asset(item, PICTURE, mime="image/jpeg")
    Item.update(cover_id=asset.id, day=20260701, size=len(PICTURE)).execute()
    make.file(
        storage,
        "IMG_1.jpg",
        size=len(PICTURE),
        asset=asset,
        sha256=asset.sha256,
        read_state="done",
        mime="image/jpeg",
    )
    with transaction():
        recount([(anna.id, 20260701)])
    jobs.enqueue("scan", user_id=anna.id, storage_id=storage.id)


def move_in(folder: Path) -> None:
    """The folder is this test's own."""
    Storage.update(root=str(folder)).execute()
    File.update(mtime_ns=(folder / "IMG_1.jpg").stat().st_mtime_ns).execute()


def rows(model: Any) -> Iterable[Any]:
    """All rows of a table, without a name for each column: peewee takes longer to write them than SQLite to read."""
    found: Iterable[Any] = model.raw(f'SELECT * FROM "{model._meta.table_name}"')
    return found


@pytest.fixture
def web(catalogue: Path, make: Make, kept: Kept, tmp_path: Path) -> Iterator[Web]:
    passwords = Passwords(time_cost=1, memory_kib=64)  # the cost is not what these tests are about
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "IMG_1.jpg").write_bytes(PICTURE)
    jobs = Jobs(lambda lane, job: None, "here")
    kept.fill("web", catalogue, lambda: furnish(Make(catalogue), passwords, jobs, folder))
    move_in(folder)
    people = {user.login: user for user in rows(User)}
    (item,), (file,), (storage,), (job,) = (list(rows(model)) for model in (Item, File, Storage, Job))
    adapters = Adapters()
    broker = Broker(adapters, lambda file: None, threads=2)
    settings = settings_of(catalogue, node="here")
    store = RenditionStore(catalogue / "renditions", view_bytes=1 << 20)
    connecting, rclone = Connecting(settings, jobs, adapters), FakeRclone()
    hands = Hands(adapters, jobs, Journal(catalogue, "here"), store)
    context = Context(
        filing=Filing(hands), trashing=Trashing(hands, 30), transfers=Transfers(hands),
        settings=settings, secret=b"s" * 32, passwords=passwords, authenticator=Authenticator(), jobs=jobs,
        broker=broker, renditions=Renditions(store, jobs), connecting=connecting,
        remotes=far(settings, rclone, connecting), problems=Problems(jobs, adapters),
        masks=Masks(jobs), uploads=Uploads(Spool(catalogue), jobs), links=Links(b"l" * 32, passwords),
        events=Events(Doors(b"e" * 32, passwords)),
        health=lambda: {"database": None, "worker": None}, closing=threading.Event(), version="test",
    )  # fmt: skip
    store.put(bytes(file.sha256).hex(), 320, b"RIFF grid")
    app = Gate(make_web(context), settings)
    with start_blocking_portal() as loop:
        web = Web(app, context, catalogue, folder, people, item, file, storage, job, rclone, loop)
        yield web
        for client in web.clients:
            client.close()
    hands.journal.close()
    broker.close()


__all__ = ["PASSWORD", "PICTURE", "Asset", "Folder", "Web", "web"]
