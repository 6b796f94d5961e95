"""Sharing: what owners offer, who has a right by it, what waits for a decision, and how a right ends."""

from services.matching.arriving import arrive
from services.sharing.answering import Offering, count_offered, offered
from services.sharing.approving import Waiting, count_waiting, decide, undo, waiting
from services.sharing.contributing import Contribution, contributions
from services.sharing.ending import (
    Receipt,
    latest,
    leave,
    release,
    revoke,
    revoke_share,
    unwithdraw,
    withdraw,
)
from services.sharing.groups import Groups, join_group, leave_group, list_groups, make_group, remove_group
from services.sharing.guests import LinkEnded, NewGuest, Visit, leave_visit, visit
from services.sharing.lasting import end_overdue
from services.sharing.ledger import Line, Offered, Witness, audience, ledger, offers
from services.sharing.links import Link, Links, LinkTerms
from services.sharing.offering import RIGHTS, Terms, change, offer
from services.sharing.opening import Openings
from services.sharing.passing import Passed, passed_to
from services.sharing.previewing import (
    preview,
    preview_by,
    preview_on,
    private_by,
    private_in,
    private_on,
    private_seen,
)
from services.sharing.purging import purge_guests
from services.sharing.receiving import Received, received, show_on_timeline
from services.sharing.recipients import Place, Somebody, get_screen, people, screens

__all__ = [
    "RIGHTS", "Contribution", "Groups", "Line", "Link", "LinkEnded", "LinkTerms", "Links", "NewGuest", "Offered",
    "Offering", "Openings", "Passed", "Place", "Receipt", "Received", "Somebody", "Terms", "Visit", "Waiting",
    "Witness", "arrive", "audience", "change", "contributions", "count_offered", "count_waiting", "decide",
    "end_overdue", "get_screen", "join_group", "latest", "leave", "leave_group", "leave_visit", "ledger",
    "list_groups", "make_group", "offer", "offered", "offers", "passed_to", "people", "preview", "preview_by",
    "preview_on", "private_by", "private_in", "private_on", "private_seen", "purge_guests", "received", "release",
    "remove_group", "revoke", "revoke_share", "screens", "show_on_timeline", "undo", "unwithdraw", "visit",
    "waiting", "withdraw",
]  # fmt: skip
