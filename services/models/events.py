"""Events, who organises and who joined them, their guests, and files that are on their way up."""

from peewee import SQL, BigIntegerField, BlobField, BooleanField, CompositeKey, ForeignKeyField, TextField

from services.models.collections import Collection
from services.models.database import BaseModel, RawPath
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
    """A file on its way up in pieces (tus), by a person or by a guest; its bytes lie in the spool of `node`.

    open      pieces come; `got` of `size` bytes are on the disk
    whole     all came; a job takes it through its steps: “judged” by a decoder, “writing” to `path` of its storage
    done      it is in the storage, or its sender had it there already (`item`)
    refused   for the reason in `problem`; nothing of it is left

    `name` and `mime` are what its sender calls it, `modified_at` when they changed it last (microseconds since
    1970). While it is whole `problem` says what it waits for, and `retry_at` when it is tried again.
    """

    pid = TextField(unique=True)
    user = ForeignKeyField(User, null=True, on_delete="CASCADE")
    guest = ForeignKeyField(Guest, null=True, on_delete="CASCADE")
    event = ForeignKeyField(Event, null=True, on_delete="CASCADE", index=False)
    storage = ForeignKeyField(Storage, on_delete="CASCADE", index=False)
    folder = RawPath(default="")
    name = TextField()
    mime = TextField(default="")
    modified_at = BigIntegerField(null=True)
    size = BigIntegerField()
    got = BigIntegerField(default=0)
    node = TextField()
    state = TextField(default="open")
    step = TextField(default="")
    sha256 = BlobField(null=True)
    path = RawPath(null=True)
    problem = TextField(default="")
    tries = BigIntegerField(default=0)
    retry_at = BigIntegerField(null=True)
    item = ForeignKeyField(Item, null=True, on_delete="SET NULL", index=False)
    created_at = BigIntegerField()
    received_at = BigIntegerField(null=True)
    expires_at = BigIntegerField(index=True)

    @property
    def is_brought(self) -> bool:
        """Whether others are to see it: then it is a picture, a video or a sound, or not taken."""
        return self.guest_id is not None or self.event_id is not None


Upload.add_index(Upload.node, Upload.id, where=SQL("state = 'whole'"), name="upload_waiting")
_GUESTS = SQL("state = 'whole' AND step = 'writing' AND guest_id IS NOT NULL")
Upload.add_index(Upload.storage, Upload.guest, Upload.sha256, unique=True, where=_GUESTS, name="upload_once")
Upload.add_index(Upload.storage, Upload.path, unique=True, where=_GUESTS, name="upload_place")
