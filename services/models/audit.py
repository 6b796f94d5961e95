"""Who did what: rows are only ever added; the database refuses to change or delete one."""

from typing import Any

from peewee import BigIntegerField, JSONField, TextField

from services.clock import now
from services.models.database import BaseModel


class Audit(BaseModel):
    """One entry. `actor_id` did it, `subject_id` is the person it concerns and may read it."""

    at = BigIntegerField()
    actor_id = BigIntegerField(null=True)
    subject_id = BigIntegerField(null=True)
    action = TextField()
    object = TextField(default="")
    detail = JSONField()

    class Meta:
        indexes = ((("subject_id", "id"), False),)


def record(action: str, *, actor: int | None, subject: int | None, object: str = "", **detail: Any) -> None:
    """Add an entry; call inside the transaction of what it tells."""
    Audit.insert(
        at=now(), actor_id=actor, subject_id=subject, action=action, object=object, detail=detail
    ).execute()
