"""The little that a virtual folder of the network drive has to remember so that it stays as it was."""

from peewee import BigIntegerField, CompositeKey, ForeignKeyField, TextField

from services.models.database import BaseModel
from services.models.users import User


class TreeFact(BaseModel):
    """One number that a person's virtual folder remembers: who had a name first, or that it is split."""

    user = ForeignKeyField(User, on_delete="CASCADE", index=False)
    folder = TextField()
    key = TextField()
    value = BigIntegerField()

    class Meta:
        primary_key = CompositeKey("user", "folder", "key")
