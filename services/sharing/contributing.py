"""What a viewer contributes to a collection of somebody else's: their offers to it, and what became of each."""

from dataclasses import dataclass

from peewee import fn

from services.models import Arrival, Collection, Grant, Share
from services.sharing.ledger import Offered, offers
from services.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Contribution:
    """A collection that is offered to another: how many of its items are in there, and how many wait for a decision."""

    offered: Offered
    approved: int
    pending: int


def contributions(viewer: Viewer, into: Collection) -> list[Contribution]:
    """The viewer's living contributions to this collection, newest first."""
    mine = (Grant.owner == viewer.user_id) & (Grant.into == into.id) & Grant.ended_at.is_null()
    rows = Grant.select(Grant.id, Share.pid).join(Share).where(mine & Share.ended_at.is_null())
    return [_contribution(viewer, grant, share) for grant, share in rows.order_by(Grant.id.desc()).tuples()]


def _contribution(viewer: Viewer, grant: int, share: str) -> Contribution:
    counted = Arrival.select(Arrival.state, fn.COUNT(Arrival.item)).where(Arrival.grant == grant)
    states = dict(counted.group_by(Arrival.state).tuples())
    (offered,) = offers(viewer, pid=share)
    return Contribution(offered, states.get("approved", 0), states.get("pending", 0))
