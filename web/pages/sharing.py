"""/shares: what one shares and with whom, and its end; /collections/{id}/share, where a share begins."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from services import access, catalogue, collections, sharing
from services.catalogue import Described, Page
from services.collections import querying
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.models import Collection, Share
from services.sharing import Terms
from web.asking import Ask
from web.moments import day_of, parse_end
from web.rendering import render

PREVIEW = 24
"""So many pictures of a collection are shown before it is shared: of one by a query the newest."""

PREVIEWED = 60
"""So many pictures are on a page of what somebody sees."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a person chose, or what a share gives: a form that is shown again keeps it."""

    to: str = ""
    download: bool = True
    contribute: bool = False
    reshare: bool = False
    hide_place: bool = False
    until: str = ""
    note: str = ""
    trouble: str = ""
    field: str | None = None
    asks: bool = False


def form(ask: Ask) -> Response:
    """Choose with whom a collection is shared, what they may, and until when; see what it will show."""
    collection = collections.own(ask.viewer, ask.path["id"])
    return _offering(ask, collection, Form(to=ask.query.get("to", ""), asks=collection.arrivals == "owner"))


def share(ask: Ask) -> Response:
    """Share it."""
    collection, posted = collections.own(ask.viewer, ask.path["id"]), _posted(ask)
    kind, _, name = posted.to.partition(":")
    try:
        if kind not in {"user", "group", "screen"} or not name:
            raise UsageError("Choose somebody to share this with.", field="to")
        terms = _on_screen(ask) if kind == "screen" else Terms(
            download=posted.download, contribute=posted.contribute, reshare=posted.reshare,
            place=not posted.hide_place, expires=_end(ask), note=posted.note,
        )  # fmt: skip
        with _asking(ask, collection, posted, has_a_say=kind != "screen"):
            made = sharing.offer(ask.viewer, collection.pid, {kind: name}, terms)
    except (UsageError, Conflict, AccessDenied) as error:
        return _offering(ask, collection, _again(posted, error), 422)
    if kind == "screen":
        return RedirectResponse(f"/screens/{name}#shown", 303)
    return RedirectResponse(f"/shares?made={made.pid}", 303)


def _on_screen(ask: Ask) -> Terms:
    """A screen only looks, and its form has a box of its own for originals."""
    return Terms(
        download=ask.form.get("originals") == "on",
        place=False,
        expires=_end(ask),
        note=ask.form.get("note", ""),
    )


def index(ask: Ask) -> Response:
    """The ledger: each right that somebody has by the viewer, and the button that ends it."""
    to, ended = ask.query.get("to", ""), ask.query.get("ended") == "1"
    before = ask.number("before", 0)
    made = ask.query.get("made", "")
    lines = sharing.ledger(ask.viewer, ended=ended, to=to or None, before=before or None, limit=101)
    values = {
        "lines": lines[:100],
        "more": lines[99].grant.id if len(lines) > 100 else None,
        "ended": ended,
        "to": to,
        "people": sharing.people(ask.viewer),
        "by_others": sharing.passed_to(ask.viewer, to) if to and not ended else [],
        "unheld": [] if to or ended else [o for o in sharing.offers(ask.viewer) if not _has_life(o)],
        "made": made,
        "asked": [line.to for line in lines if line.share.pid == made and line.state == "pending"],
        "saved": ask.query.get("saved") == "1",
        "receipt": sharing.latest(ask.viewer) if "receipt" in ask.query else None,
    }
    return render(ask, "shares.html", values)


