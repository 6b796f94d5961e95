"""How often what is shared is looked at: counted at the grant by which a viewer sees an item of somebody else.

Nobody waits for it and nothing depends on it: at most one write a minute for each viewer and item, and a busy
or full disk stops nobody who only looks. Of several ways to an item the oldest one counts, at both of its ends:
the grant that the viewer holds, and the part of the way that is the owner's own. What is passed on counts once more for
its owner alone, who is not told what else goes that way.
"""

import threading
from collections import OrderedDict

from services.access import paths
from services.accounts.acting import note
from services.clock import MINUTE, now
from services.models import Asset, File, Grant, Item, Passing, database
from services.sharing import passing
from services.viewers import Viewer

KEPT = 10_000

Key = tuple[int, int | None, int | None, str, int]


class Openings:
    """Counts openings. Threading: may be told of them in any thread."""

    def __init__(self) -> None:
        self._noted: OrderedDict[Key, int] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, viewer: Viewer, item: Item) -> None:
        """Somebody looks at this item; counted unless it is theirs, or they did so within the last minute."""
        if viewer.kind == "person" and viewer.user_id == item.owner_id:
            return
        moment = now()
        if not self._is_new((viewer.user_id, viewer.guest_id, viewer.screen_id, "item", item.id), moment):
            return
        query = paths.paths(viewer, item=str(int(item.id)), waiting=True)
        text = f"SELECT grant_id, via_id FROM ({query.sql}) way ORDER BY grant_id, via_id LIMIT 1"  # noqa: S608  our own text
        for way in database.rows(text, *query.values):
            there = Grant.id.in_(set(way))
            note(Grant.update(opened=Grant.opened + 1, opened_at=moment).where(there))
            if passed := passing.source_of(*way):
                note(Passing.count(*passed, moment))

    def note_file(self, viewer: Viewer, file_id: int) -> None:
        """The same of a file that somebody reads, in however many parts: its item is looked for once a minute."""
        key = viewer.user_id, viewer.guest_id, viewer.screen_id, "file", file_id
        if not self._is_new(key, now()):
            return
        of_file = (
            Item.select().join(Asset, on=(Asset.item == Item.id)).join(File, on=(File.asset == Asset.id))
        )
        item = of_file.where(File.id == file_id).first()
        if item is not None:
            self.note(viewer, item)

    def _is_new(self, key: Key, moment: int) -> bool:
        with self._lock:
            if moment - self._noted.get(key, -MINUTE) < MINUTE:
                return False
            self._noted[key] = moment
            self._noted.move_to_end(key)
            while len(self._noted) > KEPT:
                self._noted.popitem(last=False)
        return True
