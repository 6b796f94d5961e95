"""What a catalogue must say of two storages, whatever was changed while they were scanned.

At any moment a guest sees nothing but what was offered, and nothing of what was deleted. When all is done
the rows are the files, each content is one item, the same as before, and what is gone left its tombstone.
"""

import hashlib
from collections.abc import Mapping

from services import access
from services.models import (
    Asset,
    File,
    FileOperation,
    Folder,
    Item,
    ItemAlias,
    Storage,
    Tombstone,
    Trash,
    TrashFile,
)  # fmt: skip
from services.viewers import Viewer
from tests.services.filing.desk import Desk
from tests.services.scanning.stage import PacedStorage


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


class Truth:
    """Knows of each content which item it was last.

    `loose` contents may become one item with others, or another one. With `another_program` what it took
    from its place is away until its absence is proved.
    """

    def __init__(self, desk: Desk, memories: Mapping[int, PacedStorage], *, another_program: bool) -> None:
        self.desk, self.memories, self.another_program = desk, memories, another_program
        self.home: dict[bytes, str] = {}
        self.loose: set[bytes] = set()
        self.offered: set[str] = set()
        self.guest = desk.viewer

    def begin(self, guest: Viewer) -> None:
        """What is listed now was offered to this guest."""
        self.offered = {item.pid for item in access.visible_items(self.desk.viewer)}
        self.guest = guest

    def loosen(self, *contents: bytes) -> None:
        """One is replaced by the other."""
        self.loose.update(contents)

    def loosen_unknown(self, data: bytes) -> None:
        """What nobody has seen yet is moved."""
        if data not in self.home:
            self.loose.add(data)

    def glance(self) -> None:
        """At any step."""
        seen = {item.pid for item in access.visible_items(self.guest)}
        assert seen <= self.now(self.offered), "the guest sees too much"
        if self.another_program or FileOperation.select().exists():
            return
        for data in self.thrown() - set(self.lying()) - self.loose:
            assert data not in self.home or self.pid(self.home[data]) not in seen, f"{data!r} was deleted"

    def check_at_once(self) -> None:
        """When nothing went wrong, and the waiting jobs are done: no other scan is needed to put it right."""
        for row in (self.desk.one, self.desk.two):
            files = self.memories[row.id].files()
            rows = self.desk.rows(row)
            assert not {path for path in files if rows.get(path, "present") != "present"}, (
                "there, but shown as away"
            )
            assert not {path for path in rows if rows[path] == "present"} - set(files), "shown, but not there"

    def check(self) -> None:
        """When everything is over."""
        assert not FileOperation.select().exists(), "something was begun and is not done"
        for row in Storage.select().order_by(Storage.id):
            assert row.state == "online"
            self.rows_are_files(row)
            self.folders_are_folders(row)
        self.each_content_is_one_item()
        self.items_are_as_before()
        self.items_are_of_something()
        if not self.another_program:
            self.what_is_gone_left_a_tombstone()
        self.the_guest_sees_what_was_offered()

    def rows_are_files(self, row: Storage) -> None:
        rows, files = self.desk.rows(row), self.memories[row.id].files()
        away = {path: rows.get(path) for path in files if rows.get(path) != "present"}
        assert not away, f"there, but not shown as that in {row.name}"
        left = {path: presence for path, presence in rows.items() if path not in files}
        assert "present" not in left.values(), f"{left} shown, but not there in {row.name}"
        assert not left or self.another_program, f"still known in {row.name}"

    def folders_are_folders(self, row: Storage) -> None:
        known = Folder.select(Folder.path).where((Folder.storage == row) & ~Folder.gone).tuples()
        assert {path for (path,) in known} == {"", *self.memories[row.id].folders()}, row.name

    def each_content_is_one_item(self) -> None:
        shown = self.shown()
        assert None not in shown, "items that were never read"
        twins = {sha: items for sha, items in shown.items() if len(items) > 1}
        assert not twins, "one content, two items"
        lying = {digest(data): data for data in self.lying()}
        lost = {data for sha, data in lying.items() if sha not in shown}
        lost -= {data for data in self.loose if data in lost and self.is_another_version(data)}
        assert not lost, "lie there, but are no items"
        extra = [item for sha, items in shown.items() if sha not in lying for item in items]
        assert not [item.name for item in extra if not self.may_be_away(item)], "items of nothing"

    def items_are_as_before(self) -> None:
        shown = self.shown()
        for data in self.lying():
            if digest(data) not in shown:
                continue  # another version of a replaced file
            (item,) = shown[digest(data)]
            if data in self.home and data not in self.loose:
                assert self.pid(self.home[data]) == item.pid, f"{data!r} became another item"
            state = "withdrawn" if item.withdrawn_at else "online"
            assert self.desk.state(item.pid) == state, f"{data!r} is there"
            self.home[data] = item.pid

    def items_are_of_something(self) -> None:
        held = Asset.id.in_(File.select(File.asset)) | Asset.id.in_(TrashFile.select(TrashFile.asset))
        items = Item.select().where(Item.id.not_in(Asset.select(Asset.item).where(held)))
        assert not [item.name for item in items], "held by no file and no trash"

    def what_is_gone_left_a_tombstone(self) -> None:
        stones = {bytes(stone.sha256) for stone in Tombstone.select() if stone.sha256}
        gone = set(self.home) - set(self.lying()) - self.thrown() - self.loose
        assert {digest(data) for data in gone} <= stones

    def the_guest_sees_what_was_offered(self) -> None:
        seen = {item.pid for item in access.visible_items(self.guest)}
        own = access.visible_items(self.desk.viewer)
        wanted = {item.pid for item in own if not item.withdrawn_at} & self.now(self.offered)
        if self.another_program:
            wanted = {pid for pid in wanted if self.desk.state(pid) != "missing"}
        assert seen == wanted

    # --- what is there

    def lying(self) -> list[bytes]:
        """The contents that lie in both storages."""
        return [data for memory in self.memories.values() for data in memory.files().values()]

    def thrown(self) -> set[bytes]:
        """The contents that lie in their trash."""
        return {data for memory in self.memories.values() for data in memory.thrown()}

    def shown(self) -> dict[bytes | None, list[Item]]:
        """The items that are listed to their owner, by what their covers were read as."""
        found: dict[bytes | None, list[Item]] = {}
        for item in access.visible_items(self.desk.viewer):
            sha = Asset.get_by_id(item.cover_id).sha256
            found.setdefault(None if sha is None else bytes(sha), []).append(item)
        return found

    def is_another_version(self, data: bytes) -> bool:
        """Whether a content belongs to a listed item, of which it is not the cover."""
        listed = [item.id for item in access.visible_items(self.desk.viewer)]
        mine = Asset.select().join(File).where(Asset.item.in_(listed) & (Asset.sha256 == digest(data)))
        return bool(mine.exists())

    def may_be_away(self, item: Item) -> bool:
        """Whether an item may be listed of which nothing lies anywhere.

        All that is left of it may be the source of a transfer, in the trash; and what another program
        took is not proved gone yet.
        """
        state = self.desk.state(item.pid)
        if self.another_program and state in {"offline", "missing", "withdrawn"}:
            return True
        kept = TrashFile.select().join(Asset).where(Asset.item == item.id)
        return state == "missing" and bool(
            kept.switch(TrashFile).join(Trash).where(Trash.kind == "moved").exists()
        )

    def pid(self, pid: str) -> str:
        """The id an item has now: it may have become one with another."""
        if Item.select().where(Item.pid == pid).exists():
            return pid
        alias = ItemAlias.get_or_none(ItemAlias.pid == pid)
        return pid if alias is None else str(alias.item.pid)

    def now(self, pids: set[str]) -> set[str]:
        return {self.pid(pid) for pid in pids}
