"""What owners say of their cameras."""

from peewee import BigIntegerField, CompositeKey, ForeignKeyField, TextField

from services.models.database import BaseModel
from services.models.users import User


class CameraClock(BaseModel):
    """A camera whose videos state local time where UTC belongs; `make` and `model` are empty for unnamed ones."""

    owner = ForeignKeyField(User, on_delete="CASCADE", index=False)
    make = TextField()
    model = TextField()
    created_at = BigIntegerField()

    class Meta:
        table_name = "camera_clock"
        primary_key = CompositeKey("owner", "make", "model")
