"""Events: a gathering that shows a collection to whoever holds its token, takes in what they bring, and ends."""

from services.events.board import Arrived, Board, board, decide
from services.events.contributing import (
    Contribution,
    Foreseen,
    contribute_collection,
    contribute_items,
    contributions,
    foresee,
    withdraw_contribution,
    withdraw_items,
)
from services.events.discarding import Discarding, discard_due
from services.events.doors import Door, Doors
from services.events.dropping import DISCARD, landed, leave_event, own_items, take_back, takes_files, target
from services.events.expiring import close_due
from services.events.freeing import FREE, Freeing, Proposal, free, last_job, propose, undecided
from services.events.inbox import brought, brought_files, gathered, inbox, own_target
from services.events.making import Events
from services.events.people import Attendee, attendees, dismiss, join_as, leave, name_organiser, remove
from services.events.previewing import preview, private_seen
from services.events.prolonging import Prolonged, prolonged
from services.events.screening import Showing, end_on, screens_of, show_on
from services.events.seeing import (
    Card,
    cards,
    contributors,
    ending,
    files_of,
    find,
    get,
    items_of,
    open_to,
    organised,
    page,
)

__all__ = [
    "DISCARD", "FREE", "Arrived", "Attendee", "Board", "Card", "Contribution", "Discarding", "Door", "Doors",
    "Events", "Foreseen", "Freeing", "Prolonged", "Proposal", "Showing", "attendees", "board", "brought",
    "brought_files", "cards", "close_due", "contribute_collection", "contribute_items", "contributions",
    "contributors", "decide", "discard_due", "dismiss", "end_on", "ending", "files_of", "find", "foresee", "free",
    "gathered", "get", "inbox", "items_of", "join_as", "landed", "last_job", "leave", "leave_event", "name_organiser",
    "open_to", "organised", "own_items", "own_target", "page", "preview", "private_seen", "prolonged", "propose",
    "remove", "screens_of", "show_on", "take_back", "takes_files", "target", "undecided", "withdraw_contribution",
    "withdraw_items",
]  # fmt: skip
