"""How things of the domain look as JSON: the one place that names the API's fields."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from services.budgets import Budget
from services.catalogue import Described, Location, Subtitle
from services.catalogue.finding import Loosened
from services.collections import Card, text_of
from services.collections.seeing import count_proposed
from services.connecting import Overview
from services.events import Arrived, Attendee, Contribution, Proposal, Showing
from services.events import Card as EventCard
from services.filing import Filed, Place, Thrown
from services.filing.trashing import Back
from services.models import File, Job, Share
from services.problems import Problem
from services.remotes import Draft, Folders, Offer, OfferField
from services.sharing import Groups, Line, Offered, Offering, Passed, Receipt, Received, Waiting, Witness
from services.storages import paths
from services.storages.values import Quota
from services.uploads import Told
from services.viewers import Viewer

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(us: int | None) -> str | None:
    """Microseconds since 1970 as ISO 8601 in UTC."""
    return None if us is None else (EPOCH + timedelta(microseconds=us)).isoformat().replace("+00:00", "Z")


def wall(us: int | None) -> str | None:
    """A wall clock as ISO 8601 without a zone."""
    return None if us is None else (EPOCH + timedelta(microseconds=us)).replace(tzinfo=None).isoformat()


def offset(minutes: int | None) -> str | None:
    """Minutes east of UTC as `+05:30`."""
    if minutes is None:
        return None
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def item(
    described: Described, locations: list[Location] | None = None, people: Sequence[str] = ()
) -> dict[str, Any]:
    """An item; its owner also gets `sha256`, `locations` and the `people` whose faces are marked in it.

    `rights` are the viewer's; where the place is kept back `gps` is null.
    """
    i, may = described.item, described.rights
    view: dict[str, Any] = {
        "id": i.pid, "name": i.name, "type": i.type, "mime": i.mime, "size": i.size,
        "etag": f"{i.pid}-{i.version}", "owner": described.owner,
        "taken": wall(i.taken_local), "taken_offset": offset(i.taken_offset), "taken_source": i.taken_source,
        "taken_offset_source": i.offset_source,
        "width": i.width, "height": i.height,
        "duration_s": None if i.duration_ms is None else i.duration_ms / 1000,
        "camera": {"make": i.make, "model": i.model, "lens": i.lens},
        "gps": None if i.lat is None else {"lat": i.lat, "lon": i.lon},
        "labels": list(described.labels), "rating": i.rating, "favourite": i.favourite, "state": described.state,
        "title": i.title, "description": i.description, "animated": i.animated, "stack": i.stack,
        "read": not described.unread, "hidden": described.hidden,
        "rights": {"owner": may.is_owner, "download": may.download, "reshare": may.reshare, "place": may.place},
    }  # fmt: skip
    if described.own and locations is not None:
        view["sha256"] = described.sha256 or None
        view["people"] = list(people)
        view["locations"] = [{"storage": x.storage, "path": _text(x.path), "role": x.role} for x in locations]
    return view


def share(o: Offered) -> dict[str, Any]:
    """A share for its owner, with the grants by it."""
    s, (kind, to) = o.share, o.to
    return {
        "id": s.pid, "collection": {"id": o.collection.pid, "name": o.collection.name}, "to": {kind: to},
        "rights": rights(s), "place": s.shows_place, "note": s.note, "created": instant(s.created_at),
        "expires": instant(s.expires_at), "ended": instant(s.ended_at), "grants": [grant(line) for line in o.lines],
    }  # fmt: skip


def rights(s: Share) -> list[str]:
    """What a share gives."""
    given = {"download": s.may_download, "contribute": s.may_contribute, "reshare": s.may_reshare}
    return ["view", *(name for name, has in given.items() if has)]


def grant(line: Line) -> dict[str, Any]:
    """The right of one recipient, for its owner."""
    g = line.grant
    return {
        "id": g.pid, "to": line.to, "state": line.state, "created": instant(g.created_at),
        "expires": instant(g.expires_at), "ended": instant(g.ended_at), "opened": g.opened,
        "opened_last": instant(g.opened_at), "passed_on": [passed_on(each) for each in line.passed],
    }  # fmt: skip


def passed_on(p: Passed) -> dict[str, Any]:
    """To whom somebody passes on what is shared with them, for its owner: `id` is what ends it."""
    kind = "user" if p.kind == "group" else p.kind
    return {
        "id": p.grant, "by": p.by, "to": {kind: p.to or True}, "group": p.group or None, "items": p.items,
        "download": p.may_download, "place": p.shows_place, "since": instant(p.since), "until": instant(p.until),
        "opened": p.opened, "opened_last": instant(p.opened_at),
    }  # fmt: skip


def received(r: Received) -> dict[str, Any]:
    """What somebody shares with the viewer."""
    g, s = r.grant, r.share
    return {
        "id": g.pid, "owner": r.owner, "collection": {"id": r.collection.pid, "name": r.collection.name},
        "rights": rights(s), "place": s.shows_place, "note": s.note, "group": r.group,
        "created": instant(g.created_at), "expires": instant(g.expires_at), "timeline": g.on_timeline,
    }  # fmt: skip


def witness(w: Witness) -> dict[str, Any]:
    """Somebody who sees an item, for its owner: `grant` is what ends it."""
    return {
        "user": w.login or None, "link": w.link, "event": w.event or None,
        "screen": w.screen or None, "grant": w.grant,
        "collection": w.collection, "via": w.via, "since": instant(w.since), "until": instant(w.until),
        "opened": w.opened, "opened_last": instant(w.opened_at),
    }  # fmt: skip


def subtitle(s: Subtitle) -> dict[str, Any]:
    """What is read along with a video."""
    return {
        "id": s.key, "language": s.language or None, "forced": s.is_forced, "for_hearing": s.is_for_hearing,
        "size": s.size,
    }  # fmt: skip


def receipt(r: Receipt) -> dict[str, Any]:
    """What has ended."""
    return {
        "ended": instant(r.at), "grants": r.grants, "items": r.items, "people": list(r.people),
        "surfaces": list(r.surfaces), "note": "Copies that were downloaded before cannot be recalled.",
    }  # fmt: skip


def waiting(w: Waiting) -> dict[str, Any]:
    """A decision that is asked for: `out` of the viewer's collection, or `in` to it."""
    return {
        "id": w.pid, "side": w.side, "item": w.item.pid, "name": w.item.name,
        "collection": {"id": w.collection_pid, "name": w.collection}, "by": w.by, "since": instant(w.since),
        "proposed": w.proposed, "keywords": list(w.keywords),
    }  # fmt: skip


