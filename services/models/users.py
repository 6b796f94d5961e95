"""People: users with their roles, and groups of them."""

from peewee import BigIntegerField, BooleanField, ForeignKeyField, TextField

from services.models.database import BaseModel


class User(BaseModel):
    """A person with sign-in. `is_admin` runs the appliance and gives no sight of others' items.

    `ask_first`: what others share with them waits until they accept it.
    """

    pid = TextField(unique=True)
    login = TextField()
    login_fold = TextField(unique=True)
    display = TextField()
    role = TextField()
    is_admin = BooleanField()
    active = BooleanField(default=True)
    cred_version = BigIntegerField(default=1)
    language = TextField(default="")
    zone = TextField(default="")
    letter_keys = BooleanField(default=True)
    ask_first = BooleanField(default=False)
    default_storage_id = BigIntegerField(null=True)
    created_at = BigIntegerField()


class Group(BaseModel):
    """Some people of the household under one name; dissolved from `ended_at` on."""

    pid = TextField(unique=True)
    name = TextField()
    name_fold = TextField(unique=True)
    created_at = BigIntegerField()
    ended_at = BigIntegerField(null=True)


class Membership(BaseModel):
    """One person in one group."""

    group = ForeignKeyField(Group, on_delete="CASCADE", index=False)
    user = ForeignKeyField(User, on_delete="CASCADE")

    class Meta:
        indexes = ((("group", "user"), True),)
