"""What people think of as a photo, a video or a sound: items, their assets, labels and fingerprints.

An item belongs to one owner and outlives the files that show it. `sort_at` and `taken_local` are the
wall clock at the place as microseconds since 1970, `day` the same as yyyymmdd (0 when unknown).
"""

from peewee import (
    SQL,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    DoubleField,
    ForeignKeyField,
    JSONField,
    TextField,
)

from services.models.database import BaseModel
from services.models.users import User

UNDATED = -(1 << 62)
"""`sort_at` of an item whose time is unknown: after everything else."""


class Item(BaseModel):
    """A photo, a video or a sound of one owner. `source` is how it came: scan, upload or event, where that is known."""

    pid = TextField(unique=True)
    owner = ForeignKeyField(User, index=False)
    type = TextField()
    name = TextField()
    mime = TextField()
    size = BigIntegerField()
    version = BigIntegerField(default=1)
    taken_local = BigIntegerField(null=True)
    taken_utc = BigIntegerField(null=True)
    taken_offset = BigIntegerField(null=True)
    taken_source = TextField(default="unknown")
    offset_source = TextField(null=True)
    precision = TextField(default="second")
    suspect_date = BooleanField(default=False)
    sort_at = BigIntegerField()
    day = BigIntegerField()
    width = BigIntegerField(null=True)
    height = BigIntegerField(null=True)
    ratio = DoubleField(default=1.0)
    duration_ms = BigIntegerField(null=True)
    make = TextField(null=True)
    model = TextField(null=True)
    lens = TextField(null=True)
    lat = DoubleField(null=True)
    lon = DoubleField(null=True)
    rating = BigIntegerField(null=True)
    favourite = BooleanField(default=False)
    title = TextField(null=True)
    description = TextField(null=True)
    animated = BooleanField(default=False)
    panorama = BooleanField(default=False)
    motion = BooleanField(default=False)
    thumbhash = TextField(null=True)
    colour = TextField(null=True)
    extra = JSONField()
    tokens = TextField(default="")
    cover_id = BigIntegerField(null=True)
    stack = TextField(null=True)
    stack_cover = BooleanField(default=True)
    missing = BooleanField(default=False)
    suspect = BooleanField(default=False)
    damaged = TextField(null=True)
    trashed_at = BigIntegerField(null=True)
    withdrawn_at = BigIntegerField(null=True)
    created_at = BigIntegerField()
    changed_at = BigIntegerField()
    contributed_by_id = BigIntegerField(null=True)
    source = TextField(null=True)
    taken_back_at = BigIntegerField(null=True)


_LISTED = SQL("trashed_at IS NULL")
Item.add_index(Item.sort_at.desc(), Item.id.desc(), where=_LISTED, name="item_time")
Item.add_index(Item.owner, Item.sort_at.desc(), Item.id.desc(), where=_LISTED, name="item_owner_time")
Item.add_index(Item.owner, Item.day, where=_LISTED, name="item_owner_day")
Item.add_index(Item.day, where=_LISTED, name="item_day")
Item.add_index(
    Item.owner, Item.sort_at.desc(), Item.id.desc(), where=SQL("trashed_at IS NOT NULL"), name="item_trashed"
)
Item.add_index(Item.stack, where=SQL("stack IS NOT NULL"), name="item_stack")


Item.add_index(Item.contributed_by_id, where=SQL("contributed_by_id IS NOT NULL"), name="item_contributed")
Item.add_index(Item.taken_back_at, where=SQL("taken_back_at IS NOT NULL"), name="item_taken_back")


COMPANIONS = ("sidecar", "subtitle")
"""Roles of small files beside what is looked at: an item is not there because one of them is."""


class ItemAlias(BaseModel):
    """The public id of an item that was found to be another one: it answers as that one."""

    pid = TextField(primary_key=True)
    item = ForeignKeyField(Item, on_delete="CASCADE")


class Asset(BaseModel):
    """One file's worth of bytes that belongs to an item, in a role; `File` rows say where it lies.

    Without `sha256` it was only listed, or glanced at: its bytes have not been read yet.
    `apart` marks what its owner took apart: it is grouped with nothing. `masks` says which bytes tell the place
    and the camera's number, and what to give instead; None until that was looked for.
    """

    item = ForeignKeyField(Item, on_delete="CASCADE", index=False)
    role = TextField()
    mime = TextField()
    size = BigIntegerField()
    sha256 = BlobField(null=True, index=True)
    scan_hash = BlobField(null=True)
    meta = JSONField()
    damaged = TextField(null=True)
    apart = BooleanField(default=False)
    created_at = BigIntegerField()
    masks = JSONField(null=True)

    class Meta:
        indexes = ((("item", "sha256"), True),)


Asset.add_index(Asset.scan_hash, where=SQL("scan_hash IS NOT NULL"), name="asset_scan_hash")


class Fingerprint(BaseModel):
    """A perceptual hash of an asset's upright picture."""

    asset = ForeignKeyField(Asset, on_delete="CASCADE", index=False)
    kind = TextField()
    value = BlobField()

    class Meta:
        indexes = ((("asset", "kind"), True), (("kind", "value"), False))


class ContentHash(BaseModel):
    """A hash of an asset's bytes as a provider names it: by it a copy elsewhere is known without a download."""

    asset = ForeignKeyField(Asset, on_delete="CASCADE", index=False)
    kind = TextField()
    value = TextField()

    class Meta:
        indexes = ((("asset", "kind"), True), (("value", "kind"), False))


class Label(BaseModel):
    """A searchable word."""

    name = TextField()
    name_fold = TextField(unique=True)


class ItemLabel(BaseModel):
    """A label on an item: set by hand by its author, found in the file, or proposed by analysis."""

    item = ForeignKeyField(Item, on_delete="CASCADE", index=False)
    label = ForeignKeyField(Label, on_delete="CASCADE", index=False)
    source = TextField()
    author = ForeignKeyField(User, null=True, on_delete="CASCADE", index=False)
    created_at = BigIntegerField()

    class Meta:
        indexes = ((("label", "item"), False),)


ItemLabel.add_index(
    ItemLabel.item,
    ItemLabel.label,
    ItemLabel.author,
    unique=True,
    where=SQL("source = 'hand'"),
    name="item_label_hand",
)
ItemLabel.add_index(
    ItemLabel.item,
    ItemLabel.label,
    ItemLabel.source,
    unique=True,
    where=SQL("source <> 'hand'"),
    name="item_label_other",
)


class DayCount(BaseModel):
    """How many listed items an owner has on a day, and the sum of their width/height ratios."""

    owner = ForeignKeyField(User, on_delete="CASCADE", index=False)
    day = BigIntegerField()
    n = BigIntegerField()
    ratio = DoubleField()

    class Meta:
        primary_key = CompositeKey("owner", "day")


class Tombstone(BaseModel):
    """What is remembered of a deleted picture, so that it is known again when it comes back.

    `hashes` are those its provider gave of it for nothing, by name.
    """

    owner = ForeignKeyField(User, on_delete="CASCADE", index=False)
    sha256 = BlobField(null=True)
    scan_hash = BlobField(null=True)
    phash256 = BlobField(null=True)
    hashes = JSONField(default=dict)
    name = TextField()
    reason = TextField()
    deleted_at = BigIntegerField()

    class Meta:
        indexes = ((("owner", "sha256"), False),)