def offering(o: Offering) -> dict[str, Any]:
    """The same of what somebody offers the viewer: on which terms, and how many `items` that is, and none of them."""
    s = o.share
    return {
        "id": o.pid, "side": "offer", "item": None, "name": None, "collection": {"id": None, "name": o.collection},
        "by": o.by, "since": instant(o.since), "proposed": False, "keywords": [], "rights": rights(s),
        "place": s.shows_place, "note": s.note, "group": o.group, "expires": instant(o.until), "items": o.items,
    }  # fmt: skip


def group(g: Groups) -> dict[str, Any]:
    """A group of the household."""
    return {"id": g.pid, "name": g.name, "people": list(g.people), "mine": g.mine}


def collection(card: Card, viewer: Viewer) -> dict[str, Any]:
    """A collection; its owner also gets its query, its rules, and how many it is shared with."""
    c = card.collection
    view: dict[str, Any] = {
        "id": c.pid, "name": c.name, "kind": c.kind, "description": c.description, "starts": day(c.starts_on),
        "ends": day(c.ends_on), "owner": card.owner, "own": card.own, "size": card.size, "cover": card.cover,
        "rights": {
            "download": card.rights.download, "reshare": card.rights.reshare, "contribute": card.may_contribute,
        },
        "grant": card.grant,
    }  # fmt: skip
    if card.own:
        view |= {
            "query": text_of(viewer, c) if c.kind == "dynamic" else None, "problem": c.problem,
            "approval": c.approval, "arrivals": c.arrivals, "require_labelled": c.require_labelled,
            "trusted": list(c.trusted), "proposed": count_proposed(c), "shared": card.shared,
            "checked": instant(c.checked_at),
        }  # fmt: skip
    return view


def event(card: EventCard, viewer: Viewer) -> dict[str, Any]:
    """An event; its organisers also get what waits, its guests and limits, its owner where dropped files go."""
    e = card.event
    view: dict[str, Any] = {
        "id": e.pid, "name": e.name, "starts": day(e.starts_on), "ends": day(e.ends_on),
        "expires": instant(e.expires_at), "state": card.state, "role": card.role, "owner": card.owner,
        "guests": e.guests, "download": e.may_download, "place": e.shows_place, "size": card.size,
        "cover": card.cover, "may_contribute": card.may_contribute, "created": instant(e.created_at),
        "closed": instant(e.closed_at),
    }  # fmt: skip
    if card.role == "organiser":
        asks = e.collection.arrivals == "owner"
        view |= {
            "approval": "organiser" if asks else "none", "names": e.shows_names, "max_files": e.max_files,
            "max_bytes": e.max_bytes, "waiting": card.waiting, "guests_now": card.guests,
        }  # fmt: skip
    if e.owner_id == viewer.user_id:
        view |= {"storage": None if e.storage is None else e.storage.pid, "folder": e.folder}
    return view


