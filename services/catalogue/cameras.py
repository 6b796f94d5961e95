"""Cameras whose videos state local time: the header of a video is UTC by the standard, but many cameras
write their own clock there. Their owner says so once; it holds for the videos there are and for new ones.

The word is a row and no file is touched, so taking it back restores every time as it was.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from peewee import ModelSelect

from services import access
from services.catalogue.zones import owner_zone
from services.clock import now
from services.errors import UsageError
from services.media.dates import HEADER_SOURCE, LOCAL_HEADER_SOURCE, as_wall_clock, guess_anew, is_guess
from services.media.types import Taken
from services.models import CameraClock, Item, database, transaction
from services.viewers import Viewer

BATCH = 100
"""Items in one transaction: other writes go on in between."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of the viewer's videos, those whose time is their header's; `local` as its owner said."""

    make: str
    model: str
    videos: int
    local: bool


def list_cameras(viewer: Viewer) -> list[Camera]:
    """The cameras of which something can be said, by name; those without make and model come first."""
    said = {(row.make, row.model) for row in _clocks(viewer)}
    counts = dict.fromkeys(said, 0)
    for query in _videos(viewer):
        for make, model in query.select(Item.make, Item.model).tuples():
            key = (make or "", model or "")
            counts[key] = counts.get(key, 0) + 1
    return [Camera(*key, counts[key], key in said) for key in sorted(counts)]


def say_video_time(viewer: Viewer, make: str, model: str, *, local: bool) -> list[list[int]]:
    """Record what the videos of one camera state, and give the viewer's videos of it, in batches of ids.

    Raises UsageError for a camera of which the viewer has no such video and has said nothing.
    """
    if (make, model) not in {(camera.make, camera.model) for camera in list_cameras(viewer)}:
        raise UsageError("You have no video of this camera whose time is from its header.", field="model")
    with transaction():
        if local:
            CameraClock.insert(
                owner=viewer.user_id, make=make, model=model, created_at=now()
            ).on_conflict_ignore().execute()
        else:
            mine = CameraClock.owner == viewer.user_id
            CameraClock.delete().where(
                mine & (CameraClock.make == make) & (CameraClock.model == model)
            ).execute()
    ids = [
        row[0]
        for query in _videos(viewer)
        for row in query.select(Item.id).where(_is(Item.make, make) & _is(Item.model, model)).tuples()
    ]
    return list(database.batches(ids, BATCH))


def taken_of(owner: int, meta: dict[str, Any]) -> dict[str, Any]:
    """When a file was taken by what it says, and by what its owner says of its camera and of their time zone."""
    taken = Taken(**meta["taken"])
    if _is_local(owner, meta):
        taken = as_wall_clock(taken, owner_zone(owner))
    elif is_guess(taken):
        taken = guess_anew(taken, owner_zone(owner))
    return asdict(taken)


def _is_local(owner: int, meta: dict[str, Any]) -> bool:
    """Whether its owner said of a video's camera that it states local time."""
    taken = meta["taken"]
    if meta["kind"] != "video" or taken["source"] != HEADER_SOURCE or taken["utc"] is None:
        return False
    key = (owner, meta["make"] or "", meta["model"] or "")
    said = (CameraClock.owner == key[0]) & (CameraClock.make == key[1]) & (CameraClock.model == key[2])
    return bool(CameraClock.select().where(said).exists())


def _clocks(viewer: Viewer) -> ModelSelect:
    return CameraClock.select().where(CameraClock.owner == viewer.user_id)


def _videos(viewer: Viewer) -> Iterator[ModelSelect]:
    """The viewer's own videos whose time is their header's, those in the trash too."""
    for trashed in (False, True):
        own = access.visible_items(viewer, trashed=trashed, plan="rights").where(Item.owner == viewer.user_id)
        sources = Item.taken_source.in_((HEADER_SOURCE, LOCAL_HEADER_SOURCE))
        yield own.where((Item.type == "video") & sources)


def _is(column: Any, name: str) -> Any:
    return column == name if name else column.is_null()
