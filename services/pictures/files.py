"""Where the bytes of an asset lie, for jobs that make something of them: whichever place can be read will do."""

from peewee import ModelSelect

from services.errors import Changed
from services.models import Asset, File, Folder, Storage
from services.storages.base import Entry


def files_of(asset: Asset) -> list[File]:
    """The files that hold these very bytes, as far as is known."""
    same = (File.asset == asset) & (File.sha256 == asset.sha256) & (File.read_state == "done")
    return list(_reachable().where(same & (File.presence != "missing")))


def unread_files_of(asset: Asset) -> list[File]:
    """The files of an asset that was only listed: what they hold nobody knows yet."""
    return list(_reachable().where((File.asset == asset) & (File.presence != "missing")))


def require_same(now_there: Entry, file: File) -> None:
    """Raise Changed when a file is not the one that was read: its picture is kept under that one's hash."""
    if (now_there.size, now_there.mtime_ns) != (file.size, file.mtime_ns):
        raise Changed("The file has changed since it was read; it is read again at the next scan.")


def _reachable() -> ModelSelect:
    return (
        File.select(File, Folder, Storage).join(Folder).switch(File).join(Storage)
        .where(Storage.removed_at.is_null()).order_by(File.presence, File.id)
    )  # fmt: skip
