"""What clients of the network drive leave with us: locks, writes under way, and properties of their own."""

from peewee import BigIntegerField, BooleanField, ForeignKeyField, TextField

from services.models.credentials import Credential
from services.models.database import BaseModel
from services.models.storages import File, Folder
from services.models.users import User


class DriveLock(BaseModel):
    """A lock on an address of the drive, held by one app password until `expires_at` at the latest.

    `url` is the canonical address: the same for everybody. `owner` is XML that the client gave. `empty`: there is
    nothing at the address yet, and an empty file is shown there for as long as the lock holds.
    """

    token = TextField(unique=True)
    url = TextField(index=True)
    user = ForeignKeyField(User, on_delete="CASCADE", index=False)
    credential = ForeignKeyField(Credential, null=True, on_delete="CASCADE", index=False)
    scope = TextField()
    depth = TextField()
    owner = TextField(default="")
    empty = BooleanField(default=False)
    created_at = BigIntegerField()
    expires_at = BigIntegerField()


class DriveWrite(BaseModel):
    """Something is being written to an address: nobody is given a lock on it until that is done."""

    url = TextField(index=True)
    expires_at = BigIntegerField()


class DriveProperty(BaseModel):
    """A property that a client set on a file or a folder of a storage; `value` is the whole XML element."""

    user = ForeignKeyField(User, on_delete="CASCADE", index=False)
    file = ForeignKeyField(File, null=True, on_delete="CASCADE", index=False)
    folder = ForeignKeyField(Folder, null=True, on_delete="CASCADE", index=False)
    space = TextField()
    name = TextField()
    value = TextField()

    class Meta:
        indexes = (
            (("file", "user", "space", "name"), True),
            (("folder", "user", "space", "name"), True),
            (("user", "id"), False),
        )
