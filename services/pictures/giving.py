"""Pictures for televisions: found in the store, or asked for as a job; the right is asked each time.

They lie among the cached renditions and go the same way as these: by content, after the right to the item. None is
made before somebody wants it, so a household without televisions pays nothing. Those who wait for the same one
share a job; a worker makes one at a time, in the child that is kept free for people.

    picture     waits, up to ten seconds; for a facade whose calls may block
    wanted, find, ask     the same in steps, for one that polls
    length      how many bytes one has that is there, for a listing
    prefetch    the next pictures of a slide show, or the thumbnails of a page that is being listed
    chunks      the bytes, with the right asked again before each piece
    asking_picture        what a television shows that nobody has approved
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from services import access
from services.access import ends
from services.broker import Revoked
from services.catalogue.placing import content_key
from services.errors import HypomosError, NotFound, UsageError
from services.jobs import Jobs
from services.media.rendition_store import RenditionStore
from services.media.sniff import RAW_MIMES
from services.media.television import PROFILES, Offer, Profile, profiles_for
from services.models import Asset, Item, Job, counters
from services.renditions import cover
from services.viewers import Viewer

PICTURE, NOTICE = "picture", "notice"
"""Kinds of jobs."""
WAIT_S = 10.0
RETRY_S = 5
ASKED, AHEAD = 90, 10
"""Priorities among the clicks: after what a browser waits for, and after everything."""
NEXT = 2
"""How many pictures of a slide show are made ahead."""
PAGE = 1000
"""How many small ones are made ahead at most, in one job."""
SMALL = frozenset({"SM", "TN"})
CHUNK = 64 * 1024
LONGEST_WORDS = 200
_RAW = frozenset(RAW_MIMES.values()) | {"image/x-fujifilm-raf", "image/x-canon-cr3"}
"""Their previews are smaller than what the catalogue knows of the sensor."""


class StillMaking(HypomosError):
    """Raised when a picture is not ready in time; asked for again after `retry_after` seconds it may be."""

    def __init__(self, retry_after: int = RETRY_S) -> None:
        super().__init__("This is still being made. Try again in a moment.")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Wanted:
    """One picture of an item for televisions: `content` is what `services.catalogue.placing.content_key` says.

    `etag` is strong and bare.
    """

    item_pid: str
    asset_id: int
    content: str
    profile: Profile

    @property
    def etag(self) -> str:
        """Changes when the picture would."""
        return f"{self.content[:24]}-{self.profile.key}"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it was made: a JPEG, its size in pixels and its tag."""

    data: bytes
    width: int
    height: int
    etag: str
    profile: Profile
    item_pid: str = ""

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self.data)


def offers_of(mime: str, width: int | None, height: int | None) -> tuple[Offer, ...]:
    """Which pictures there are of what has this type and upright size, and how large, without making any.

    Of RAW photos the sizes are not known.
    """
    return profiles_for(None, None) if mime in _RAW else profiles_for(width, height)


