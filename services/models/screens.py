"""Screens (televisions and frames that shares can name), and the devices by which somebody looks as one."""

from typing import Any

from peewee import SQL, BigIntegerField, ForeignKeyField, TextField

from services.models.database import BaseModel
from services.models.users import User


class Screen(BaseModel):
    """A television or a frame that shares can name, until it is removed or `expires_at` has passed."""

    pid = TextField(unique=True)
    name = TextField()
    created_by = ForeignKeyField(User, null=True, on_delete="SET NULL", index=False)
    created_at = BigIntegerField()
    removed_at = BigIntegerField(null=True)
    expires_at = BigIntegerField(null=True)

    @classmethod
    def living(cls, moment: int) -> Any:
        """The condition that a screen is one at this moment."""
        return cls.removed_at.is_null() & (cls.expires_at.is_null() | (cls.expires_at > moment))


class Device(BaseModel):
    """A machine of the network that asked to look, known by `key`: its MAC address, else its IP address.

    An approved one looks as its screen. `version` moves whenever that changes, and what was signed for it before
    is void. `hint` is what it says of itself.
    """

    pid = TextField(unique=True)
    key = TextField(unique=True)
    code = TextField()
    hint = TextField(default="")
    address = TextField()
    state = TextField(default="unknown")
    screen = ForeignKeyField(Screen, null=True, index=False)
    version = BigIntegerField(default=1)
    decided_by = ForeignKeyField(User, null=True, on_delete="SET NULL", index=False)
    decided_at = BigIntegerField(null=True)
    first_seen_at = BigIntegerField(index=True)
    last_seen_at = BigIntegerField()

    class Meta:
        indexes = ((("state", "last_seen_at"), False),)


Device.add_index(Device.screen, where=SQL("screen_id IS NOT NULL"), name="device_screen")
