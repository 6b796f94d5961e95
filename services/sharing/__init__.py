"""Sharing: what owners offer, who has a right by it, what waits for a decision, and how a right ends."""

from services.sharing.approving import Waiting, decide, undo, waiting
from services.sharing.contributing import arrive
from services.sharing.ending import Receipt, leave, revoke, revoke_share, unwithdraw, withdraw
from services.sharing.groups import Groups, join_group, leave_group, list_groups, make_group, remove_group
from services.sharing.guests import LinkEnded, NewGuest, Visit, leave_visit, visit
from services.sharing.journal import Journal
from services.sharing.ledger import Line, Witness, audience, ledger
from services.sharing.links import Link, Links, LinkTerms
from services.sharing.offering import Terms, change, offer

__all__ = [
    "Groups", "Journal", "Line", "Link", "LinkEnded", "LinkTerms", "Links", "NewGuest", "Receipt", "Terms", "Visit",
    "Waiting", "Witness", "arrive", "audience", "change", "decide", "join_group", "leave", "leave_group", "leave_visit",
    "ledger", "list_groups", "make_group", "offer", "remove_group", "revoke", "revoke_share", "undo", "unwithdraw",
    "visit", "waiting", "withdraw",
]  # fmt: skip
