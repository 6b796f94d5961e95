"""Collections and their members, and what each viewer thinks of items of others."""

from typing import Any

from peewee import SQL, BigIntegerField, BooleanField, CompositeKey, ForeignKeyField, JSONField, TextField

from services.models.database import BaseModel
from services.models.items import Item
from services.models.users import User


class Collection(BaseModel):
    """Items that belong together for somebody: put there by hand (static), or found by a query (dynamic).

    `purpose` tells collections of people from those that an event or a contribution brought along.
    `query` is a tree of `services.filters`; with a `problem` it shows nothing. `approval` asks the owner
    about each new match, `arrivals` about what others contribute. `size` counts members that are shown;
    triggers keep it. `trusted` lists the sources of labels besides the owner's hand that may feed a share.
    """

    pid = TextField(unique=True)
    owner = ForeignKeyField(User, index=False)
    name = TextField()
    name_fold = TextField()
    kind = TextField()
    purpose = TextField(default="own")
    description = TextField(default="")
    starts_on = BigIntegerField(null=True)
    ends_on = BigIntegerField(null=True)
    cover = ForeignKeyField(Item, null=True, on_delete="SET NULL", index=False)
    query = JSONField(null=True)
    problem = TextField(default="")
    approval = TextField(default="none")
    arrivals = TextField(default="none")
    require_labelled = BooleanField(default=True)
    trusted = JSONField(default=list)
    size = BigIntegerField(default=0)
    checked_at = BigIntegerField(null=True)
    created_at = BigIntegerField()
    changed_at = BigIntegerField()
    deleted_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("id", "owner"), True), (("owner", "id"), False))


Collection.add_index(
    Collection.owner,
    Collection.name_fold,
    unique=True,
    where=SQL("purpose = 'own' AND deleted_at IS NULL"),
    name="collection_name",
)


class CollectionItem(BaseModel):
    """An item in a collection, or one that was in it or must never be.

    `matches` is what the query says (always true in a static one), `rule` what its owner decided apart from
    it, `approval` whether it may go out. `shown` follows from these three; the database checks that it does.
    `proposed`: the query holds only if labels count that no trusted source gave, so its owner's word is needed.
    It stays when the query stops matching, for what was decided speaks of such a match.
    """

    collection = ForeignKeyField(Collection, on_delete="CASCADE", index=False)
    item = ForeignKeyField(Item, on_delete="CASCADE", index=False)
    position = BigIntegerField()
    matches = BooleanField()
    rule = TextField(default="")
    approval = TextField(default="none")
    shown = BooleanField()
    proposed = BooleanField(default=False)
    added_at = BigIntegerField()
    added_by = ForeignKeyField(User, null=True, on_delete="SET NULL", index=False)
    decided_at = BigIntegerField(null=True)

    class Meta:
        primary_key = CompositeKey("collection", "item")
        indexes = ((("item", "collection", "shown"), False), (("collection", "position", "item"), False))

    @classmethod
    def shown_in(cls, collection: int) -> Any:
        """The ids of the items that a collection shows, as a query."""
        return cls.select(cls.item_id).where((cls.collection == collection) & cls.shown)


CollectionItem.add_index(
    CollectionItem.collection,
    CollectionItem.item,
    CollectionItem.shown,
    where=SQL("shown"),
    name="collection_item_shown",
)
CollectionItem.add_index(
    CollectionItem.collection,
    CollectionItem.item,
    where=SQL("approval = 'pending'"),
    name="collection_item_waiting",
)


class Overlay(BaseModel):
    """What a person thinks of an item. Of their own, favourite and rating stand at the item itself."""

    user = ForeignKeyField(User, on_delete="CASCADE", index=False)
    item = ForeignKeyField(Item, on_delete="CASCADE")
    favourite = BooleanField(default=False)
    rating = BigIntegerField(null=True)
    hidden = BooleanField(default=False)

    class Meta:
        primary_key = CompositeKey("user", "item")


Overlay.add_index(Overlay.user, Overlay.item, where=SQL("hidden"), name="overlay_hidden")