def show(ask: Ask) -> Response:
    """One share of the viewer's: its terms, to be changed, and who has a right by it."""
    offered = _offered(ask)
    s = offered.share
    if s.kind == "link":
        return RedirectResponse(f"/collections/{offered.collection.pid}/links#link-{s.pid}", 303)
    if s.kind == "screen" and offered.lines and offered.lines[0].event:
        return RedirectResponse(f"/events/{offered.lines[0].event}/people#screens", 303)
    if s.kind == "event" and offered.lines:
        return RedirectResponse(f"/events/{offered.lines[0].event}/settings", 303)
    given = Form(
        "", s.may_download, s.may_contribute, s.may_reshare, not s.shows_place,
        day_of(s.expires_at, ask.viewer.zone), s.note, asks=offered.collection.arrivals == "owner",
    )  # fmt: skip
    return _editing(ask, offered, given)


def save(ask: Ask) -> Response:
    """Change the terms."""
    offered, posted = _offered(ask), _posted(ask)
    if offered.share.ended_at is not None:
        raise NotFound
    rights = {"download": posted.download, "contribute": posted.contribute, "reshare": posted.reshare}
    try:
        changes = {
            "rights": ["view", *(name for name, has in rights.items() if has)],
            "place": not posted.hide_place and offered.share.kind != "screen",
            "expires": _end(ask, offered.share), "note": posted.note,
        }  # fmt: skip
        with _asking(ask, offered.collection, posted, has_a_say=offered.share.kind != "screen"):
            sharing.change(ask.viewer, offered.share.pid, changes)
    except (UsageError, AccessDenied) as error:
        return _editing(ask, offered, _again(posted, error), 422)
    return RedirectResponse("/shares?saved=1", 303)


def end(ask: Ask) -> Response:
    """End a share for everybody who has it."""
    sharing.revoke_share(ask.viewer, ask.path["id"])
    return RedirectResponse("/shares?receipt=1", 303)


def revoke(ask: Ask) -> Response:
    """End one grant, or what somebody passes on by one of theirs, or everything given to one person."""
    what = {name: ask.form[name] for name in ("grant", "user") if ask.form.get(name)}
    sharing.revoke(ask.viewer, what)
    return RedirectResponse(_back(ask, "/shares?receipt=1"), 303)


def preview(ask: Ask) -> Response:
    """What somebody sees of the viewer's pictures."""
    login = ask.path["person"]
    page = sharing.preview(ask.viewer, login, limit=PREVIEWED, cursor=ask.query.get("cursor"))
    person = next(p for p in sharing.people(ask.viewer) if p.login.casefold() == login.casefold())
    return show_preview(
        ask, page, sharing.private_seen(ask.viewer, login), who=person.display,
        here=f"/shares/preview/{quote(person.login)}", back=f"/shares?to={quote(person.login)}",
    )  # fmt: skip


def show_preview(
    ask: Ask,
    page: Page,
    private: int,
    *,
    here: str,
    back: str,
    who: str = "",
    link: str = "",
    event: str = "",
) -> Response:
    """A page of what somebody sees of the viewer's pictures; `private` of all of them are called so by their labels.

    Who sees it is told by their name, or by that of the `link`'s collection or the `event`. The page's own address is
    `here`, the one before is `back`.
    """
    values = {
        "found": catalogue.describe(ask.viewer, page.items), "next": page.next, "total": page.total or 0,
        "private_items": private, "here": here, "back": back, "who": who, "link": link, "event": event,
    }  # fmt: skip
    return render(ask, "preview.html", values)


def withhold(ask: Ask) -> Response:
    """Share nothing of a storage any more."""
    sharing.revoke(ask.viewer, {"storage": ask.path["id"]})
    return RedirectResponse(f"/storages/{ask.path['id']}?saved=withheld#sharing", 303)


def release(ask: Ask) -> Response:
    """Let what lies in a storage be shared again."""
    sharing.release(ask.viewer, ask.path["id"])
    return RedirectResponse(f"/storages/{ask.path['id']}?saved=released#sharing", 303)


def withdraw(ask: Ask) -> Response:
    """Take an item back from everybody."""
    sharing.withdraw(ask.viewer, [ask.path["id"]])
    return RedirectResponse(f"/item/{ask.path['id']}?receipt=1#sharing", 303)


