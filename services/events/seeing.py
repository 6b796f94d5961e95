"""Events as a viewer sees them: those they organise and those they take part in, and the pictures of each."""

from dataclasses import dataclass
from typing import Any, Literal

from services import access
from services.access.ends import moment
from services.catalogue import Page
from services.catalogue.pages import paged
from services.clock import DAY
from services.collections import files
from services.collections.files import Inside
from services.errors import NotFound
from services.models import Arrival, Collection, CollectionItem, Event, EventPerson, Grant, Guest, Item, User
from services.viewers import Viewer

SOON = 3 * DAY
"""So long before its end an event reminds of it; a short one in the last quarter of its life."""

Role = Literal["organiser", "participant"]
State = Literal["open", "over", "archived"]


@dataclass(frozen=True, slots=True)
class Card:
    """An event as a viewer sees it. `size` is how many pictures they find in it.

    `waiting` (for a decision) and `guests` are numbers for organisers, and 0 for everybody else.
    """

    event: Event
    role: Role
    owner: str
    owner_display: str
    state: State
    size: int = 0
    cover: str | None = None
    waiting: int = 0
    guests: int = 0

    @property
    def may_contribute(self) -> bool:
        """Whether pictures of the viewer's may come in now."""
        return self.state == "open" and (self.role == "organiser" or self.event.guests != "view")

    @property
    def ends_soon(self) -> bool:
        """Whether it is time to remind of its end: afterwards nothing of it can be extended."""
        end = self.event.expires_at
        if self.state != "open" or end is None:
            return False
        return bool(end - moment() <= min(SOON, (end - self.event.created_at) // 4))


def cards(viewer: Viewer, *, archived: bool = False, counted: bool = True) -> list[Card]:
    """The viewer's events, the newest first: those that are not in the archive, or those that are.

    Unless `counted` they have neither numbers nor a cover.
    """
    if viewer.kind != "person":
        return []
    state = Event.state == "archived" if archived else Event.state != "archived"
    found = _cards(viewer, state)
    return [_counted(viewer, card) for card in found] if counted else found


def get(viewer: Viewer, pid: str) -> Card:
    """One event of the viewer's; raises NotFound."""
    return _counted(viewer, find(viewer, pid))


def find(viewer: Viewer, pid: str) -> Card:
    """The same without numbers and a cover, which take a look at everything in it. Raises NotFound."""
    found = _cards(viewer, Event.pid == pid) if viewer.kind == "person" else []
    if not found:
        raise NotFound
    return found[0]


def open_to(viewer: Viewer) -> list[Event]:
    """The events to which the viewer may bring pictures now, the newest first; nothing in them is counted."""
    if viewer.kind != "person":
        return []
    return [card.event for card in _cards(viewer, Event.state == "open") if card.may_contribute]


def organised(viewer: Viewer, pid: str) -> Event:
    """An event that the viewer organises; raises NotFound."""
    card = find(viewer, pid)
    if card.role != "organiser":
        raise NotFound
    return card.event


def ending(viewer: Viewer) -> list[Card]:
    """The events that end soon of those the viewer organises, the soonest first; nothing in them is counted."""
    if viewer.kind != "person":
        return []
    soon = (Event.state == "open") & (Event.expires_at <= moment() + SOON) & (EventPerson.role == "organiser")
    found = [card for card in _cards(viewer, soon) if card.ends_soon]
    return sorted(found, key=lambda card: int(card.event.expires_at))


def items_of(viewer: Viewer, card: Card) -> Any:
    """The items of an event that the viewer finds in it, as a query: for its owner also after it is over."""
    collection = card.event.collection_id
    if card.event.owner_id != viewer.user_id:
        return access.items_through(viewer, collection)
    offered = CollectionItem.alias()
    inside = (offered.collection == Grant.collection) & (offered.item == Arrival.item)
    came = Arrival.approved_in(collection).join(Grant).join(offered, on=inside).where(offered.shown)
    if card.state == "open":  # what was taken back since is not in it, whatever else she sees it by
        came = came.where(Grant.ended_at.is_null())
    here = Item.id.in_(CollectionItem.shown_in(collection)) | Item.id.in_(came)
    return access.visible_items(viewer).where(here & Item.withdrawn_at.is_null())


def files_of(viewer: Viewer, card: Card) -> Inside:
    """What the viewer finds at an event and may download."""
    if card.event.owner_id == viewer.user_id:
        return files.mine(viewer, items_of(viewer, card))
    return files.theirs(viewer, card.event.collection_id)


def page(viewer: Viewer, card: Card, *, limit: int = 100, cursor: str | None = None) -> Page:
    """A page of an event's items, the latest taken first. Raises UsageError."""
    return paged(viewer, items_of(viewer, card), limit=limit, cursor=cursor, total=lambda: card.size)


def contributors(viewer: Viewer, event: Event, items: list[int] | None = None) -> dict[int, str]:
    """Who brought each of some items of an event (or all of them), as this viewer may know: by the item's id.

    Organisers know. Guests, and who takes part, only where the organiser says so; who takes part knows their own.
    """
    here = Arrival.collection == event.collection_id
    if not (event.shows_names or _organises(viewer, event)):
        here &= Item.owner == viewer.user_id
    if items is not None:
        here &= Arrival.item.in_(items)
    rows = Arrival.select(Arrival.item_id, Arrival.guest, Item.owner_id).join(Item).where(here)
    found = list(rows.tuples())
    guests = dict(Guest.select(Guest.id, Guest.name).where(Guest.event == event.id).tuples())
    people = dict(
        User.select(User.id, User.display).where(User.id.in_({owner for _, _, owner in found})).tuples()
    )
    return {item: guests.get(guest) or people.get(owner, "") for item, guest, owner in found}


def _organises(viewer: Viewer, event: Event) -> bool:
    if viewer.kind != "person":
        return False
    mine = (EventPerson.event == event.id) & (EventPerson.user == viewer.user_id)
    organises = mine & (EventPerson.role == "organiser") & EventPerson.left_at.is_null()
    return bool(EventPerson.select().where(organises).exists())


def _cards(viewer: Viewer, condition: Any) -> list[Card]:
    rows = (
        EventPerson.select(EventPerson, Event, Collection, User)
        .join(Event)
        .join(Collection)
        .switch(Event)
        .join(User, on=(User.id == Event.owner))
        .where((EventPerson.user == viewer.user_id) & EventPerson.left_at.is_null() & condition)
        .order_by(Event.id.desc())
    )
    return [
        Card(row.event, row.role, row.event.owner.login, row.event.owner.display, _state(row.event))
        for row in rows
    ]


def is_open(event: Event) -> bool:
    """Whether people may come, and things come in."""
    ahead = event.expires_at is None or event.expires_at > moment()
    return event.state == "open" and ahead


def _state(event: Event) -> State:
    if event.state == "archived":
        return "archived"
    return "open" if is_open(event) else "over"


def _counted(viewer: Viewer, card: Card) -> Card:
    items = items_of(viewer, card)
    newest = items.order_by(Item.sort_at.desc(), Item.id.desc()).first()
    waiting = guests = 0
    if card.role == "organiser":
        here = (Arrival.collection == card.event.collection_id) & (Arrival.state == "pending")
        there = access.visible_items(viewer, waiting=True).where(Item.withdrawn_at.is_null())
        waiting = there.where(Item.id.in_(Arrival.select(Arrival.item_id).where(here))).count()
        inside = (Guest.event == card.event.id) & Guest.ended_at.is_null()
        guests = Guest.select().where(inside).count()
    cover = None if newest is None else newest.pid
    return Card(
        card.event,
        card.role,
        card.owner,
        card.owner_display,
        card.state,
        items.count(),
        cover,
        waiting,
        guests,
    )
