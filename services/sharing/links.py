"""Links: a collection for whoever holds a secret address, perhaps with a password, for a time.

The secret is kept as a hash, and sealed for its owner to show again. It is shown once by a guest, who gets a guest
session for it (`exchange`), and nothing after that holds it. A link that was paused goes on under a new secret, as
a new share: what was handed out before is dead for good.

Hashing a password takes a while: it happens before the transaction, never in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from services import revocations
from services.access.ends import moment
from services.accounts.acting import require_current
from services.accounts.errors import SignInFailed
from services.accounts.minting import digest, kind_of, mint
from services.accounts.passwords import Passwords
from services.accounts.texts import checked
from services.accounts.throttling import count_guess, one_try
from services.clock import DAY, now
from services.collections import seeing
from services.errors import AccessDenied, NotFound, UsageError
from services.identifiers import new_pid
from services.models import Collection, Grant, Guest, Share, audit, counters, transaction
from services.revocations import Noted
from services.sealing import SealBroken, Seals
from services.sharing import ending, offering
from services.sharing.guests import LinkEnded, NewGuest, admit, end_guests, require_living
from services.sharing.offering import MAX_NOTE
from services.viewers import Viewer

DEFAULT_LIFE = 30 * DAY
LEAST_PASSWORD, MOST_PASSWORD = 6, 200
MOST_USES = 1_000_000

State = Literal["active", "paused", "expired", "used up"]


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """What a link gives: looking, perhaps downloading; and until when (microseconds since 1970, None: for good).

    Unless `place` is set, where a picture was taken and the camera's number are kept back.
    """

    download: bool = False
    place: bool = False
    expires: int | None = field(default_factory=lambda: now() + DEFAULT_LIFE)
    password: str | None = None
    max_uses: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link as its owner sees it. `secret` is None when it is dead, or sealed with another key."""

    share: Share
    collection: str
    collection_pid: str
    state: State
    secret: str | None
    guests: int


