"""What somebody else, a screen, or whoever has a link sees of the viewer's own items: as when they look themselves.

Restricted to what the viewer owns: nothing that others share with that person, and nothing that they think of it.
Of both what goes out and what somebody sees, the items are counted that their owner called private by hand.
"""

from typing import Any

from services import access
from services.accounts.acting import require_current, viewer_of
from services.catalogue import Page
from services.catalogue.pages import paged
from services.collections import Card, seeing
from services.errors import NotFound
from services.models import Item, ItemLabel, Label, Share, User
from services.names import fold
from services.sharing.recipients import get_screen
from services.viewers import Viewer

PRIVATE = ("private", "privat")
"""The labels by which people say that something is not to be shown."""


def preview(viewer: Viewer, login: str, *, limit: int = 100, cursor: str | None = None) -> Page:
    """A page of the viewer's own items that this person sees, newest first. Raises NotFound, UsageError."""
    return _page(viewer, _seen(viewer, login), limit, cursor)


def preview_on(viewer: Viewer, screen: str, *, limit: int = 100, cursor: str | None = None) -> Page:
    """The same of what a screen shows, which is named by its id."""
    return _page(viewer, _shown(viewer, screen), limit, cursor)


def preview_by(viewer: Viewer, link: str, *, limit: int = 100, cursor: str | None = None) -> Page:
    """The same of what whoever has this link of the viewer's sees; it is named by its id."""
    return _page(viewer, _led_to(viewer, link), limit, cursor)


def previewed(viewer: Viewer, looking: Viewer, *, limit: int = 100, cursor: str | None = None) -> Page:
    """The same of what a viewer sees whom the caller has judged that this one may look as."""
    return _page(viewer, seen_by(viewer, looking), limit, cursor)


def _page(viewer: Viewer, query: Any, limit: int, cursor: str | None) -> Page:
    return paged(viewer, query, limit=limit, cursor=cursor, total=query.count)


def private_seen(viewer: Viewer, login: str) -> int:
    """How many items that the viewer labelled private this person sees. Raises NotFound."""
    return private_among(viewer, _seen(viewer, login))


def private_on(viewer: Viewer, screen: str) -> int:
    """How many items that the viewer labelled private a screen shows. Raises NotFound."""
    return private_among(viewer, _shown(viewer, screen))


def private_by(viewer: Viewer, link: str) -> int:
    """How many items that the viewer labelled private a link of theirs shows. Raises NotFound."""
    return private_among(viewer, _led_to(viewer, link))


def private_in(viewer: Viewer, card: Card) -> int:
    """How many items that the viewer labelled private go out with a collection of theirs."""
    return private_among(viewer, seeing.items_of(viewer, card).where(Item.withdrawn_at.is_null()))


def _seen(viewer: Viewer, login: str) -> Any:
    require_current(viewer)
    user = User.get_or_none((User.login_fold == fold(login)) & User.active)
    if viewer.kind != "person" or user is None or user.id == viewer.user_id:
        raise NotFound
    return seen_by(viewer, viewer_of(user))


def _shown(viewer: Viewer, pid: str) -> Any:
    require_current(viewer)
    if viewer.kind != "person":
        raise NotFound
    screen = get_screen(pid)
    looking = Viewer(user_id=0, login="", display=screen.name, kind="screen", screen_id=screen.id)
    return seen_by(viewer, looking)


def _led_to(viewer: Viewer, pid: str) -> Any:
    """By a link of the viewer's that is not revoked; one that is paused or over shows nothing."""
    require_current(viewer)
    mine = (Share.pid == pid) & (Share.kind == "link") & (Share.owner == viewer.user_id)
    share = Share.get_or_none(mine & (Share.ended_why != "revoked"))
    if viewer.kind != "person" or share is None:
        raise NotFound
    return seen_by(viewer, Viewer(user_id=0, login="", display="", kind="guest", share_id=share.id))


def seen_by(viewer: Viewer, looking: Viewer) -> Any:
    """What somebody who looks sees of the viewer's own, as a query."""
    return access.visible_items(looking, plan="rights").where(Item.owner_id == viewer.user_id)


def private_among(viewer: Viewer, query: Any) -> int:
    """How many of some items are the viewer's own, and labelled private by their hand."""
    by_hand = (ItemLabel.source == "hand") & (ItemLabel.author == viewer.user_id)
    labelled = ItemLabel.select(ItemLabel.item_id).join(Label).where(by_hand & Label.name_fold.in_(PRIVATE))
    return int(query.where((Item.owner_id == viewer.user_id) & Item.id.in_(labelled)).count())
