"""What people hand to their collections as files: under which names, and what is behind each."""

from peewee import BigIntegerField, BooleanField, ForeignKeyField, TextField

from services.models.collections import Collection
from services.models.database import BaseModel
from services.models.storages import File


class Handed(BaseModel):
    """A name in a collection that a file was handed to: it leads to that file for the collection's owner.

    It `waits` until the file is read and its item a member of the collection; without a file it was only announced.
    `written` tells that the file was made for it: what comes again under the name meanwhile replaces it. `also`
    tells that the item was in the collection before, and keeps the name that it has there.
    """

    collection = ForeignKeyField(Collection, on_delete="CASCADE", index=False)
    name = TextField()
    name_fold = TextField()
    file = ForeignKeyField(File, null=True, on_delete="CASCADE", index=False)
    waits = BooleanField()
    written = BooleanField(default=False)
    also = BooleanField(default=False)
    created_at = BigIntegerField()

    class Meta:
        indexes = ((("collection", "name_fold"), True),)


Handed.add_index(Handed.file, name="handed_file")