class Links:
    """Makes, shows, changes and ends links, and lets guests in by them."""

    def __init__(self, key: bytes, passwords: Passwords) -> None:
        self._seals = Seals(key)
        self._passwords = passwords

    def make(self, viewer: Viewer, collection_pid: str, terms: LinkTerms) -> Link:
        """A new link to one's own collection. Raises NotFound, UsageError, AccessDenied for children."""
        _require_maker(viewer)
        note = checked(terms.note, field="note", limit=MAX_NOTE)
        hashed = self._hash(terms.password)
        _require_uses(terms.max_uses)
        with transaction():
            _require_maker(viewer)
            collection = offering.shareable(viewer, collection_pid)
            offering.require_end(terms.expires)
            share = self._create(viewer, collection, replace(terms, note=note), hashed)
        return self._link(share)

    def get(self, viewer: Viewer, pid: str) -> Link:
        """One of the viewer's links that is not revoked; raises NotFound."""
        return self._link(_own(viewer, pid))

    def list(self, viewer: Viewer, collection_pid: str | None = None) -> list[Link]:
        """The viewer's links, newest first, but for those they revoked."""
        if viewer.kind != "person":
            return []
        mine = (Share.owner == viewer.user_id) & (Share.kind == "link") & (Share.ended_why != "revoked")
        found = Share.select(Share, Collection).join(Collection).where(mine & Collection.deleted_at.is_null())
        if collection_pid is not None:
            found = found.where(Collection.pid == collection_pid)
        return [self._link(share) for share in found.order_by(Share.id.desc())]

    def change(self, viewer: Viewer, pid: str, changes: Mapping[str, Any]) -> Link:
        """Change rights, place, expires, note, max_uses or password (None: without) of a living link.

        Another password, or one at all, ends every guest session. Raises NotFound, UsageError.
        """
        given = dict(changes)
        values: dict[str, Any] = {}
        if "password" in given:
            values["password"] = self._hash(given.pop("password"))
        if "max_uses" in given:
            values["max_uses"] = _require_uses(given.pop("max_uses"))
        if set(given.get("rights") or ()) - {"view", "download"}:
            raise UsageError("By a link one can look, and download.", field="rights")
        share = _own(viewer, pid)
        ended, again = _with_password(share, values) if "password" in values else ([], [])
        with revocations.noting(ended), revocations.noting(again, again=True), transaction():
            share = _own(viewer, pid)
            if values.get("max_uses") is not None and values["max_uses"] < share.uses:
                raise UsageError("It was used more often than that already.", field="max_uses")
            offering.change(viewer, pid, given)
            if values:
                Share.update(**values).where(Share.id == share.id).execute()
            if "password" in values:
                end_guests([share.id], now())
        return self.get(viewer, pid)

    def pause(self, viewer: Viewer, pid: str) -> Link:
        """Stop a link, and all who came by it, until `renew` gives it a new address. Raises NotFound."""
        ending.revoke_share(viewer, pid, why="paused")
        return self.get(viewer, pid)

    def renew(self, viewer: Viewer, pid: str) -> Link:
        """The same offer under a new address; the old one is dead from now on. Raises NotFound, UsageError.

        An end that has passed is set to 30 days from now. Uses are counted anew.
        """
        old = _own(viewer, pid)
        _require_maker(viewer)
        expires = old.expires_at
        if expires is not None and expires <= moment():
            expires = moment() + DEFAULT_LIFE
        terms = LinkTerms(
            old.may_download, old.shows_place, expires, max_uses=old.max_uses, note=old.note
        )  # fmt: skip
        self.revoke(viewer, pid)
        with transaction():
            _require_maker(viewer)
            collection = Collection.get_by_id(old.collection_id)
            seeing.own(viewer, collection.pid)
            share = self._create(viewer, collection, terms, old.password)
        return self._link(share)

    def revoke(self, viewer: Viewer, pid: str) -> ending.Receipt:
        """End a link for good, with every guest session and running download of it. Raises NotFound."""
        share = _own(viewer, pid)
        if share.ended_at is None:
            return ending.revoke_share(viewer, pid)
        with transaction():
            require_current(viewer)
            Share.update(ended_why="revoked").where(Share.id == share.id).execute()
        return ending.Receipt(now())

    def look(self, token: str, *, ip: str) -> Share:
        """The living link of a secret: nothing is used up. Raises NotFound, LinkEnded, Throttled for guessers."""
        share = _known(token)
        if share is None:
            if kind_of(token) == "shr":
                count_guess("link secret", ip)
            raise NotFound
        require_living(share)
        if _is_used_up(share):
            raise LinkEnded("used up", None, share.owner.display)
        return share

    def exchange(self, token: str, password: str = "", *, ip: str) -> NewGuest:
        """A guest session for a secret, and its password where it has one: one use.

        Raises NotFound, LinkEnded, SignInFailed for a wrong password, Throttled, Conflict where too many are in.
        """
        share = self.look(token, ip=ip)
        if share.password is not None:
            with one_try("link", share.pid, ip):
                if not self._passwords.verify(share.password, password):
                    raise SignInFailed("The password is wrong.")
        same = Share.password.is_null() if share.password is None else Share.password == share.password
        with transaction():
            time = moment()
            living = Share.ended_at.is_null() & (Share.expires_at.is_null() | (Share.expires_at > time))
            free = Share.max_uses.is_null() | (Share.uses < Share.max_uses)
            counted = Share.update(uses=Share.uses + 1).where((Share.id == share.id) & living & free & same)
            if counted.execute():
                return admit(share)
        self.look(token, ip=ip)  # says what has changed meanwhile
        raise SignInFailed("The password is wrong.")

    def _create(
        self, viewer: Viewer, collection: Collection, terms: LinkTerms, password: str | None
    ) -> Share:
        pid, secret = new_pid(), mint("shr")
        share = Share.create(
            pid=pid, owner=viewer.user_id, collection=collection, kind="link", may_download=terms.download,
            may_contribute=False, may_reshare=False, shows_place=terms.place, note=terms.note,
            secret=digest(secret), sealed=self._seals.seal(secret, pid), password=password,
            max_uses=terms.max_uses, created_at=now(), expires_at=terms.expires,
        )  # fmt: skip
        Grant.create(
            pid=new_pid(), share=share, owner=viewer.user_id, collection=collection, kind="link",
            state="active", expires_at=terms.expires, created_at=now(),
        )  # fmt: skip
        audit.record(
            "shared", actor=viewer.user_id, subject=viewer.user_id, object=collection.name, share=pid,
            to={"link": True},
        )  # fmt: skip
        counters.bump_content()
        return share

    def _link(self, share: Share) -> Link:
        state: State = "active"
        if share.ended_at is not None:
            state = "paused"
        elif share.expires_at is not None and share.expires_at <= moment():
            state = "expired"
        elif _is_used_up(share):
            state = "used up"
        secret = None
        if share.ended_at is None:
            try:
                secret = self._seals.open(bytes(share.sealed), share.pid)
            except SealBroken:
                secret = None
        inside = (Guest.share_id == share.id) & Guest.ended_at.is_null() & (Guest.expires_at > moment())
        collection = share.collection
        return Link(
            share, collection.name, collection.pid, state, secret, Guest.select().where(inside).count()
        )

    def _hash(self, password: Any) -> str | None:
        if password is None or password == "":
            return None
        if not isinstance(password, str) or not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
            raise UsageError(
                f"A link's password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters.", field="password"
            )
        return self._passwords.hash(password)


def _own(viewer: Viewer, pid: str) -> Share:
    mine = (Share.pid == pid) & (Share.owner == viewer.user_id) & (Share.kind == "link")
    found = Share.select(Share, Collection).join(Collection).where(mine & (Share.ended_why != "revoked"))
    share: Share | None = found.first() if viewer.kind == "person" else None
    if share is None:
        raise NotFound
    return share


def _with_password(share: Share, values: Mapping[str, Any]) -> tuple[list[Noted], list[Noted]]:
    """What the journal is to hold of another password: the old one and all guests end; to have none may come back."""
    inside = Guest.select(Guest.pid).where((Guest.share_id == share.id) & Guest.ended_at.is_null())
    ended = [("guest", pid) for (pid,) in inside.tuples()]
    if share.ended_at is None and values["password"] != share.password:
        ended.append(("password", revocations.password_of(share.pid, share.password)))
    none = [("password", revocations.password_of(share.pid, None))]
    return ended, none if values["password"] is None else []


def _known(token: str) -> Share | None:
    if kind_of(token) != "shr":
        return None
    found: Share | None = Share.get_or_none((Share.secret == digest(token)) & (Share.kind == "link"))
    return found


def _is_used_up(share: Share) -> bool:
    return share.max_uses is not None and share.uses >= share.max_uses


def _require_maker(viewer: Viewer) -> None:
    require_current(viewer)
    if viewer.kind != "person" or viewer.role != "adult":
        raise AccessDenied("Links are made by adults. Ask one of your household.")


def _require_uses(uses: Any) -> int | None:
    if uses is not None and (type(uses) is not int or not 0 < uses <= MOST_USES):
        raise UsageError(f"A link is used 1 to {MOST_USES} times, or without a limit.", field="max_uses")
    return uses
