"""Which collections an item is in, as far as its viewer may know: their own, and those by which they see it."""

from dataclasses import dataclass

from services.access import paths
from services.models import Arrival, Collection, CollectionItem, Grant, Item, User, database
from services.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Container:
    """A collection with the item in it; `owner` is somebody else's login, empty for the viewer's own."""

    pid: str
    name: str
    owner: str = ""


def containing(viewer: Viewer, item: Item) -> list[Container]:
    """The collections that show this visible item to the viewer, their own first. None for guests and screens."""
    if viewer.kind != "person":
        return []
    member = CollectionItem.select(CollectionItem.collection_id).where(
        (CollectionItem.item == item.id) & CollectionItem.shown
    )
    came = Arrival.select(Arrival.collection_id).where(
        (Arrival.item == item.id) & (Arrival.state == "approved")
    )
    living = (Collection.purpose == "own") & Collection.deleted_at.is_null()
    own = Collection.select().where(
        living & (Collection.owner == viewer.user_id) & (Collection.id.in_(member) | Collection.id.in_(came))
    )
    found = [Container(each.pid, each.name) for each in own.order_by(Collection.name_fold)]
    query = paths.paths(viewer, item=str(int(item.id)))
    ways = {way for (way,) in database.rows(f"SELECT grant_id FROM ({query.sql}) way", *query.values)}  # noqa: S608  our own text
    theirs = (
        Collection.select(Collection, User)
        .join(User)
        .where(living & (Collection.owner != viewer.user_id))
        .where(
            Collection.id.in_(
                Grant.select(Grant.collection_id).where(Grant.id.in_(ways) & Grant.into.is_null())
            )
        )
        .order_by(Collection.name_fold)
    )
    return found + [Container(each.pid, each.name, each.owner.login) for each in theirs]
