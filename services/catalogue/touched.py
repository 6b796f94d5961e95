"""What was changed through Hypomos of late in a storage, so that an older listing is not believed about it.

A scan lists a folder, and records what it found a moment later. What its owner moved or deleted in between would come
back from the listing, as a file that is nowhere; what they put there would be missing. So each change names what it
touched, in the transaction that records it, and whoever records a listing leaves out what was touched since.
"""

from peewee import fn

from services.clock import DAY, now
from services.models import Job, Storage, Touched, database
from services.storages import paths

KEPT = 2 * DAY
"""For so long, and while something is at a storage that began before: the clock may jump, and a walk be long."""


def touch(storage: int, *touched: str) -> None:
    """These paths of a storage are changed; call it first in the transaction that records it."""
    hold(storage)
    moment = now()
    places = [(paths.parent(path), paths.leaf(path)) for path in dict.fromkeys(touched) if path]
    for folder, name in places:
        Touched.create(storage=storage, folder=folder, name=name, touched_at=moment)
    long_ago = min(moment, _walking_since() or moment) - KEPT
    Touched.delete().where(Touched.touched_at < long_ago).execute()


def _walking_since() -> int | None:
    """When the first job that is at a storage now began, by the clock as it was then."""
    at_work = Job.finished_at.is_null() & (Job.state == "running") & Job.storage.is_null(False)
    began: int | None = Job.select(fn.MIN(Job.started_at)).where(at_work).scalar()
    return began


def hold(storage: int) -> None:
    """Until this transaction ends nobody records a change of the storage, nor what was listed in it."""
    if not database.is_sqlite():  # which has one writer at a time
        database.hold(Storage.canaries, Storage.id == storage)


def so_far(storage: int) -> int:
    """The mark of what was touched last in a storage: asked before anything is listed.

    Whoever touches holds the storage, so within it marks grow in the order of the transactions.
    """
    return Touched.select(fn.MAX(Touched.id)).where(Touched.storage == storage).scalar() or 0


def since(storage: int, folder: str, mark: int) -> set[str]:
    """The names in a folder that were touched since. Whoever records by it has to `hold` the storage."""
    here = (Touched.storage == storage) & (Touched.folder == database.raw(folder)) & (Touched.id > mark)
    return {name for (name,) in Touched.select(Touched.name).where(here).tuples()}


def paths_since(storage: int, mark: int) -> set[str]:
    """The paths in a storage that were touched since. Whoever records by it has to `hold` the storage."""
    rows = Touched.select(Touched.storage_id, Touched.folder, Touched.name).where(Touched.id > mark)
    return {paths.join(folder, name) for where, folder, name in rows.tuples() if where == storage}
