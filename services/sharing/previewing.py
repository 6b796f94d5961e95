"""What somebody else sees of the viewer's own items: the same question that is asked when they look themselves.

Restricted to what the viewer owns: nothing that others share with that person, and nothing that they think of it.
"""

from services import access
from services.accounts.acting import require_current, viewer_of
from services.catalogue import Page
from services.catalogue.pages import paged
from services.errors import NotFound
from services.models import Item, User
from services.names import fold
from services.viewers import Viewer


def preview(viewer: Viewer, login: str, *, limit: int = 100, cursor: str | None = None) -> Page:
    """A page of the viewer's own items that this person sees, newest first. Raises NotFound, UsageError."""
    require_current(viewer)
    user = User.get_or_none((User.login_fold == fold(login)) & User.active)
    if viewer.kind != "person" or user is None or user.id == viewer.user_id:
        raise NotFound
    query = access.visible_items(viewer_of(user), plan="rights").where(Item.owner_id == viewer.user_id)
    return paged(viewer, query, limit=limit, cursor=cursor, total=query.count)
