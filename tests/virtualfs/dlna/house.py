"""A household with 10,000 photos that a television was let in to see, behind a real `hypomos serve` on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.clock import now
from services.identifiers import new_pid
from services.media.rendition_store import RenditionStore
from services.media.television import PROFILES
from services.models import Asset, CollectionItem, Device, Item, Screen, User, database
from tests.factories import Make
from tests.fakes import jpeg_header
from tests.processes import serving
from tests.serving import opened

FIRST = 1_767_225_600_000_000
"""2026-01-01."""
DAY = 24 * 3600 * 1_000_000


@dataclass(frozen=True)
class House:
    """Where it answers, and how many photos there are."""

    description: str
    photos: int


def fill(data: Path, photos: int, picture: bytes, *, address: str = "127.0.0.1") -> None:
    """So many photos of Anna's over twelve months, shared with the screen at this address; some pictures are made."""
    make = Make(data)
    anna: User = make.user("anna")
    screen = Screen.create(pid=new_pid(), name="Living room", created_at=now())
    given = {"pid": new_pid(), "code": "1000", "address": address, "state": "approved", "screen": screen}
    Device.create(key=f"ip {address}", first_seen_at=now(), last_seen_at=now(), **given)
    album = make.collection(anna, "Everything")
    make.grant(make.share(album, "screen", shows_place=False), screen=screen)
    rows = []
    for n in range(photos):
        month = n * 12 // photos + 1
        at = FIRST + (month - 1) * 30 * DAY + n * 1_000_000
        rows.append(
            {
                "pid": new_pid(), "owner": anna, "type": "photo", "name": f"IMG_{n:05}.jpg", "mime": "image/jpeg",
                "size": 10, "sort_at": at, "taken_local": at, "day": 20260000 + month * 100 + n % 28 + 1,
                "width": 4000, "height": 3000, "extra": {}, "created_at": 1, "changed_at": 1,
            }
        )  # fmt: skip
    _insert(Item, rows)
    ids = [id_ for (id_,) in Item.select(Item.id).order_by(Item.id).tuples()]
    assets = [
        {"item": id_, "role": "original", "mime": "image/jpeg", "size": 10, "meta": {}, "created_at": 1,
         "sha256": id_.to_bytes(32, "big")}
        for id_ in ids
    ]  # fmt: skip
    _insert(Asset, assets)
    Item.update(cover_id=Asset.select(Asset.id).where(Asset.item == Item.id)).execute()
    member = {
        "collection": album,
        "rule": "",
        "matches": True,
        "approval": "none",
        "shown": True,
        "added_at": 1,
    }
    _insert(CollectionItem, [member | {"item": id_, "position": id_} for id_ in ids])
    store = RenditionStore(data / "renditions", view_bytes=1 << 30)
    for id_ in (ids[0], ids[-1]):
        for profile in PROFILES.values():
            store.put(id_.to_bytes(32, "big").hex(), profile.key, picture)


def _insert(table: type, rows: list[dict[str, object]]) -> None:
    with database.proxy.atomic():
        for begin in range(0, len(rows), 500):
            table.insert_many(rows[begin : begin + 500]).execute()  # type: ignore[attr-defined]  # a table


@contextmanager
def served(
    data: Path, photos: int, listen: str = "127.0.0.1:0", picture: bytes | None = None
) -> Iterator[House]:
    """The household, served without a worker."""
    with opened(data):
        fill(data, photos, picture or jpeg_header(640, 480) + b"picture")
        database.close()
    environ = {"HYPOMOS_DLNA_ENABLED": "true", "HYPOMOS_DLNA_LISTEN": listen}
    with serving(data, "--no-worker", **environ) as at:
        yield House(str(at.ready["dlna"]), photos)
