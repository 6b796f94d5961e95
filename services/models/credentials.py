"""What proves who somebody is: passwords, tokens, invitations, sessions, and the brake on guessing.

Secrets are stored as hashes only: argon2id for passwords, SHA-256 for random ones.
"""

from peewee import SQL, BigIntegerField, BooleanField, ForeignKeyField, JSONField, TextField

from services.models.database import BaseModel
from services.models.users import User


class Credential(BaseModel):
    """A password, an app password (`app`) or an API token (`api`) of one user."""

    pid = TextField(unique=True)
    user = ForeignKeyField(User, on_delete="CASCADE", index=False)
    kind = TextField()
    secret = TextField(unique=True)
    label = TextField(default="")
    scopes = JSONField()
    created_at = BigIntegerField()
    expires_at = BigIntegerField(null=True)
    revoked_at = BigIntegerField(null=True)
    last_used_at = BigIntegerField(null=True)
    last_ip = TextField(null=True)

    class Meta:
        indexes = ((("user", "kind"), False),)


Credential.add_index(
    Credential.user,
    unique=True,
    where=SQL("kind = 'password' AND revoked_at IS NULL"),
    name="credential_one_password",
)


class Invitation(BaseModel):
    """A link with which one new person makes an account."""

    pid = TextField(unique=True)
    secret = TextField(unique=True)
    role = TextField()
    is_admin = BooleanField()
    note = TextField(default="")
    created_by = ForeignKeyField(User, null=True, on_delete="CASCADE", index=False)
    created_at = BigIntegerField()
    expires_at = BigIntegerField()
    used_at = BigIntegerField(null=True)
    used_by = ForeignKeyField(User, null=True, on_delete="SET NULL", index=False)


class Session(BaseModel):
    """A browser that is signed in; void when the user's `cred_version` has moved on."""

    pid = TextField(unique=True)
    secret = TextField(unique=True)
    user = ForeignKeyField(User, on_delete="CASCADE")
    cred_version = BigIntegerField()
    created_at = BigIntegerField()
    seen_at = BigIntegerField()
    expires_at = BigIntegerField()
    ip = TextField(default="")
    agent = TextField(default="")


class Throttle(BaseModel):
    """Failed tries for one account from one network, and until when it must wait."""

    key = TextField(primary_key=True)
    failures = BigIntegerField()
    until = BigIntegerField()
