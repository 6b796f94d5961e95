"""Masks for viewers from whom the place is kept back: known, or asked for as an interactive job.

What cannot be masked is noted at its asset, so that nobody waits for it again; such viewers get renditions instead,
which hold no metadata.
"""

from collections.abc import Iterable
from typing import Literal

import peewee

from services import access
from services.errors import HypomosError
from services.jobs import Jobs
from services.media.masking import Mask, to_json
from services.models import Asset, Item, Job, counters, transaction
from services.viewers import Viewer

KIND = "mask"
RECIPE = 1
"""Raised when more can be masked than before: what could not be is looked at again."""

State = Literal["known", "asked", "never"]


class NotAsked(HypomosError):
    """Raised when a busy or full catalogue takes no job: who only reads goes on without, or comes again."""


class Masks:
    """Says whether an original can be given with its place kept back, and has it found out."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def prepare(self, viewer: Viewer, items: Iterable[Item]) -> list[Job]:
        """Ask for the masks that this viewer will want of some items; answers the jobs, those under way included.

        Raises NotAsked at the first that is not taken: the next ones would only wait as long for nothing.
        """
        items = list(items)
        rights = access.rights_of(viewer, items)
        wanted = [
            i.id for i in items
            if i.id in rights and not rights[i.id].whole and (rights[i.id].download or i.type != "photo")
        ]  # fmt: skip
        unknown = Asset.select().where(
            Asset.item.in_(wanted)
            & Asset.masks.is_null()
            & Asset.sha256.is_null(False)
            & (Asset.role != "sidecar")
        )
        # all are read before the first is asked for: who still reads may not write once others have written
        return [self.ask(asset) for asset in list(unknown) if not is_unmaskable(asset)]

    def ask(self, asset: Asset) -> Job:
        """Have the masks of an asset found before anything else; joins a job that is at it already.

        Raises NotAsked.
        """
        try:
            return self._jobs.enqueue(
                KIND, payload={"asset": asset.id}, lane="click", priority=90,
                dedupe_key=f"{KIND}:{asset.id}", max_attempts=2,
            )  # fmt: skip
        except peewee.OperationalError as error:
            raise NotAsked(f"The catalogue took no job: {error}") from error


def state(viewer: Viewer, item: Item, asset: Asset | None = None) -> State:
    """Whether the viewer, who may look at an item, can have its original, or one asset of it: now, soon, or never."""
    rights = access.rights(viewer, item)
    asset = asset or Asset.get_or_none(Asset.id == item.cover_id)
    if asset is None or (not rights.download and item.type == "photo"):
        return "never"
    if rights.is_owner or rights.whole or asset.masks is not None:
        return "known"
    if item.type != "photo" and rights.place:
        return "known"
    return "never" if is_unmaskable(asset) else "asked"


def is_unmaskable(asset: Asset) -> bool:
    """Whether it was found that nobody knows how to mask this."""
    return bool(asset.meta.get("unmaskable") == RECIPE)


def record(asset: Asset, masks: Iterable[Mask] | None) -> None:
    """Keep what was found of an asset, if it still holds the bytes that were looked at."""
    with transaction():
        same = (Asset.id == asset.id) & (Asset.sha256 == asset.sha256)
        if masks is None:
            Asset.update(meta=dict(asset.meta) | {"unmaskable": RECIPE}).where(same).execute()
        else:
            Asset.update(masks=to_json(masks)).where(same).execute()
        counters.bump_content()
