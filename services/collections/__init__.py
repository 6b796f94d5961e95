"""Collections: items that belong together for somebody, by hand or by a query; what is in them, and for whom.

A member is a reference. Nothing here gives a right: what a viewer finds in a collection is what
`services.access` lets them see of it.
"""

from services.collections.containing import Container, containing
from services.collections.making import Draft, create, delete, edit, restore
from services.collections.members import add, decide_rule, move, remove
from services.collections.seeing import Card, cards, get, own, page, why

__all__ = [
    "Card", "Container", "Draft", "add", "cards", "containing", "create", "decide_rule", "delete", "edit", "get",
    "move", "own", "page", "remove", "restore", "why",
]  # fmt: skip
