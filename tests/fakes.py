"""Hand-written stand-ins: each does in the simplest way what the real thing does."""

import hashlib
import json
import os
from typing import Any

from services.errors import DecoderKilled, DecoderRefused
from services.jobs import Jobs, Run
from services.media.types import Fingerprints, Hints, Metadata, Reading, Rendition, Taken
from services.models import Job


def photo(**meta: Any) -> bytes:
    """Bytes that `FakePool` reads as a photo with this metadata; `n` makes them differ."""
    return b"PHOTO" + json.dumps(meta, sort_keys=True).encode()


KILLS = b"KILL"
REFUSED = b"REFUSE"


class FakePool:
    """Reads what `photo` made, dies on KILLS, refuses REFUSED; anything else is no media."""

    def __init__(self) -> None:
        self.read_names: list[str] = []

    def read(self, fd: int, hints: Hints) -> Reading:
        self.read_names.append(hints.name)
        data = os.pread(fd, 1 << 20, 0)
        if data.startswith(KILLS):
            raise DecoderKilled("it used more memory than it may")
        if data.startswith(REFUSED):
            raise DecoderRefused("it has too many pixels")
        sha = hashlib.sha256(data).hexdigest()
        if not data.startswith(b"PHOTO"):
            return Reading(sha, len(data), None, Metadata("other", "text/plain"), None, None)
        given = json.loads(data[5:])
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
            sha, len(data), scan and hashlib.sha256(scan.encode()).hexdigest(), meta, prints, b"grid"
        )

    def render(self, fd: int, size: int, hints: Hints) -> Rendition:
        return Rendition(b"view", "image/jpeg", size, size)

    def close(self) -> None:
        pass


class FakeStore:
    """Renditions in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], bytes] = {}

    def get(self, content: str, size: int) -> bytes | None:
        return self.kept.get((content, size))

    def put(self, content: str, size: int, data: bytes) -> None:
        self.kept[content, size] = data


def claimed(jobs: Jobs, job: Job) -> Run:
    """The run of a job, as a worker would hand it to a handler."""
    held = jobs.claim(job.id, "test", ("work", "click"))
    assert held is not None
    return Run(jobs, held)
