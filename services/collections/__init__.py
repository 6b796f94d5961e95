"""Collections: items that belong together for somebody, by hand or by a query; what is in them, and for whom.

A member is a reference. Nothing here gives a right: what a viewer finds in a collection is what
`services.access` lets them see of it.
"""

from services.collections.making import Draft, create, delete, edit, restore
from services.collections.members import add, decide_rule, move, remove, step
from services.collections.querying import Preview, preview, text_of
from services.collections.seeing import Card, Place, cards, get, own, page, places, why

__all__ = [
    "Card", "Draft", "Place", "Preview", "add", "cards", "create", "decide_rule", "delete",
    "edit", "get", "move", "own", "page", "places", "preview", "remove", "restore", "step", "text_of", "why",
]  # fmt: skip