def contribution(c: Contribution) -> dict[str, Any]:
    """What its owner contributes to an event. Pictures that were chosen one by one are in no collection."""
    g = c.grant
    return {
        "id": g.pid, "collection": None if c.single else {"id": c.collection_pid, "name": c.name},
        "rights": rights(g.share), "place": g.share.shows_place, "created": instant(g.created_at),
        "expires": instant(g.expires_at), "waiting": c.waiting, "shown": c.shown, "rejected": c.rejected,
    }  # fmt: skip


def arrived(a: Arrived) -> dict[str, Any]:
    """A picture on the board of an event; `id` names the decision about it, as in `/approvals`."""
    return {
        "id": a.approval, "item": item(a.described), "state": a.state, "by": a.by, "since": instant(a.since),
        "twin": a.twin,
    }  # fmt: skip


def attendee(a: Attendee) -> dict[str, Any]:
    """Somebody at an event: a person by their login, or a guest by their id."""
    return {
        "user": a.login or None, "guest": a.guest or None, "name": a.name, "role": a.role,
        "since": instant(a.since), "items": a.items,
    }  # fmt: skip


def showing(s: Showing) -> dict[str, Any]:
    """A screen that shows an event."""
    given = ["view", "download"] if s.originals else ["view"]
    return {"screen": s.screen, "name": s.name, "rights": given, "since": instant(s.since)}


def proposal(p: Proposal) -> dict[str, Any]:
    """What may be freed after an event: `kept` stays, `fixed` lies where nothing may be deleted."""
    places = [{"name": name, "items": n, "bytes": size} for name, n, size in p.storages]
    return {"items": p.items, "bytes": p.size, "storages": places, "kept": p.kept, "fixed": p.fixed}


def loosened(found: Iterable[Loosened]) -> list[dict[str, Any]]:
    """The conditions of a query that finds nothing, with what each finds and what the others would."""
    return [
        {"condition": each.text, "alone": each.alone, "without": each.without, "others": each.others}
        for each in found
    ]


def why(found: dict[str, Any]) -> dict[str, Any]:
    """Why an item is in a collection."""
    return {**found, "at": instant(found["at"])}


def day(yyyymmdd: int | None) -> str | None:
    """A day as ISO 8601."""
    text = f"{yyyymmdd:08}" if yyyymmdd else ""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if text else None


def storage(o: Overview) -> dict[str, Any]:
    """A storage for its owner."""
    s = o.storage
    return {
        "id": s.pid, "name": s.name, "kind": s.kind, "type": s.options.get("type"), "writable": s.writable,
        "state": s.state, "withheld": instant(s.withheld_at),
        "reason": s.state_reason, "files": o.files, "items": o.items, "pending": o.pending, "problems": o.problems,
        "bytes": o.bytes, "scanned": instant(s.scanned_at), "asked_again": instant(s.retry_at),
        "changes": {
            "noticed": o.noticed.how, "every_minutes": o.noticed.minutes, "looked": instant(o.noticed.looked_at),
            "problem": o.noticed.problem,
        },
        "budget": budget(s.options), "job": None if o.job is None else job(o.job),
    }  # fmt: skip


def provider(offer: Offer, methods: tuple[str, ...]) -> dict[str, Any]:
    """A kind of storage that can be connected; `methods` are the ways to sign in on the provider's pages.

    The options of a generic one are null in the list of all: rclone is asked for them when one is asked for.
    """
    unasked = offer.generic and not offer.fields
    return {
        "type": offer.type, "title": offer.title, "sign_in": offer.sign_in, "methods": list(methods),
        "root": offer.root, "limits": list(offer.limits), "one_of": [list(keys) for keys in offer.one_of],
        "generic": offer.generic, "options": None if unasked else [_option(each) for each in offer.fields],
    }  # fmt: skip


def _option(each: OfferField) -> dict[str, Any]:
    return {
        "name": each.key, "label": each.label, "kind": each.kind, "help": each.help, "required": each.required,
        "secret": each.secret, "advanced": each.advanced, "default": each.default or None,
        "only_for": each.only_for or None,
        "choices": [{"value": choice.value, "label": choice.label} for choice in each.choices],
    }  # fmt: skip


def draft(d: Draft, trouble: str = "") -> dict[str, Any]:
    """A storage that is being connected. The address and the code are what the person needs to sign in."""
    p = d.pending
    state = "done" if d.is_done else "ready" if d.is_ready else "sign-in" if p else "trying"
    sign_in = None if p is None else {
        "method": p.method, "address": p.address, "code": p.user_code or None, "expires": instant(p.expires_at),
    }  # fmt: skip
    return {
        "id": d.pid, "type": d.type, "writable": d.writable, "state": state, "storage": d.storage or None,
        "sign_in": sign_in, "trouble": trouble,
    }  # fmt: skip


