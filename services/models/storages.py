"""Owners' storages, their folders, and every file in them."""

from typing import Any

from peewee import SQL, BigIntegerField, BlobField, BooleanField, ForeignKeyField, JSONField, TextField

from services.models.database import BaseModel, RawPath, raw
from services.models.items import Asset
from services.models.users import User


class Storage(BaseModel):
    """A place with files, owned by one user. `root` is never shown to anybody but its owner.

    `scanned_at` is when it was last scanned as a whole, `complete_at` when nothing was left out of that.
    `failures` in a row lead to `retry_at`, before which nobody asks a distant storage again. `feed_cursor`
    is how far the changes that its provider tells were worked in (None: nothing to go on from), `feed_at`
    when that was looked at last, `feed_problem` why it could not be. `full_reason` is what had no room there
    (empty: nothing since). From `withheld_at` on nothing in it is shared with anybody, and what comes into it
    begins as withdrawn.
    """

    pid = TextField(unique=True)
    owner = ForeignKeyField(User, index=False)
    name = TextField()
    name_fold = TextField()
    kind = TextField()
    root = RawPath()
    options = JSONField()
    writable = BooleanField()
    node = TextField()
    state = TextField()
    state_reason = TextField(default="")
    state_since = BigIntegerField()
    canaries = JSONField(null=True)
    created_at = BigIntegerField()
    scanned_at = BigIntegerField(null=True)
    complete_at = BigIntegerField(null=True)
    removed_at = BigIntegerField(null=True)
    failures = BigIntegerField(default=0)
    retry_at = BigIntegerField(null=True)
    feed_cursor = TextField(null=True)
    feed_at = BigIntegerField(null=True)
    feed_problem = TextField(default="")
    full_reason = TextField(default="")
    withheld_at = BigIntegerField(null=True)


Storage.add_index(
    Storage.owner, Storage.name_fold, unique=True, where=SQL("removed_at IS NULL"), name="storage_name"
)


_AFTER_SLASH = "0"
"""The character that follows `/`: what lies below a folder sorts between the two."""


class Folder(BaseModel):
    """A folder of a storage; the root is the one with the empty path. `gone`: its parent's listing lacks it.

    `provider_id` is that of a distant storage, kept once all in the folder was listed. `ungrouped_at` is when
    files in it changed that were not grouped since (`services.catalogue.ungrouped`).
    """

    storage = ForeignKeyField(Storage, on_delete="CASCADE", index=False)
    parent = ForeignKeyField("self", null=True, on_delete="CASCADE", index=False)
    path = RawPath()
    name = TextField()
    name_fold = TextField()
    mtime_ns = BigIntegerField(null=True)
    problem = TextField(default="")
    gone = BooleanField(default=False)
    provider_id = TextField(null=True)
    ungrouped_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("storage", "path"), True), (("parent", "name_fold"), False))

    @classmethod
    def at_or_below(cls, storage: int, path: str) -> Any:
        """The condition that it is the folder at `path` of a storage, or lies in it."""
        inside = (cls.path >= raw(path + "/")) & (cls.path < raw(path + _AFTER_SLASH))
        return (cls.storage == storage) & ((cls.path == raw(path)) | inside)


Folder.add_index(Folder.storage, Folder.id, where=SQL("problem <> ''"), name="folder_problem")
Folder.add_index(Folder.storage, Folder.id, where=SQL("ungrouped_at IS NOT NULL"), name="folder_ungrouped")


class File(BaseModel):
    """Every file of a storage, media or not. Those that hold media point to an asset.

    Of a distant storage it also keeps what the listing said (`change_key`, and by kind the hashes in
    `listed`), and whether its metadata was looked at by ranges (`glance`). `source` is how it came: a scan found it,
    or it was written by way of Hypomos (upload). `sent`: it is what a guest sent, unchanged, wherever it was moved.
    """

    pid = TextField(unique=True)
    storage = ForeignKeyField(Storage, on_delete="CASCADE", index=False)
    folder = ForeignKeyField(Folder, on_delete="CASCADE", index=False)
    raw_name = RawPath()
    name = TextField()
    name_fold = TextField()
    size = BigIntegerField()
    mtime_ns = BigIntegerField(null=True)
    provider_id = TextField(null=True)
    mime = TextField(null=True)
    asset = ForeignKeyField(Asset, null=True, on_delete="SET NULL", index=False)
    sha256 = BlobField(null=True)
    presence = TextField(default="present")
    absent_since = BigIntegerField(null=True)
    read_state = TextField(default="pending")
    read_attempts = BigIntegerField(default=0)
    read_at = BigIntegerField(null=True)
    problem = TextField(default="")
    seen_at = BigIntegerField()
    change_key = TextField(null=True)
    listed = JSONField(null=True)
    glance = TextField(default="none")
    source = TextField(null=True)
    sent = BooleanField(default=False)

    class Meta:
        indexes = (
            (("folder", "raw_name"), True),
            (("storage", "id"), False),
            (("folder", "name_fold"), False),
        )


File.add_index(File.asset, where=SQL("asset_id IS NOT NULL"), name="file_asset")
File.add_index(File.storage, File.provider_id, where=SQL("provider_id IS NOT NULL"), name="file_provider")
File.add_index(
    File.storage, File.id, where=SQL("read_state = 'pending' AND presence = 'present'"), name="file_pending"
)
File.add_index(File.storage, File.id, where=SQL("problem <> ''"), name="file_problem")
File.add_index(
    File.storage, File.id, where=SQL("glance = 'pending' AND presence = 'present'"), name="file_glance"
)
