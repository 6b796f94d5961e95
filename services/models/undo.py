"""What a person did a moment ago and may take back."""

from peewee import BigIntegerField, ForeignKeyField, JSONField, TextField

from services.models.database import BaseModel
from services.models.users import User


class Undo(BaseModel):
    """One act that can be undone until `expires_at`; `detail` holds what was before."""

    pid = TextField(unique=True)
    user = ForeignKeyField(User, on_delete="CASCADE", index=False)
    action = TextField()
    detail = JSONField()
    created_at = BigIntegerField()
    expires_at = BigIntegerField(index=True)
