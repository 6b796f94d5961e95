"""Sharing: what owners offer, who has a right by it, what waits for a decision, and how a right ends."""

from services.matching.arriving import arrive
from services.sharing.approving import Waiting, decide, undo, waiting
from services.sharing.ending import Receipt, leave, revoke, revoke_share, unwithdraw, withdraw
from services.sharing.groups import Groups, join_group, leave_group, list_groups, make_group, remove_group
from services.sharing.ledger import Line, Witness, audience, ledger
from services.sharing.offering import Terms, change, offer

__all__ = [
    "Groups", "Line", "Receipt", "Terms", "Waiting", "Witness", "arrive", "audience", "change", "decide",
    "join_group", "leave", "leave_group", "ledger", "list_groups", "make_group", "offer", "remove_group", "revoke",
    "revoke_share", "undo", "unwithdraw", "waiting", "withdraw",
]  # fmt: skip
