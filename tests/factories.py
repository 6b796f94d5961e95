"""Rows for tests, with only what a test cares about spelled out."""

import hashlib
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from services.clock import now
from services.identifiers import new_pid
from services.models import (
    Asset,
    Collection,
    CollectionItem,
    File,
    Folder,
    Grant,
    Item,
    Share,
    Storage,
    User,
)  # fmt: skip
from services.models.items import UNDATED
from services.names import fold, shown, tokens
from services.viewers import Viewer


class Make:
    """Makes rows in the bound catalogue."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._numbers = itertools.count(1)

    def user(self, login: str = "anna", **more: Any) -> User:
        given: dict[str, Any] = {
            "pid": new_pid(), "login": login, "login_fold": fold(login), "display": login.title(),
            "role": "adult", "is_admin": False, "created_at": now(),
        }  # fmt: skip
        return User.create(**given | more)

    def viewer(self, user: User, **more: Any) -> Viewer:
        return Viewer(
            user_id=user.id,
            login=user.login,
            display=user.display,
            role=user.role,
            is_admin=user.is_admin,
            **more,
        )

    def storage(
        self, owner: User, name: str = "Photos", root: Path | str = "/nowhere", **more: Any
    ) -> Storage:
        given: dict[str, Any] = {
            "pid": new_pid(), "owner": owner, "name": name, "name_fold": fold(name), "kind": "local",
            "root": str(root), "options": {}, "writable": False, "node": "here", "state": "online",
            "state_since": now(), "created_at": now(),
        }  # fmt: skip
        storage = Storage.create(**given | more)
        Folder.create(storage=storage, parent=None, path="", name="", name_fold="")
        return storage

    def folder(self, storage: Storage, path: str) -> Folder:
        parent_path, _, name = path.rpartition("/")
        parent = Folder.get((Folder.storage == storage) & (Folder.path == parent_path))
        return Folder.create(
            storage=storage, parent=parent, path=path, name=shown(name), name_fold=fold(shown(name))
        )

    def file(
        self, storage: Storage, name: str = "IMG_1.jpg", folder: Folder | None = None, **more: Any
    ) -> File:
        folder = folder or Folder.get((Folder.storage == storage) & (Folder.path == ""))
        given: dict[str, Any] = {
            "pid": new_pid(), "storage": storage, "folder": folder, "raw_name": name, "name": shown(name),
            "name_fold": fold(shown(name)), "size": 10, "mtime_ns": 0, "seen_at": now(),
        }  # fmt: skip
        return File.create(**given | more)

    def item(self, owner: User, name: str | None = None, *, taken: int | None = None, **more: Any) -> Item:
        number = next(self._numbers)
        name = name or f"IMG_{number:04}.jpg"
        given: dict[str, Any] = {
            "pid": new_pid(), "owner": owner, "type": "photo", "name": name, "mime": "image/jpeg", "size": 10,
            "taken_local": taken, "sort_at": UNDATED if taken is None else taken,
            "day": 0 if taken is None else 20260101, "extra": {}, "tokens": " ".join(tokens(name)),
            "created_at": now(), "changed_at": now(),
        }  # fmt: skip
        return Item.create(**given | more)

    def asset(self, item: Item, content: bytes | None = None, **more: Any) -> Asset:
        content = item.pid.encode() if content is None else content
        given: dict[str, Any] = {
            "item": item, "role": "original", "mime": item.mime, "size": len(content),
            "sha256": hashlib.sha256(content).digest(), "meta": {}, "created_at": now(),
        }  # fmt: skip
        return Asset.create(**given | more)

    def collection(
        self, owner: User, name: str | None = None, *, items: Iterable[Item] = (), **more: Any
    ) -> Collection:
        name = name or f"Collection {next(self._numbers)}"
        given: dict[str, Any] = {
            "pid": new_pid(), "owner": owner, "name": name, "name_fold": fold(name), "kind": "static",
            "created_at": now(), "changed_at": now(),
        }  # fmt: skip
        collection = Collection.create(**given | more)
        for position, item in enumerate(items):
            self.member(collection, item, position=position)
        return collection

    def member(self, collection: Collection, item: Item, **more: Any) -> CollectionItem:
        given: dict[str, Any] = {"position": 0, "matches": True, "rule": "", "approval": "none"} | more
        is_in = (given["matches"] or given["rule"] == "always") and given["rule"] != "never"
        shown = is_in and given["approval"] in {"none", "approved"}
        return CollectionItem.create(collection=collection, item=item, shown=shown, added_at=now(), **given)

    def share(self, collection: Collection, kind: str = "user", **more: Any) -> Share:
        given: dict[str, Any] = {
            "pid": new_pid(), "owner": collection.owner_id, "collection": collection, "kind": kind,
            "may_download": True, "may_contribute": False, "may_reshare": False, "shows_place": True,
            "created_at": now(),
        }  # fmt: skip
        return Share.create(**given | more)

    def grant(self, share: Share, **more: Any) -> Grant:
        given: dict[str, Any] = {
            "pid": new_pid(), "share": share, "owner": share.owner_id, "collection": share.collection_id,
            "kind": share.kind, "state": "active", "created_at": now(),
        }  # fmt: skip
        return Grant.create(**given | more)
