"""Hand-written stand-ins: each does in the simplest way what the real thing does."""

import dataclasses
import hashlib
import json
import os
import struct
from collections.abc import Callable
from typing import Any

from services.errors import DecoderKilled, DecoderRefused, StorageNotFound, Unauthorized, Unavailable
from services.jobs import Jobs, Run
from services.media.distant import LONGEST, Source
from services.media.masking import Mask
from services.media.rendition_store import Size
from services.media.sizes import Size as Pixels
from services.media.subtitles import mime_of
from services.media.television import Profile
from services.media.types import (
    Fingerprints,
    Glance,
    Hashes,
    Hints,
    Metadata,
    Reading,
    Rendition,
    Taken,
)
from services.models import Job
from services.storages.rclone.standby import Standby
from tests import rclone_running

JPEG = b"\xff\xd8\xff"


def photo(**meta: Any) -> bytes:
    """Bytes that `FakePool` reads as a photo with this metadata; `n` makes them differ."""
    return b"PHOTO" + json.dumps(meta, sort_keys=True).encode()


def jpeg(**meta: Any) -> bytes:
    """The same, for what looks at the first bytes itself: they begin like those of a JPEG."""
    return JPEG + photo(**meta)


KILLS = b"KILL"
REFUSED = b"REFUSE"


class FakePool:
    """Reads what `photo` made, dies on KILLS, refuses REFUSED; anything else is no media."""

    def __init__(self) -> None:
        self.read_names: list[str] = []
        self.folders: dict[str, str] = {}
        self.glanced: list[str] = []
        self.hashed: list[str] = []
        self.masks: tuple[Mask, ...] | None = ()
        self.pictured: list[tuple[bytes, str, Pixels | None]] = []

    def mask_far(self, source: Source, hints: Hints) -> tuple[Mask, ...] | None:
        _all(source)
        return self.masks

    def read(self, fd: int, hints: Hints, *, others: bool = False) -> Reading:
        self.read_names.append(hints.name)
        self.folders[hints.name] = hints.folder
        reading = self._reading(os.pread(fd, 1 << 20, 0), hints)
        return reading if others else dataclasses.replace(reading, hashes={})

    def glance(self, source: Source, hints: Hints, *, poster: bool = False) -> Glance:
        self.glanced.append(hints.name)
        reading = self._reading(_all(source), hints)
        return (
            Glance(reading.metadata, b"poster", reading.fingerprints) if poster else Glance(reading.metadata)
        )

    def hash_far(self, source: Source, hints: Hints) -> Hashes:
        self.hashed.append(hints.name)
        data = _all(source)
        return Hashes(hashlib.sha256(data).hexdigest(), len(data), _hashes(data))

    def render_far(self, source: Source, size: int, hints: Hints) -> Rendition:
        _all(source)
        return Rendition(b"far view", "image/jpeg", size, size)

    def _reading(self, data: bytes, hints: Hints) -> Reading:
        if data.startswith(KILLS):
            raise DecoderKilled("it used more memory than it may")
        if data.startswith(REFUSED):
            raise DecoderRefused("it has too many pixels")
        sha = hashlib.sha256(data).hexdigest()
        body = data.removeprefix(JPEG)
        if not body.startswith(b"PHOTO"):
            mime = mime_of(data) or "text/plain"
            return Reading(sha, len(data), None, Metadata("other", mime), None, None, hashes=_hashes(data))
        given = json.loads(body[5:])
        scan = given.pop("scan", None)
        taken = Taken(local=given.pop("taken", None), source="test")
        given.pop("n", None)
        kind = given.pop("kind", "photo")
        mime = given.pop("mime", "image/jpeg")
        if hints.sidecar is not None and hints.sidecar.startswith(b"["):  # any other sidecar says nothing
            given["keywords"] = tuple(json.loads(hints.sidecar))
        given["keywords"] = tuple(given.get("keywords", ()))
        meta = Metadata(kind, mime, taken=taken, width=400, height=300, **given)
        prints = Fingerprints("0" * 16, "0" * 64, "", "808080")
        return Reading(
            sha,
            len(data),
            scan and hashlib.sha256(scan.encode()).hexdigest(),
            meta,
            prints,
            b"grid",
            hashes=_hashes(data),
        )

    def render(self, fd: int, size: int, hints: Hints) -> Rendition:
        return Rendition(b"view", "image/jpeg", size, size)

    def picture(self, fd: int, profile: Profile, original: Pixels | None, hints: Hints) -> Rendition:
        """A picture of nothing that names what it was made of."""
        source = os.pread(fd, 1 << 20, 0)
        self.pictured.append((source, profile.name, original))
        if source.startswith(KILLS):
            raise DecoderKilled("it used more memory than it may")
        if source.startswith(REFUSED):
            raise DecoderRefused("it has too many pixels")
        size = profile.size_of(*original) if original else profile.frame
        return Rendition(jpeg_header(*size) + source, "image/jpeg", *size)

    def picture_far(
        self, source: Source, profile: Profile, original: Pixels | None, hints: Hints
    ) -> Rendition:
        self.pictured.append((_all(source), profile.name, original))
        return Rendition(jpeg_header(*profile.frame) + b"far", "image/jpeg", *profile.frame)

    def notice(self, code: str, address: str, profile: Profile) -> Rendition:
        words = f"{code} {address}".encode()
        return Rendition(jpeg_header(*profile.frame) + words, "image/jpeg", *profile.frame)

    def close(self) -> None:
        pass


