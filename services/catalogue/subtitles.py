"""The subtitles of videos: which a viewer gets, in the order in which they are offered.

What holds of every original holds of them: whoever may look at a video gets what belongs to it, and where the place is
kept back nothing that tells it. So telemetry of a drone is absent for those, and whole for the others.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services import access
from services.errors import NotFound
from services.media.subtitles import MOST_BYTES
from services.models import Asset, File, Item, Storage
from services.viewers import Viewer

HEARING = frozenset({"sdh", "cc", "hi"})
"""Notes of subtitles for the hard of hearing: they tell sounds as well."""


class Subtitle(NamedTuple):
    """A subtitle of a video. `key` names it among those of its item, `language` is empty where its name tells none."""

    item_id: int
    asset_id: int
    key: str
    language: str
    notes: tuple[str, ...]
    size: int

    @property
    def is_forced(self) -> bool:
        """Whether it has only what is said in another language than the rest."""
        return "forced" in self.notes

    @property
    def is_for_hearing(self) -> bool:
        """Whether it is for the hard of hearing."""
        return not HEARING.isdisjoint(self.notes)


def subtitles(viewer: Viewer, items: Iterable[int]) -> dict[int, list[Subtitle]]:
    """The subtitles that the viewer gets of these items, by the item's id; those without any are not among them.

    Only what was read, and lies there as it was read.
    """
    wanted = list(items)
    as_read = (File.sha256 == Asset.sha256) & (File.read_state == "done") & (File.presence == "present")
    rows = (
        access.visible_items(viewer, plan="time", waiting=True)
        .where(Item.id.in_(wanted) & (Item.type == "video"))
        .select(Item.id, Asset.id, Asset.sha256, Asset.meta, File.size)
        .join(Asset, on=(Asset.item == Item.id))
        .join(File, on=(File.asset == Asset.id))
        .join(Storage, on=(File.storage == Storage.id))
        .where((Asset.role == "subtitle") & as_read & (File.size <= MOST_BYTES))
        .where(Storage.removed_at.is_null() & (Storage.owner == Item.owner))
        .where(access.whole(viewer) | Asset.masks.is_null(False))
    )
    found: dict[int, dict[int, Subtitle]] = {}
    for item, asset, sha256, meta, size in rows.tuples() if wanted else ():
        one = Subtitle(
            item,
            asset,
            bytes(sha256).hex()[:16],
            meta.get("language", ""),
            tuple(meta.get("notes", ())),
            size,
        )
        found.setdefault(item, {})[asset] = one
    return {item: sorted(each.values(), key=_place) for item, each in found.items()}


def subtitles_of(viewer: Viewer, item: Item) -> list[Subtitle]:
    """The same of one item: none where it is no video, or has none for this viewer."""
    return subtitles(viewer, [item.id]).get(item.id, [])


def subtitle(viewer: Viewer, item: Item, key: str) -> Asset:
    """The asset of one of a visible item's subtitles; raises NotFound."""
    for each in subtitles_of(viewer, item):
        if each.key == key:
            return Asset.get_by_id(each.asset_id)
    raise NotFound


def preferred(found: Sequence[Subtitle], language: str) -> Subtitle:
    """Which to offer where there is room for one: in this language, else in one that nobody named, else the first."""
    return min(found, key=lambda each: (each.is_forced, _is_other(each.language, language), _place(each)))


def _is_other(of: str, wanted: str) -> int:
    if of:
        return 0 if of.partition("-")[0] == wanted.partition("-")[0] else 2
    return 1


def _place(each: Subtitle) -> tuple[bool, str, bool, str]:
    return each.is_forced, each.language, each.is_for_hearing, each.key