class Pictures:
    """Gives pictures for televisions and has them made."""

    def __init__(
        self, store: RenditionStore, jobs: Jobs, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock

    def wanted(self, viewer: Viewer, pid: str, profile: str) -> Wanted:
        """What is wanted, after checking the right; raises NotFound, or UsageError for an unknown profile."""
        known = _profile(profile)
        item = access.get_item(viewer, pid)
        asset = cover(item)
        return Wanted(item.pid, asset.id, content_key(asset), known)

    def find(self, wanted: Wanted) -> Picture | None:
        """The picture, or None when it has to be made first."""
        data = self._store.get(wanted.content, wanted.profile.key)
        if data is None:
            return None
        return Picture(data, *size_of(data), wanted.etag, wanted.profile, wanted.item_pid)

    def length(self, wanted: Wanted) -> int | None:
        """How many bytes the picture has, cheaply; None when it has to be made first."""
        return self._store.length(wanted.content, wanted.profile.key)

    def ask(self, viewer: Viewer, wanted: Wanted, *, ahead: bool = False) -> Job:
        """Have it made, `ahead` after everything that somebody waits for; joins a job that is at it already.

        Raises StillMaking when a busy or full catalogue takes no job.
        """
        return self._one(viewer, wanted.asset_id, wanted.profile, AHEAD if ahead else ASKED)

    def picture(self, viewer: Viewer, pid: str, profile: str, *, wait_s: float = WAIT_S) -> Picture:
        """The picture, made first if need be; the right is asked again while that lasts.

        Raises NotFound, also when nothing can be made of the item, StillMaking after `wait_s` seconds.
        """
        deadline = self._clock() + wait_s
        job: Job | None = None
        while True:
            wanted = self.wanted(viewer, pid, profile)
            found = self.find(wanted)
            if found is not None:
                return found
            if job is not None and job.state in {"failed", "cancelled"}:
                raise NotFound
            if self._clock() >= deadline:
                raise StillMaking
            if job is None or job.finished_at is not None:  # done, and gone from the store again
                job = self.ask(viewer, wanted)
            job = self._jobs.wait(job.id, min(0.5, max(0.0, deadline - self._clock())))

    def prefetch(self, viewer: Viewer, pids: Sequence[str], profile: str = "LRG") -> int:
        """Have those of the pictures made ahead that are not there; gives how many were asked for.

        Of large ones the first two: what a slide show is about to ask for. Of small ones a page's, in one job,
        which makes them of what is kept on this machine and fetches no original.
        """
        known = _profile(profile)
        small = known.name in SMALL
        assets = _assets(viewer, pids[: PAGE if small else NEXT])
        lacking = [a.id for a in assets if self._store.length(content_key(a), known.key) is None]
        if small and lacking:
            self._make(viewer, lacking, known, AHEAD, key=_digest(repr(lacking))[:24], of_kept=True)
        for asset in () if small else lacking:
            self._one(viewer, asset, known, AHEAD)
        return len(lacking)

    def chunks(
        self, viewer: Viewer, picture: Picture, start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        """The bytes from `start` to `end` (inclusive) in pieces; raises Revoked instead of going on without a right.

        The right is asked before the first piece, and before each one after anybody's may have ended.
        """
        last = picture.size - 1 if end is None else end
        epoch: int | None = None
        until: int | None = None
        for at in range(start, last + 1, CHUNK):
            now_valid, moment = counters.read(counters.POLICY_EPOCH), ends.moment()
            ended = until is not None and moment >= until
            if now_valid != epoch or ended:
                _require_right(viewer, picture)
                epoch, until = now_valid, _next_look(viewer, moment)
            yield picture.data[at : min(at + CHUNK, last + 1)]

    def asking_picture(
        self, code: str, address: str, profile: str = "FHD", *, wait_s: float = WAIT_S
    ) -> Picture:
        """What a television shows that nobody has approved: `code`, and the address where it can be.

        Raises StillMaking after `wait_s` seconds.
        """
        known = _profile(profile)
        code, address = code[:LONGEST_WORDS], address[:LONGEST_WORDS]
        content = notice_key(code, address)
        deadline = self._clock() + wait_s
        while True:
            data = self._store.get(content, known.key)
            if data is not None:
                return Picture(data, *size_of(data), f"{content[:24]}-{known.key}", known)
            if self._clock() >= deadline:
                raise StillMaking
            job = self._enqueue(
                NOTICE,
                {"code": code, "address": address, "profile": known.name},
                content[:24],
                priority=ASKED,
            )
            job = self._jobs.wait(job.id, max(0.0, deadline - self._clock()))
            if job.state in {"failed", "cancelled"}:
                raise StillMaking

    def _one(self, viewer: Viewer, asset: int, profile: Profile, priority: int) -> Job:
        # not by content, as of renditions: somebody else's copy is none of this viewer's business
        return self._make(viewer, [asset], profile, priority, key=str(asset))

    def _make(
        self, viewer: Viewer, assets: list[int], profile: Profile, priority: int, *, key: str, of_kept: bool = False
    ) -> Job:  # fmt: skip
        payload = {"assets": assets, "profile": profile.name, "of_kept": of_kept}
        return self._enqueue(PICTURE, payload, key, priority=priority, user_id=viewer.user_id or None)

    def _enqueue(
        self, kind: str, payload: dict[str, Any], key: str, *, priority: int, user_id: int | None = None
    ) -> Job:
        try:
            return self._jobs.enqueue(
                kind, payload=payload, lane="click", priority=priority,
                dedupe_key=f"{kind}:{key}:{payload['profile']}", user_id=user_id, max_attempts=2,
            )  # fmt: skip
        except peewee.OperationalError as error:
            raise StillMaking from error


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height of a picture of ours: a baseline JPEG, by its only frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while data[at + 1] != 0xC0:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")


def notice_key(code: str, address: str) -> str:
    """By what a picture with these words is kept."""
    return _digest(f"{NOTICE}\n{code}\n{address}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise UsageError(f"A picture for televisions is one of {', '.join(PROFILES)}.", field="profile")
    return PROFILES[name]


def _assets(viewer: Viewer, pids: Sequence[str]) -> list[Asset]:
    """The covers of those of the items that the viewer may see, in the order of the ids."""
    visible = access.visible_items(viewer, plan="time").where(Item.pid.in_(list(pids)))
    covers = {item.pid: item.cover_id for item in visible}
    found = {a.id: a for a in Asset.select().where(Asset.id.in_(list(covers.values())))}
    return [found[covers[pid]] for pid in pids if covers.get(pid) in found]


def _require_right(viewer: Viewer, picture: Picture) -> None:
    try:
        access.get_item(viewer, picture.item_pid)
    except NotFound as error:
        raise Revoked("The right to this picture has ended.") from error
    if not access.holds(viewer):
        raise Revoked("The right to this picture has ended.")


def _next_look(viewer: Viewer, moment: int) -> int | None:
    """When the proof, or some grant, runs out by the clock next: nothing is written then."""
    found = [end for end in (viewer.not_after, ends.next_end(moment)) if end is not None]
    return min(found, default=None)