def folders(f: Folders) -> dict[str, Any]:
    """What lies in a folder of a storage that is being connected."""
    return {
        "path": _text(f.path), "folders": [{"name": name, "path": _text(path)} for name, path in f.folders],
        "files": f.files, "more": f.more,
    }  # fmt: skip


def budget(options: dict[str, Any]) -> dict[str, Any]:
    """What background reading of a storage far away may take."""
    found = Budget.of(options, None)
    hours = None if found.hours is None else list(found.hours)
    return {"bytes_per_second": found.bytes_per_second, "at_once": found.at_once, "hours": hours}


def quota(q: Quota | None) -> dict[str, Any] | None:
    """Room in bytes; each null when the storage does not say, and all of it when nothing is known."""
    return None if q is None else {"total": q.total, "used": q.used, "free": q.free}


def place(p: Place, storage: str) -> dict[str, Any]:
    """A file or folder of a storage; `href` is its address, also where its name is no text."""
    view: dict[str, Any] = {
        "path": _text(p.path),
        "name": p.name,
        "folder": p.is_dir,
        "href": _href(storage, p.path),
    }
    if p.is_dir:
        return view
    changed = None if p.mtime_ns is None else instant(p.mtime_ns // 1000)
    more = {"size": p.size, "changed": changed, "etag": p.etag, "mime": p.mime or None, "item": p.item}
    return {**view, **more, "present": p.presence == "present"}


def filed(f: Filed) -> dict[str, Any]:
    """A file that was just written; `version` is what the trash keeps of the bytes it replaced."""
    return {
        "path": _text(f.path), "href": _href(f.storage, f.path), "id": f.file.pid, "size": f.file.size, "etag": f.etag,
        "version": None if f.version is None else f.version.pid,
    }  # fmt: skip


def upload(u: Told, href: str) -> dict[str, Any]:
    """An upload for its sender; `href` is where it is gone on with."""
    return {
        "id": u.id, "href": href, "name": u.name, "mime": u.mime or None, "size": u.size, "received": u.got,
        "state": u.state, "problem": u.problem or None, "waits_for": u.waits_for or None,
        "stored_in": u.stored_in or None, "item": u.item, "created": instant(u.created_at),
        "expires": instant(u.expires_at) if u.state == "receiving" else None,
    }  # fmt: skip


def thrown(t: Thrown) -> dict[str, Any]:
    """A line of the trash. `waits`: too much to go by the clock alone, so its owner is waited for."""
    e = t.entry
    return {
        "id": e.pid, "name": e.name, "path": _text(e.path), "storage": t.storage.name, "storage_id": t.storage.pid,
        "kind": e.kind, "folder": e.is_dir, "files": t.files, "size": t.size,
        "item": None if t.item is None else t.item.pid, "reason": e.reason, "trashed": instant(e.trashed_at),
        "purge": instant(t.purged_at), "waits": t.waits,
    }  # fmt: skip


def back(b: Back) -> dict[str, Any]:
    """What came back from the trash, and where it lies."""
    return {"storage_id": b.storage, "path": _text(b.path), "href": _href(b.storage, b.path)}


def problem(p: Problem) -> dict[str, Any]:
    """Something that is wrong, in English words, and whether trying again is of use."""
    return {
        "id": p.id, "kind": p.kind, "state": p.state, "storage": None if p.storage is None else p.storage.name,
        "storage_id": None if p.storage is None else p.storage.pid,
        "path": None if p.path is None else _text(p.path), "item": p.item, "collection": p.collection,
        "what": p.what, "reason": p.reason, "todo": p.todo, "since": instant(p.since), "again": p.again,
        "dismiss": p.leaves,
    }  # fmt: skip


def problem_file(f: File) -> dict[str, Any]:
    """A file with something wrong."""
    path = f"{f.folder.path}/{f.raw_name}" if f.folder.path else f.raw_name
    return {"id": f.pid, "path": _text(path), "problem": f.problem, "state": f.read_state}


def job(j: Job) -> dict[str, Any]:
    """A job with its progress."""
    return {
        "id": j.pid, "kind": j.kind, "state": j.state, "done": j.progress_done, "total": j.progress_total,
        "message": j.message, "error": j.error, "result": j.result, "created": instant(j.created_at),
        "started": instant(j.started_at), "finished": instant(j.finished_at),
    }  # fmt: skip


def _href(storage: str, path: str) -> str:
    return f"/api/v1/storages/{storage}/files/{quote(paths.to_bytes(path))}"


def _text(path: str) -> str:
    """A path as JSON can carry it: bytes that are no UTF-8 escaped."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
