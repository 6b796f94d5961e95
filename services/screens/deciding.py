"""What adults decide of devices that ask: let in as a screen, refused, or asked for again. In force at commit.

Children decide nothing here: a television shows to whoever is in the room. A device that was refused waits no more
and is told nothing; to ask again is the way back of both other decisions. An approval that ends is written to the
journal outside the catalogue first, so that an older catalogue put in its place revives none.
"""

from collections.abc import Sequence
from typing import Any, Literal

from services import revocations
from services.access.ends import moment
from services.accounts.acting import require_current
from services.clock import now
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.identifiers import new_pid
from services.models import Device, Grant, Screen, audit, counters, transaction
from services.screens.devices import MOST_REFUSED, make_room
from services.screens.names import free_name, require_until
from services.sharing import Terms, get_screen, ledger, offer
from services.viewers import Viewer


def approve(
    viewer: Viewer,
    device: str,
    *,
    name: str = "",
    screen: str = "",
    until: int | None = None,
    show: Sequence[str] = (),
    originals: bool = False,
) -> Screen:
    """Let a device in as a new screen with this name, or as one that there is (its id), until then.

    `show` are ids of the viewer's collections to share with it in the same step. Of an existing screen the end stays
    where it is, unless `until` says otherwise. A screen is known by one address at most: where both have no MAC
    address, the one before is asked for again. Raises NotFound, UsageError (field name, screen, until, collection),
    Conflict, AccessDenied.
    """
    require_until(until)
    with revocations.noting([("device", device)], again=True):
        gone = _same_screen(screen, device)
        with revocations.noting([("device", row.pid) for row in gone]), transaction():
            require_adult(viewer)
            asking = _device(device)
            if asking.state == "approved":
                raise Conflict("This device is let in already.", field="device")
            for row in gone:
                _set(viewer, row, "unknown")
            made = _existing(screen, until) if screen else _made(viewer, name, until)
            _set(viewer, asking, "approved", made)
            tell(viewer, made, "screen_approved", code=asking.code, address=asking.address)
            _show(viewer, made, show, Terms(download=originals))
            counters.bump_content()
            counters.bump_policy()  # another end may be nearer, and another device was turned away
    return Screen.get_by_id(made.id)


def refuse(viewer: Viewer, device: str) -> None:
    """Turn a device away, also one that was let in; it is not asked for again. Raises NotFound, AccessDenied."""
    _decide(viewer, device, "refused")


def ask_again(viewer: Viewer, device: str) -> None:
    """Take a decision back: the device waits, and shows nothing meanwhile. Raises NotFound, AccessDenied."""
    _decide(viewer, device, "unknown")


def require_adult(viewer: Viewer) -> None:
    """Raise AccessDenied unless the viewer may decide what becomes of screens, by what the catalogue says now."""
    require_current(viewer)
    if viewer.kind != "person" or viewer.role != "adult":
        raise AccessDenied("Screens are let in by adults. Ask one of your household.")


def tell(viewer: Viewer, screen: Screen, action: str, **detail: Any) -> None:
    """Record what somebody did with a screen: for themselves, and for whoever shows something there."""
    here = Grant.select(Grant.owner_id).where((Grant.screen == screen.id) & Grant.ended_at.is_null())
    for person in sorted({viewer.user_id, *(owner for (owner,) in here.distinct().tuples())}):
        audit.record(action, actor=viewer.user_id, subject=person, object=screen.name, **detail)


def _show(viewer: Viewer, screen: Screen, pids: Sequence[str], terms: Terms) -> None:
    """Share these collections with a screen, but for those that are there already."""
    there = {line.collection_pid for line in ledger(viewer, screen=screen.pid)}
    for pid in dict.fromkeys(pids):
        if pid not in there:
            offer(viewer, pid, {"screen": screen.pid}, terms)


def _decide(viewer: Viewer, pid: str, state: Literal["unknown", "refused"]) -> None:
    require_adult(viewer)
    _device(pid)
    with revocations.noting([("device", pid)]), transaction():
        require_adult(viewer)
        device = _device(pid)
        if device.state == state:
            return
        _set(viewer, device, state)
        make_room("refused", MOST_REFUSED)
        audit.record(
            "screen_refused" if state == "refused" else "screen_asked_again", actor=viewer.user_id,
            subject=viewer.user_id, code=device.code, address=device.address,
        )  # fmt: skip
        counters.bump_policy()


def _set(
    viewer: Viewer,
    device: Device,
    state: Literal["unknown", "approved", "refused"],
    screen: Screen | None = None,
) -> None:
    """Write a decision; whatever was signed for the device before is void."""
    Device.update(
        state=state, screen=screen, version=Device.version + 1, decided_by=viewer.user_id, decided_at=now()
    ).where(Device.id == device.id).execute()


def _device(pid: str) -> Device:
    found: Device | None = Device.get_or_none(Device.pid == pid)
    if found is None:
        raise NotFound
    return found


def _same_screen(screen: str, device: str) -> list[Device]:
    """The devices known by an IP address alone that a screen has, where another such one is to take their place."""
    asking = Device.get_or_none((Device.pid == device) & Device.key.startswith("ip "))
    if not screen or asking is None:
        return []
    theirs = (Screen.pid == screen) & (Device.state == "approved") & Device.key.startswith("ip ")
    return list(Device.select().join(Screen).where(theirs & (Device.id != asking.id)))


def _made(viewer: Viewer, name: str, until: int | None) -> Screen:
    made: Screen = Screen.create(
        pid=new_pid(), name=free_name(name), created_by=viewer.user_id, created_at=now(), expires_at=until
    )
    return made


def _existing(pid: str, until: int | None) -> Screen:
    screen = get_screen(pid)
    if until is not None:
        Screen.update(expires_at=until).where(Screen.id == screen.id).execute()
    elif screen.expires_at is not None and screen.expires_at <= moment():
        raise UsageError("The time of this screen is over. Say until when it is one again.", field="until")
    return screen