def unwithdraw(ask: Ask) -> Response:
    """Give it back to its shares."""
    sharing.unwithdraw(ask.viewer, [ask.path["id"]])
    return RedirectResponse(f"/item/{ask.path['id']}#sharing", 303)


def _offering(ask: Ask, collection: Collection, given: Form, status: int = 200) -> Response:
    card = collections.get(ask.viewer, collection.pid)
    shown = newest(ask, card)
    values = {
        "c": collection,
        "size": card.size,
        "shown": shown,
        "moving": querying.moving(collection),
        "people": sharing.people(ask.viewer),
        "groups": [g for g in sharing.list_groups(ask.viewer) if g.mine],
        "screens": sharing.screens(ask.viewer),
        "originals": ask.form.get("originals") == "on",
        "given": given,
        "private_items": sharing.private_in(ask.viewer, card),
        "others": sum(1 for d in shown if d.item.owner_id != ask.viewer.user_id),
        "may_groups": ask.viewer.role == "adult",
    }
    return render(ask, "share.html", values, status=status)


def newest(ask: Ask, card: collections.Card) -> list[Described]:
    """What a collection of the viewer's shows now: of one by a query the newest, else the first."""
    sort = "-taken" if card.collection.kind == "dynamic" else None
    return catalogue.describe(ask.viewer, collections.page(ask.viewer, card, sort=sort, limit=PREVIEW).items)


def _editing(ask: Ask, offered: sharing.Offered, given: Form, status: int = 200) -> Response:
    return render(ask, "share_terms.html", {"o": offered, "given": given}, status=status)


def _offered(ask: Ask) -> sharing.Offered:
    found = sharing.offers(ask.viewer, pid=ask.path["id"])
    if not found:
        raise NotFound
    return found[0]


def _has_life(offered: sharing.Offered) -> bool:
    return any(line.grant.ended_at is None for line in offered.lines)


def _posted(ask: Ask) -> Form:
    def on(name: str) -> bool:
        return ask.form.get(name) == "on"

    return Form(
        ask.form.get("to", ""), on("download"), on("contribute"), on("reshare"), on("hide_place"),
        ask.form.get("until", "").strip(), ask.form.get("note", ""), asks=on("asks"),
    )  # fmt: skip


@contextmanager
def _asking(ask: Ask, collection: Collection, posted: Form, *, has_a_say: bool) -> Iterator[None]:
    """Have the owner asked, or no more, about what comes into a collection to which the form lets others contribute.

    It begins before they may, and ends when nothing was wrong with the form.
    """
    changes = {"arrivals": "owner" if posted.asks else "none"}
    is_new = has_a_say and posted.contribute and collection.arrivals != changes["arrivals"]
    if is_new and posted.asks:
        collections.edit(ask.viewer, collection.pid, changes)
    yield
    if is_new and not posted.asks:
        collections.edit(ask.viewer, collection.pid, changes)


def _again(posted: Form, error: Any) -> Form:
    return replace(posted, trouble=str(error), field=getattr(error, "field", None))


def _end(ask: Ask, share: Share | None = None) -> int | None:
    text = ask.form.get("until", "").strip()
    if not text:
        return None
    if (
        share is not None
        and share.expires_at is not None
        and text == day_of(share.expires_at, ask.viewer.zone)
    ):
        return int(share.expires_at)  # an end in the middle of a day stays where it is
    return parse_end(text, ask.viewer.zone, field="expires")


def _back(ask: Ask, otherwise: str) -> str:
    """Where the form was: an item of the viewer's, a screen, or the ledger of one person."""
    if ask.form.get("item"):
        return f"/item/{access.get_item(ask.viewer, ask.form['item']).pid}?receipt=1#sharing"
    if ask.form.get("screen"):
        return f"/screens/{sharing.get_screen(ask.form['screen']).pid}#shown"
    return f"{otherwise}&to={quote(ask.form['to'])}" if ask.form.get("to") else otherwise
