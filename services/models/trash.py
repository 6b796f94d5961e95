"""What lies in a storage's trash, with the file rows it takes back; changes of files under way, and of late."""

from peewee import SQL, BigIntegerField, BlobField, BooleanField, ForeignKeyField, JSONField, TextField

from services.models.database import BaseModel, RawPath
from services.models.items import Asset, Item
from services.models.storages import Storage
from services.models.users import User


class Trash(BaseModel):
    """A file or folder in the trash of its storage; what went there by one act shares a `batch`.

    `kind` is deleted, version (bytes that were replaced) or moved (the source of a move to another
    storage). `path` is where it lay, `place` where it lies now (None: the provider does not tell).
    `due_at` is when the clock first found it old enough to be deleted for good.
    """

    pid = TextField(unique=True)
    batch = TextField()
    owner = ForeignKeyField(User, on_delete="CASCADE", index=False)
    storage = ForeignKeyField(Storage, on_delete="CASCADE", index=False)
    item = ForeignKeyField(Item, null=True, on_delete="SET NULL", index=False)
    kind = TextField()
    path = RawPath()
    place = RawPath(null=True)
    name = TextField()
    is_dir = BooleanField()
    size = BigIntegerField()
    files = BigIntegerField()
    reason = TextField(default="")
    actor_id = BigIntegerField(null=True)
    trashed_at = BigIntegerField()
    due_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("owner", "id"), False), (("storage", "trashed_at"), False))


Trash.add_index(Trash.batch, name="trash_batch")
Trash.add_index(Trash.item, name="trash_item")


class TrashFile(BaseModel):
    """A file row as it was when its file went to the trash; `path` is the whole one it had."""

    trash = ForeignKeyField(Trash, on_delete="CASCADE", index=False)
    path = RawPath()
    file_pid = TextField()
    size = BigIntegerField()
    mtime_ns = BigIntegerField(null=True)
    provider_id = TextField(null=True)
    mime = TextField(null=True)
    asset = ForeignKeyField(Asset, null=True, on_delete="SET NULL", index=False)
    sha256 = BlobField(null=True)
    hashes = JSONField()
    read_state = TextField()
    sent = BooleanField(default=False)


TrashFile.add_index(TrashFile.trash, name="trash_file_trash")
TrashFile.add_index(TrashFile.asset, where=SQL("asset_id IS NOT NULL"), name="trash_file_asset")


class FileOperation(BaseModel):
    """A change in a storage that has begun; the row goes in the transaction that records its result.

    `holder` names the process at work: when that is dead, another one looks what became of it.
    `shelf` is the operation's own name, in the trash and for files half written.
    """

    kind = TextField()
    owner = ForeignKeyField(User, on_delete="CASCADE", index=False)
    storage = ForeignKeyField(Storage, on_delete="CASCADE", index=False)
    actor_id = BigIntegerField(null=True)
    node = TextField()
    holder = TextField()
    path = RawPath()
    target = RawPath()
    shelf = TextField(unique=True)
    detail = JSONField()
    created_at = BigIntegerField()


FileOperation.add_index(FileOperation.storage, name="file_operation_storage")


class Touched(BaseModel):
    """A file or folder that was changed through Hypomos of late: see `services.catalogue.touched`."""

    storage = ForeignKeyField(Storage, on_delete="CASCADE", index=False)
    folder = RawPath()
    name = RawPath()
    touched_at = BigIntegerField(index=True)

    class Meta:
        indexes = ((("storage", "folder"), False),)
