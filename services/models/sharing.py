"""Shares (an owner's offer), grants (the right of one recipient), and what arrives by them."""

from typing import Any

from peewee import (
    SQL,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    TextField,
)

from services.models.collections import Collection
from services.models.database import BaseModel
from services.models.events import Event, Guest
from services.models.items import Item
from services.models.screens import Screen
from services.models.users import Group, User


class Share(BaseModel):
    """The offer of a collection by its owner: to a person, a group, a link, an event, a screen.

    `kind` "collection" offers it to another collection: that is a contribution. A link's `secret` is kept as
    a hash, and `sealed` for its owner to show again. An ended share never begins again.
    """

    pid = TextField(unique=True)
    owner = ForeignKeyField(User, index=False)
    collection = ForeignKeyField(Collection)
    kind = TextField()
    group = ForeignKeyField(Group, null=True, on_delete="CASCADE", index=False)
    may_download = BooleanField()
    may_contribute = BooleanField()
    may_reshare = BooleanField()
    shows_place = BooleanField()
    note = TextField(default="")
    secret = TextField(null=True, unique=True)
    sealed = BlobField(null=True)
    password = TextField(null=True)
    max_uses = BigIntegerField(null=True)
    uses = BigIntegerField(default=0)
    created_at = BigIntegerField()
    expires_at = BigIntegerField(null=True)
    ended_at = BigIntegerField(null=True)
    ended_why = TextField(default="")

    class Meta:
        indexes = ((("id", "owner", "collection", "kind"), True), (("owner", "id"), False))


Share.add_index(Share.group, where=SQL("group_id IS NOT NULL"), name="share_group")


class Grant(BaseModel):
    """The right of one recipient by one share: a person, the holders of a link, an event, a screen, a collection.

    `owner`, `collection` and `kind` are those of the share; the database holds them together. Only a person's is ever
    “pending”: it gives nothing until they accept it. `opened` counts how often something in it was looked at.
    """

    pid = TextField(unique=True)
    share = ForeignKeyField(Share, on_delete="CASCADE")
    owner = ForeignKeyField(User, index=False)
    collection = ForeignKeyField(Collection, index=False)
    kind = TextField()
    user = ForeignKeyField(User, null=True, on_delete="CASCADE", index=False)
    event = ForeignKeyField(Event, null=True, on_delete="CASCADE", index=False)
    screen = ForeignKeyField(Screen, null=True, on_delete="CASCADE", index=False)
    into = ForeignKeyField(Collection, null=True, on_delete="CASCADE", index=False)
    state = TextField()
    expires_at = BigIntegerField(null=True)
    on_timeline = BooleanField(default=True)
    created_at = BigIntegerField()
    decided_at = BigIntegerField(null=True)
    ended_at = BigIntegerField(null=True)
    opened = BigIntegerField(default=0)
    opened_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("owner", "id"), False), (("collection", "id"), False))


_ACTIVE = "state = 'active'"
Grant.add_index(
    Grant.share,
    Grant.user,
    unique=True,
    where=SQL("user_id IS NOT NULL AND ended_at IS NULL"),
    name="grant_one_a_person",
)
Grant.add_index(Grant.share, unique=True, where=SQL("user_id IS NULL AND ended_at IS NULL"), name="grant_one")
Grant.add_index(Grant.user, Grant.collection, where=SQL(_ACTIVE), name="grant_user")
Grant.add_index(Grant.user, where=SQL("state = 'pending'"), name="grant_waiting")
Grant.add_index(Grant.event, where=SQL(f"{_ACTIVE} AND event_id IS NOT NULL"), name="grant_event")
Grant.add_index(Grant.screen, where=SQL(f"{_ACTIVE} AND screen_id IS NOT NULL"), name="grant_screen")
Grant.add_index(Grant.into, Grant.collection, where=SQL("into_id IS NOT NULL"), name="grant_into")
Grant.add_index(Grant.expires_at, where=SQL(f"{_ACTIVE} AND expires_at IS NOT NULL"), name="grant_expiry")


class Passing(BaseModel):
    """What somebody passes on by a share of theirs, and is `owner`'s: there is a row once there is something to tell.

    `person` is the number of whom among those it is given to, 0 where that is nobody by name, as with a link. `opened`
    counts what was looked at of the owner's alone. After `ended_at` nothing of theirs goes that way any more.
    """

    share = ForeignKeyField(Share, on_delete="CASCADE", index=False)
    owner = ForeignKeyField(User, on_delete="CASCADE", index=False)
    person = BigIntegerField(default=0)
    opened = BigIntegerField(default=0)
    opened_at = BigIntegerField(null=True)
    ended_at = BigIntegerField(null=True)

    class Meta:
        primary_key = CompositeKey("share", "owner", "person")

    @classmethod
    def count(cls, share: int, owner: int, person: int, at: int) -> Any:
        """The query by which it was opened once more."""
        row = cls.insert(share=share, owner=owner, person=person, opened=1, opened_at=at)
        return cls._over(row, {cls.opened: cls.opened + 1, cls.opened_at: at})

    @classmethod
    def end(cls, share: int, owner: int, person: int, at: int) -> Any:
        """The query by which it has ended."""
        row = cls.insert(share=share, owner=owner, person=person, ended_at=at)
        return cls._over(row, {cls.ended_at: at})

    @classmethod
    def _over(cls, row: Any, values: dict[Any, Any]) -> Any:
        return row.on_conflict(conflict_target=[cls.share, cls.owner, cls.person], update=values)


class Arrival(BaseModel):
    """An item that a contribution brings into a collection, and what the collection's owner said to it.

    With a `reason` only the owner of the item decides, who has thrown away the same, and nobody else sees it meanwhile:
    “known” where nobody is asked about others, “asked” where somebody is.
    """

    collection = ForeignKeyField(Collection, on_delete="CASCADE", index=False)
    item = ForeignKeyField(Item, on_delete="CASCADE", index=False)
    grant = ForeignKeyField(Grant, on_delete="CASCADE")
    state = TextField()
    reason = TextField(default="")
    guest = ForeignKeyField(Guest, null=True, on_delete="SET NULL", index=False)
    arrived_at = BigIntegerField()
    decided_at = BigIntegerField(null=True)
    decided_by = ForeignKeyField(User, null=True, on_delete="SET NULL", index=False)

    class Meta:
        primary_key = CompositeKey("collection", "item")
        indexes = ((("item", "collection"), False),)

    @classmethod
    def approved_in(cls, collection: int) -> Any:
        """The ids of the items that others brought to a collection and its owner let in, as a query."""
        return cls.select(cls.item_id).where((cls.collection == collection) & (cls.state == "approved"))


Arrival.add_index(Arrival.collection, Arrival.item, where=SQL("state = 'pending'"), name="arrival_waiting")
