"""The records of changes that are done: one transaction each, in which the journal's row goes as well."""

from collections.abc import Mapping
from typing import Any

from services.catalogue.forgetting import forget_items, remember_deleted
from services.catalogue.touched import touch
from services.filing import placing
from services.filing.hands import storage_of
from services.filing.journal import end
from services.models import Asset, File, FileOperation, Storage, Trash, TrashFile, audit, transaction
from services.storages import paths
from services.storages.values import NO_HASHES, Entry


def upload(operation: FileOperation, entry: Entry) -> File:
    """A new file is there."""
    with transaction():
        touch(operation.storage_id, entry.path)
        file = placing.set_file(storage_of(operation), entry, written=True)
        _done(operation, "file.upload", entry.path)
        return file


def dated(storage: Storage, entry: Entry) -> None:
    """The same bytes have another time."""
    with transaction():
        touch(storage.id, entry.path)
        placing.set_mtime(storage, entry)


def folder(operation: FileOperation) -> None:
    """A new folder is there."""
    with transaction():
        touch(operation.storage_id, operation.path)
        placing.set_folder(storage_of(operation), operation.path)
        _done(operation, "file.folder", operation.path)


def move(operation: FileOperation, entry: Entry) -> None:
    """A file or folder has another name or place in its storage."""
    storage = storage_of(operation)
    with transaction():
        touch(storage.id, operation.path, entry.path)
        if entry.is_dir:
            placing.move_folder(storage, operation.path, entry.path, since=operation.created_at)
        else:
            placing.move_file(storage, operation.path, storage, entry, since=operation.created_at)
        _done(operation, "file.move", operation.path, to=paths.to_json(entry.path))


def delete(
    operation: FileOperation, place: str | None, entry: Entry | None, hashes: Mapping[str, str] = NO_HASHES
) -> Trash:
    """A file or folder lies in the trash."""
    is_dir = operation.detail.get("is_dir", False)
    with transaction():
        touch(operation.storage_id, operation.path)
        thrown = placing.put_away(
            operation, "deleted", path=operation.path, place=place, entry=entry, hashes=hashes, is_dir=is_dir
        )
        _done(operation, "file.delete", operation.path)
        return thrown


def replace(
    operation: FileOperation, place: str | None, old: Entry | None, new: Entry | None
) -> Trash | None:
    """The old bytes are a version in the trash, the new ones have the name; each only if it is so."""
    with transaction():
        touch(operation.storage_id, operation.path)
        thrown = None
        if old is not None:
            thrown = placing.put_away(
                operation, "version", path=operation.path, place=place, entry=old, is_dir=old.is_dir
            )
        if new is not None:
            placing.set_file(storage_of(operation), new, written=True)
        _done(operation, "file.replace", operation.path)
        return thrown


def restore(operation: FileOperation, thrown: Trash, entry: Entry) -> None:
    """Something has come back from the trash."""
    with transaction():
        touch(operation.storage_id, entry.path)
        placing.bring_back(thrown, entry.path, entry, since=operation.created_at)
        _done(operation, "trash.restore", entry.path)


def purge(operation: FileOperation, thrown: Trash) -> list[str]:
    """Something in the trash is gone for good; returns the contents that nothing shows any more."""
    with transaction():
        files = list(TrashFile.select().where(TrashFile.trash == thrown.id))
        assets = [f.asset_id for f in files if f.asset_id is not None]
        items = {row[0] for row in Asset.select(Asset.item_id).where(Asset.id.in_(assets)).tuples()}
        Trash.delete().where(Trash.id == thrown.id).execute()
        if thrown.kind == "deleted":
            remember_deleted(thrown.owner_id, files, reason=thrown.reason)
        contents = forget_items(items)
        _done(operation, "trash.purge", thrown.path, files=len(files))
        return contents


def nothing(
    operation: FileOperation, *there: Entry, gone: tuple[str, ...] = (), written: bool = False
) -> None:
    """It did not happen. What is `there` and what is `gone` is said of the paths it would have touched.

    `written`: what is there may be new bytes that look like the old ones.
    """
    storage = storage_of(operation)
    with transaction():
        touch(storage.id, *(entry.path for entry in there), *gone)
        for entry in there:
            if entry.is_dir:
                placing.set_folder(storage, entry.path)
            else:
                placing.set_file(storage, entry, written=written)
        for path in gone:
            placing.drop(storage, path)
        end(operation)


def _done(operation: FileOperation, action: str, path: str, **more: Any) -> None:
    end(operation)
    audit.record(
        action, actor=operation.actor_id, subject=operation.owner_id, object=operation.storage.pid,
        path=paths.to_json(path), **more,
    )  # fmt: skip
