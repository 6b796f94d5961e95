"""Renditions for viewers: found in the store, or asked for as an interactive job.

The store is keyed by content, so the same picture at two places has one rendition; the right to it is
always asked of the item. A rendition that nobody made yet is a job in the `click` lane: several
people who wait for the same one share it.
"""

from dataclasses import dataclass

from services import access
from services.catalogue.placing import content_key
from services.errors import NotFound, UsageError
from services.jobs import Jobs
from services.media.rendition_store import RenditionStore
from services.media.types import GRID, RECIPE, VIEW
from services.models import Asset, Item, Job
from services.viewers import Viewer

SIZES = {GRID: "image/webp", VIEW: "image/jpeg"}
KIND = "render"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One rendition of an item: `etag` is strong, bare and names the content, size and recipe.

    `content` is what `services.catalogue.placing.content_key` says.
    """

    item_id: int
    asset_id: int
    content: str
    size: int
    mime: str

    @property
    def etag(self) -> str:
        """Changes when the picture would."""
        return f"{self.content[:24]}-{self.size}-{RECIPE}"


class Renditions:
    """Gives and asks for renditions."""

    def __init__(self, store: RenditionStore, jobs: Jobs) -> None:
        self._store = store
        self._jobs = jobs

    def wanted(self, viewer: Viewer, pid: str, size: int) -> Wanted:
        """What is wanted, after checking the right; raises NotFound, or UsageError for another size."""
        if size not in SIZES:
            raise UsageError(f"A rendition is {GRID} or {VIEW}, not {size}.", field="size")
        item = access.get_item(viewer, pid)
        asset = cover(item)
        return Wanted(item.id, asset.id, content_key(asset), size, SIZES[size])

    def find(self, wanted: Wanted) -> bytes | None:
        """The bytes, or None when they have to be made first."""
        return self._store.get(wanted.content, wanted.size)

    def ask(self, viewer: Viewer, wanted: Wanted) -> Job:
        """Have it made before anything else; joins a job that is at it already."""
        return self._jobs.enqueue(
            KIND,
            payload={"asset": wanted.asset_id, "size": wanted.size},
            lane="click",
            priority=100,
            # not by content: somebody else's copy may be out of reach, and is none of this viewer's business
            dedupe_key=f"{KIND}:{wanted.asset_id}:{wanted.size}",
            user_id=viewer.user_id or None,
            max_attempts=2,
        )


def cover(item: Item) -> Asset:
    """The asset that stands for the item; raises NotFound when it has none."""
    asset = Asset.get_or_none(Asset.id == item.cover_id)
    if asset is None:
        raise NotFound
    return asset
