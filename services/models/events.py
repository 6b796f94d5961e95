"""Events, who organises and who joined them, their guests, and files that are on their way up."""

from peewee import SQL, BigIntegerField, BlobField, BooleanField, CompositeKey, ForeignKeyField, TextField

from services.models.collections import Collection
from services.models.database import BaseModel
from services.models.items import Item
from services.models.storages import Storage
from services.models.users import User


class Event(BaseModel):
    """A gathering with a share-to token: what it shows is its collection, to which guests contribute.

    `secret` is the token's hash, `sealed` the token for the organisers' poster; `short` and `pin` (a hash)
    are the way in for who cannot scan. With `guests` “drop” guests see nothing but their own. Dropped files
    go to `folder` of `storage`.
    """

    pid = TextField(unique=True)
    owner = ForeignKeyField(User, index=False)
    collection = ForeignKeyField(Collection, unique=True)
    name = TextField()
    starts_on = BigIntegerField(null=True)
    ends_on = BigIntegerField(null=True)
    expires_at = BigIntegerField(null=True)
    state = TextField(default="open")
    guests = TextField()
    may_download = BooleanField()
    shows_names = BooleanField(default=False)
    shows_place = BooleanField(default=False)
    max_files = BigIntegerField(null=True)
    max_bytes = BigIntegerField(null=True)
    storage = ForeignKeyField(Storage, null=True, on_delete="SET NULL", index=False)
    folder = TextField(default="")
    secret = TextField(null=True, unique=True)
    sealed = BlobField(null=True)
    short = TextField(null=True, unique=True)
    pin = TextField(null=True)
    wrong_pins = BigIntegerField(default=0)
    created_at = BigIntegerField()
    closed_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("id", "collection"), True), (("owner", "id"), False))


class EventPerson(BaseModel):
    """A person of the household at an event: who organises it, or joined it."""

    event = ForeignKeyField(Event, on_delete="CASCADE", index=False)
    user = ForeignKeyField(User, on_delete="CASCADE", index=False)
    role = TextField()
    joined_at = BigIntegerField()
    left_at = BigIntegerField(null=True)

    class Meta:
        primary_key = CompositeKey("event", "user")


EventPerson.add_index(
    EventPerson.user, EventPerson.event, where=SQL("left_at IS NULL"), name="event_person_user"
)


class Guest(BaseModel):
    """Somebody without an account at one event or one link; `secret` is the hash of their session's.

    `share_id` names a row of `share`; the model of it lies above this one.
    """

    pid = TextField(unique=True)
    event = ForeignKeyField(Event, null=True, on_delete="CASCADE", index=False)
    share_id = BigIntegerField(null=True)
    user = ForeignKeyField(User, null=True, on_delete="SET NULL", index=False)
    name = TextField(default="")
    secret = TextField(unique=True)
    files = BigIntegerField(default=0)
    bytes = BigIntegerField(default=0)
    created_at = BigIntegerField()
    seen_at = BigIntegerField()
    expires_at = BigIntegerField()
    ended_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("event", "id"), False), (("share_id", "id"), False))


class Upload(BaseModel):
    """A file on its way up in pieces (tus); its bytes lie in the spool until it is whole."""

    pid = TextField(unique=True)
    user = ForeignKeyField(User, null=True, on_delete="CASCADE")
    guest = ForeignKeyField(Guest, null=True, on_delete="CASCADE")
    event = ForeignKeyField(Event, null=True, on_delete="CASCADE", index=False)
    storage = ForeignKeyField(Storage, null=True, on_delete="CASCADE", index=False)
    folder = TextField(default="")
    name = TextField()
    mime = TextField(default="")
    size = BigIntegerField()
    got = BigIntegerField(default=0)
    state = TextField(default="open")
    problem = TextField(default="")
    item = ForeignKeyField(Item, null=True, on_delete="SET NULL", index=False)
    created_at = BigIntegerField()
    expires_at = BigIntegerField(index=True)
