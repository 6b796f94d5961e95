"""What becomes of each kind of ended right when the journal is read again; nothing is written where it has ended.

Noted are people that were disabled, passwords of people that were replaced, the rights of an administrator and of an
adult that were taken, invitations that were used or revoked, tokens, groups and who left them, collections that were
thrown away, shares and grants, what others passed on and its owner ended, the passwords that links had before,
screens that ended and devices that are let in no more, events that closed, their tokens, guests and who left them,
storages that were removed or withheld, items that were withdrawn, or taken back by the guests who brought them, and
approvals that were rejected. Of what waits for somebody's word also what they declined, and what they accepted and
took back: it waits again. Sessions are not: how far the last end of one had come is kept apart, in `sessions`. Nor
are items that were taken out of a collection, and terms that were narrowed: those are as old as the catalogue.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.models import (
    Arrival,
    Asset,
    Collection,
    CollectionItem,
    Credential,
    Device,
    Event,
    EventPerson,
    File,
    Grant,
    Group,
    Guest,
    Invitation,
    Item,
    Membership,
    Passing,
    Screen,
    Session,
    Share,
    Storage,
    User,
    counters,
    database,
    transaction,
)  # fmt: skip

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Last:
    """The last word on a right that has ended, and when; `given_back` are items that came back, and when."""

    pid: str
    at: int
    given_back: Mapping[str, int]


def apply(kind: str, ended: list[Last]) -> int:
    """End again what is in force; nothing is written when, as at nearly every start, nothing is."""
    find, end = KINDS[kind]
    changed = 0
    for batch in database.batches(ended):
        some = {last.pid: last for last in batch}
        if not find(list(some)):
            continue
        with transaction():
            living = find(list(some))
            changed += sum(end(row, some[pid]) for pid, row in living)
            counters.bump_policy()
    return changed


Living = list[tuple[str, Any]]
"""What is in force of the rights asked for: the public id as it is noted, and the row."""


def _of(model: Any, condition: Any) -> Callable[[list[str]], Living]:
    def find(pids: list[str]) -> Living:
        return [(row.pid, row) for row in model.select().where(model.pid.in_(pids) & condition)]

    return find


def _between(model: Any, one: Any, other: Any, *conditions: Any) -> Callable[[list[str]], Living]:
    """Rows that join two things, noted by the public ids of both with a blank between them."""

    def find(pids: list[str]) -> Living:
        wanted = {pid: pid.partition(" ")[::2] for pid in pids}
        both = one.pid.in_([first for first, _ in wanted.values()])
        both &= other.pid.in_([second for _, second in wanted.values()])
        rows = model.select(model, one.pid.alias("first"), other.pid.alias("second"))
        rows = rows.join(one).switch(model).join(other).where(both, *conditions).objects()
        return [(pid, row) for row in rows if (pid := f"{row.first} {row.second}") in wanted]

    return find


def _set(**values: Any) -> Callable[[Any, Last], int]:
    """Set these; None stands for the time at which it ended."""

    def end(row: Any, last: Last) -> int:
        given = {name: last.at if value is None else value for name, value in values.items()}
        return int(type(row).update(**given).where(type(row).id == row.id).execute())

    return end


def _end_user(user: User, last: Last) -> int:
    _change_user(user.id, active=False)
    tokens = (Credential.user == user) & (Credential.kind != "password") & Credential.revoked_at.is_null()
    Credential.update(revoked_at=last.at).where(tokens).execute()
    return 1


def _change_user(user: int, **values: Any) -> None:
    """Whoever is signed in as them is so no longer."""
    User.update(cred_version=User.cred_version + 1, **values).where(User.id == user).execute()
    Session.delete().where(Session.user == user).execute()


def _end_password(password: Credential, last: Last) -> int:
    """This catalogue does not know the one that replaced it: whoever runs this machine sets another."""
    Credential.update(revoked_at=last.at).where(Credential.id == password.id).execute()
    _change_user(password.user_id)
    login = password.user.login
    log.warning(
        "the password of %s was replaced since and opens nothing: hypomos user password %s", login, login
    )
    return 1


def _end_admin(user: User, last: Last) -> int:
    """Where nobody is left who runs the appliance, it offers a code for a new one, as at its first start."""
    _change_user(user.id, is_admin=False)
    return 1


def _end_adult(user: User, last: Last) -> int:
    """An event is organised by adults; their own stays theirs, to be closed."""
    _change_user(user.id, role="child", is_admin=False)
    theirs = Event.select(Event.id).where(Event.owner == user)
    here = (EventPerson.user == user) & EventPerson.event.not_in(theirs)
    EventPerson.update(role="participant").where(here).execute()
    return 1


def _withhold(storage: Storage, last: Last) -> int:
    _withdraw_all(storage, last, Item.pid.is_null(False))
    return _set(withheld_at=None)(storage, last)


def _remove(storage: Storage, last: Last) -> int:
    elsewhere = (
        Asset.select(Asset.item_id)
        .join(File, on=(File.asset == Asset.id))
        .join(Storage)
        .where((File.storage != storage) & Storage.removed_at.is_null() & (File.presence != "missing"))
    )
    _withdraw_all(storage, last, Item.id.not_in(elsewhere))
    return _set(removed_at=None)(storage, last)


def _withdraw_all(storage: Storage, last: Last, condition: Any) -> None:
    """What lies in a storage is withdrawn with it, but for what its owner has given back since."""
    files = Asset.select(Asset.item_id).join(File, on=(File.asset == Asset.id)).where(File.storage == storage)
    here = Item.id.in_(files) & (Item.owner == storage.owner_id) & Item.withdrawn_at.is_null()
    found = Item.select(Item.id, Item.pid).where(here & condition)
    items = [item.id for item in found if last.given_back.get(item.pid, 0) <= last.at]
    for some in database.batches(items):
        Item.update(withdrawn_at=last.at).where(Item.id.in_(some)).execute()


def _delete_collection(collection: Collection, last: Last) -> int:
    for mine in (Grant.collection == collection.id, Grant.into == collection.id):
        Grant.update(state="revoked", ended_at=last.at).where(mine & Grant.ended_at.is_null()).execute()
    shares = (Share.collection == collection.id) & Share.ended_at.is_null()
    _end_guests(shares, last)
    Share.update(ended_at=last.at, ended_why="revoked").where(shares).execute()
    return _set(deleted_at=None)(collection, last)


def _end_share(share: Share, last: Last) -> int:
    """With whoever joined its group while it ended, and who came by a link."""
    living = (Grant.share == share.id) & Grant.ended_at.is_null()
    Grant.update(state="revoked", ended_at=last.at).where(living).execute()
    _end_guests(Share.id == share.id, last)
    return _set(ended_at=None, ended_why="revoked")(share, last)


def _end_guests(shares: Any, last: Last) -> None:
    """Who came by a link goes with it."""
    inside = Guest.share_id.in_(Share.select(Share.id).where(shares)) & Guest.ended_at.is_null()
    Guest.update(ended_at=last.at).where(inside).execute()


def _passed(pids: list[str]) -> Living:
    """What goes on being passed on: noted by the share, by whose it is, and by the person to whom, where it is one."""
    found = []
    for pid in pids:
        share, owner, person = (*pid.split(" "), "")[:3]
        ids = _id_of(Share, share), _id_of(User, owner), _id_of(User, person) if person else 0
        if None in ids:
            continue
        here = (Passing.share == ids[0]) & (Passing.owner == ids[1]) & (Passing.person == ids[2])
        if not Passing.select().where(here & Passing.ended_at.is_null(False)).exists():
            found.append((pid, ids))
    return found


def _id_of(model: Any, pid: str) -> int | None:
    row = model.get_or_none(model.pid == pid)
    return None if row is None else int(row.id)


def _pass_on_no_more(ids: tuple[int, int, int], last: Last) -> int:
    Passing.end(*ids, last.at).execute()
    return 1


def password_of(link: str, password: str | None) -> str:
    """A link with the password it had, as the journal names them: by the hash of what is kept of it."""
    return f"{link} {'' if password is None else hashlib.sha256(password.encode()).hexdigest()}"


def _passwords(pids: list[str]) -> Living:
    """Links that still have a password, or none, of which the journal says that it is another one."""
    links = [pid.partition(" ")[0] for pid in pids]
    here = Share.pid.in_(links) & (Share.kind == "link") & Share.ended_at.is_null()
    found = [(password_of(row.pid, row.password), row) for row in Share.select().where(here)]
    return [(pid, row) for pid, row in found if pid in pids]


def _pause_link(share: Share, last: Last) -> int:
    """Its owner may renew it: nobody knows what the password was to be."""
    _end_share(share, last)
    return _set(ended_why="paused")(share, last)


def _close_event(event: Event, last: Last) -> int:
    """With whoever came to it, where it is shown, and whatever came into it, also after what this catalogue knows."""
    inside = (Guest.event == event.id) & Guest.ended_at.is_null()
    Guest.update(ended_at=last.at).where(inside).execute()
    shown = (Share.collection == event.collection_id) & Share.ended_at.is_null()
    Share.update(ended_at=last.at, ended_why="revoked").where(shown).execute()
    mine = (Grant.collection == event.collection_id) | (Grant.into == event.collection_id)
    Grant.update(state="revoked", ended_at=last.at).where(mine & Grant.ended_at.is_null()).execute()
    return _set(state="closed", closed_at=None)(event, last)


def _turn_away(device: Device, last: Last) -> int:
    """It is asked for again; what was signed for it is void."""
    values = {"state": "unknown", "screen": None, "version": Device.version + 1, "decided_at": last.at}
    return int(Device.update(**values).where(Device.id == device.id).execute())


def _remove_screen(screen: Screen, last: Last) -> int:
    """With whatever is shown there, and the devices that look as it, also after what this catalogue knows."""
    shown = Grant.screen == screen.id
    shares = Share.id.in_(Grant.select(Grant.share_id).where(shown)) & Share.ended_at.is_null()
    Grant.update(state="revoked", ended_at=last.at).where(shown & Grant.ended_at.is_null()).execute()
    Share.update(ended_at=last.at, ended_why="revoked").where(shares).execute()
    for device in Device.select().where(Device.screen == screen.id):
        _turn_away(device, last)
    return _set(removed_at=None)(screen, last)


def _doors(pids: list[str]) -> Living:
    """Events that still have a token of which the journal says that it is dead: by the event and its hash."""
    found = []
    for pid in pids:
        event, _, secret = pid.partition(" ")
        here = (Event.pid == event) & (Event.secret == secret) & (Event.state == "open")
        found += [(pid, row) for row in Event.select().where(here)]
    return found


def _lose_door(event: Event, last: Last) -> int:
    lost = {"secret": None, "sealed": None, "short": None, "pin": None}
    return int(Event.update(**lost).where(Event.id == event.id).execute())


def _end_participation(row: EventPerson, last: Last) -> int:
    here = (EventPerson.event == row.event_id) & (EventPerson.user == row.user_id)
    return int(EventPerson.update(left_at=last.at).where(here).execute())


def _dissolve(group: Group, last: Last) -> int:
    Membership.delete().where(Membership.group == group).execute()
    Group.update(name_fold=f"{group.name_fold} {group.pid}", ended_at=last.at).where(
        Group.id == group.id
    ).execute()
    return 1


def _end_membership(row: Membership, last: Last) -> int:
    return int(Membership.delete().where(Membership.id == row.id).execute())


def _ask_again(grant: Grant, last: Last) -> int:
    here = (Grant.id == grant.id) & (Grant.state == "active")
    return int(Grant.update(state="pending", decided_at=None).where(here).execute())


def _take_back(item: Item, last: Last) -> int:
    """What a guest took back is withdrawn for good, also where its owner had withdrawn it before."""
    values = {"taken_back_at": last.at, "withdrawn_at": item.withdrawn_at or last.at}
    return int(Item.update(**values).where(Item.id == item.id).execute())


def _reject_out(row: CollectionItem, last: Last) -> int:
    here = (CollectionItem.collection == row.collection_id) & (CollectionItem.item == row.item_id)
    values = {"approval": "rejected", "shown": False, "decided_at": last.at}
    return int(CollectionItem.update(**values).where(here).execute())


def _reject_in(row: Arrival, last: Last) -> int:
    here = (Arrival.collection == row.collection_id) & (Arrival.item == row.item_id)
    if Item.select().where((Item.id == row.item_id) & (Item.contributed_by_id == row.guest_id)).exists():
        _leave_queries(row.item_id)
    return int(Arrival.update(state="rejected", decided_at=last.at).where(here).execute())


def _leave_queries(item: int) -> None:
    """What a guest dropped is in no collection by its query once it is rejected; these are held anew besides."""
    queries = Collection.select(Collection.id).where(Collection.kind == "dynamic")
    here = (CollectionItem.item == item) & CollectionItem.collection.in_(queries)
    within = CollectionItem.select(CollectionItem.collection).where(here)
    Collection.update(checked_at=None).where(Collection.id.in_(within)).execute()
    by_query = here & (CollectionItem.rule == "")
    CollectionItem.update(matches=False, shown=False).where(by_query).execute()


KINDS: dict[str, tuple[Callable[[list[str]], Living], Callable[[Any, Last], int]]] = {
    "user": (_of(User, User.active), _end_user),
    "sign-in": (
        _of(Credential, (Credential.kind == "password") & Credential.revoked_at.is_null()),
        _end_password,
    ),
    "admin": (_of(User, User.is_admin), _end_admin),
    "adult": (_of(User, User.role == "adult"), _end_adult),
    "invitation": (_of(Invitation, Invitation.used_at.is_null()), _set(used_at=None)),
    "token": (_of(Credential, Credential.revoked_at.is_null()), _set(revoked_at=None)),
    "group": (_of(Group, Group.ended_at.is_null()), _dissolve),
    "member": (_between(Membership, Group, User), _end_membership),
    "collection": (_of(Collection, Collection.deleted_at.is_null()), _delete_collection),
    "accepted": (_of(Grant, Grant.state == "active"), _ask_again),
    "declined": (
        _of(Grant, Grant.ended_at.is_null()),
        _set(state="declined", decided_at=None, ended_at=None),
    ),
    "grant": (_of(Grant, Grant.ended_at.is_null()), _set(state="revoked", ended_at=None)),
    "share": (_of(Share, Share.ended_at.is_null()), _end_share),
    "passed": (_passed, _pass_on_no_more),
    "password": (_passwords, _pause_link),
    "screen": (_of(Screen, Screen.removed_at.is_null()), _remove_screen),
    "device": (_of(Device, Device.state == "approved"), _turn_away),
    "event": (_of(Event, Event.state == "open"), _close_event),
    "door": (_doors, _lose_door),
    "guest": (_of(Guest, Guest.ended_at.is_null()), _set(ended_at=None)),
    "participant": (_between(EventPerson, Event, User, EventPerson.left_at.is_null()), _end_participation),
    "removed": (_of(Storage, Storage.removed_at.is_null()), _remove),
    "storage": (_of(Storage, Storage.withheld_at.is_null()), _withhold),
    "item": (_of(Item, Item.withdrawn_at.is_null()), _set(withdrawn_at=None)),
    "taken": (_of(Item, Item.taken_back_at.is_null() & Item.contributed_by_id.is_null(False)), _take_back),
    "out": (_between(CollectionItem, Collection, Item, CollectionItem.approval == "approved"), _reject_out),
    "in": (_between(Arrival, Collection, Item, Arrival.state == "approved"), _reject_in),
}
