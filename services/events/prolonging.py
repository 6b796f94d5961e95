"""Who contributed to an event is told when its organisers let it last longer: what they brought is shown longer, too.

They were told until when, and may take it back. It is told for a week, from what the audit log keeps of it, as long as
the event goes on, ends later than it did, and something of theirs is in it.
"""

from dataclasses import dataclass

from services.clock import DAY, now
from services.events.seeing import Card, cards
from services.models import Audit, Event, Grant, audit
from services.viewers import Viewer

TOLD = 7 * DAY
ACTION = "contribution_prolonged"


@dataclass(frozen=True, slots=True)
class Prolonged:
    """An event that lasts longer than its contributor was told: until `before` (microseconds since 1970)."""

    card: Card
    before: int


def note(viewer: Viewer, event: Event, before: int | None, owners: set[int]) -> None:
    """Remember that what these people contributed is shown longer than `before`; call inside the transaction.

    Nothing is noted when the event does not last longer, nor of who says so, nor of whose event it is.
    """
    end = event.expires_at
    if before is None or (end is not None and end <= before):
        return
    for owner in sorted(owners - {viewer.user_id, event.owner_id}):
        audit.record(
            ACTION, actor=viewer.user_id, subject=owner, object=event.name, event=event.pid, before=before
        )


def prolonged(viewer: Viewer) -> list[Prolonged]:
    """The events that last longer than the viewer was told when they contributed, the newest event first."""
    if viewer.kind != "person":
        return []
    here = (Audit.subject_id == viewer.user_id) & (Audit.action == ACTION) & (Audit.at > now() - TOLD)
    first: dict[str, int] = {}
    for row in Audit.select().where(here).order_by(Audit.id):
        first.setdefault(row.detail["event"], row.detail["before"])
    if not first:
        return []
    found = [
        card for card in cards(viewer, counted=False) if card.state == "open" and card.event.pid in first
    ]
    return [
        Prolonged(card, first[card.event.pid])
        for card in found
        if _is_later(card.event, first[card.event.pid]) and _gives(viewer, card.event)
    ]


def _is_later(event: Event, before: int) -> bool:
    return event.expires_at is None or event.expires_at > before


def _gives(viewer: Viewer, event: Event) -> bool:
    """Whether something of theirs is in it for as long as it lasts."""
    until = Grant.expires_at.is_null() if event.expires_at is None else Grant.expires_at == event.expires_at
    mine = (Grant.into == event.collection_id) & (Grant.owner == viewer.user_id) & Grant.ended_at.is_null()
    return bool(Grant.select().where(mine & until).exists())