def jpeg_header(width: int, height: int) -> bytes:
    """What a baseline JPEG begins with, as far as its size."""
    return b"\xff\xd8\xff\xe0\0\4\0\0\xff\xc0\0\x11\x08" + struct.pack(">HH", height, width)


class FakeStore:
    """Renditions in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, Size], bytes] = {}

    def get(self, content: str, size: Size) -> bytes | None:
        return self.kept.get((content, size))

    def length(self, content: str, size: Size) -> int | None:
        found = self.get(content, size)
        return None if found is None else len(found)

    def put(self, content: str, size: Size, data: bytes) -> None:
        self.kept[content, size] = data

    def remove(self, content: str) -> None:
        self.kept = {key: data for key, data in self.kept.items() if key[0] != content}


def _all(source: Source) -> bytes:
    """What a source gives from its start to its end, asked for as a child does; raises what the storage raised."""
    data = b""
    while len(data) < source.size and source.problem is None:
        answer = source.answer([len(data), min(LONGEST, source.size - len(data))])
        data += answer.payload
        if "lost" in answer.header:
            break
    if source.problem is not None:
        raise source.problem
    return data


def _hashes(data: bytes) -> dict[str, str]:
    return {"md5": hashlib.md5(data, usedforsecurity=False).hexdigest()}


class FakeRclone:
    """rclone's daemon with its configuration in a dictionary, and one folder tree behind every remote.

    `tree` has the names in each folder, folders with a slash at the end. `accepts` says whether the
    storage takes what is configured; `away` is what every call is answered with while it is set.
    """

    def __init__(self) -> None:
        self.standby = Standby()
        self.remotes: dict[str, dict[str, str]] = {}
        self.tree: dict[str, list[str]] = {"": ["Photos/", "Music/", "IMG_1.jpg"], "Photos": ["2026/"]}
        self.accepts: Callable[[dict[str, str]], bool] = lambda configured: True
        self.away: Unavailable | None = None
        self.calls: list[str] = []

    def call(self, method: str, *, timeout: float = 0, again: bool = True, **params: Any) -> dict[str, Any]:
        self.calls.append(method)
        if self.away is not None:
            raise self.away
        answer: dict[str, Any] = getattr(self, "_" + method.replace("/", "_").replace("-", "_"))(**params)
        return answer

    def problem(self) -> str | None:
        return None if self.away is None else str(self.away)

    def _core_version(self) -> dict[str, Any]:
        return {"version": "v1.75.2", "decomposed": [1, 75, 2]}

    def _config_providers(self) -> dict[str, Any]:
        return {"providers": list(rclone_running.listing().values())}

    def _config_listremotes(self) -> dict[str, Any]:
        return {"remotes": list(self.remotes)}

    def _config_create(
        self, name: str, type: str, parameters: dict[str, str], opt: dict[str, bool]
    ) -> dict[str, Any]:
        self.remotes[name] = {"type": type, **parameters}
        return {}

    def _config_update(self, name: str, parameters: dict[str, str], opt: dict[str, bool]) -> dict[str, Any]:
        self.remotes[name] |= parameters
        return {}

    def _config_get(self, name: str) -> dict[str, Any]:
        return dict(self.remotes[name])

    def _config_delete(self, name: str) -> dict[str, Any]:
        self.remotes.pop(name, None)
        return {}

    def _operations_fsinfo(self, fs: str) -> dict[str, Any]:
        return {"Features": {}, "Hashes": [], "Precision": 1}

    def _operations_list(self, fs: str, remote: str, opt: dict[str, Any], _group: str) -> dict[str, Any]:
        if not self.accepts(self.remotes[fs.partition(":")[0]]):
            raise Unauthorized("The storage wants a new sign-in (401 Unauthorized).")
        known = {*self.tree, *(f"{at}/{n}".strip("/") for at, ns in self.tree.items() for n in ns)}
        if remote not in known:
            raise StorageNotFound("There is no such file or folder in the storage.")
        names = self.tree.get(remote, [])
        return {"list": [{"Name": n.strip("/"), "IsDir": n.endswith("/"), "Size": 1} for n in names]}

    def _operations_stat(self, fs: str, remote: str, opt: dict[str, Any]) -> dict[str, Any]:
        above, _, name = remote.rpartition("/")
        there = f"{name}/" in self.tree.get(above, [])
        return {"item": {"Name": name, "IsDir": True} if there or not remote else None}

    def _core_stats(self, group: str) -> dict[str, Any]:
        return {}

    def _core_stats_delete(self, group: str) -> dict[str, Any]:
        return {}


def claimed(jobs: Jobs, job: Job) -> Run:
    """The run of a job, as a worker would hand it to a handler."""
    held = jobs.claim(job.id, "test", ("work", "click"))
    assert held is not None
    return Run(jobs, held)
