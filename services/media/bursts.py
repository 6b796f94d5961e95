"""Series of shots: frames stay items of their own and share a stack with one cover.

Pure functions on one folder's photos; the answer never depends on their order.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .companions import fold, stem_of
from .grouping import Candidate, seconds_apart

NAMED = re.compile(r"(?P<before>.*)_burst(?P<number>\d+)(?P<cover>_cover)?", re.DOTALL)
"""`00001IMG_00001_BURST20190830164840781_COVER`, `IMG_20190830_164840_BURST002`, `DSC_0001_BURST2019…`."""
STAMP_DIGITS = 14
"""From so many digits on the number is a time that all frames share, below it counts the frames."""
SAMSUNG = re.compile(r"(?P<shot>\d{8}_\d{6})_\d{3}")
GAP, SPAN = 2.0, 10.0
"""Seconds between two frames, and from the first to the last, of a series known by its times alone."""
FRAMES = 3
"""Two like pictures taken by hand are no series."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Frames of one series: `stack` is the same whenever the same series is found, `cover` one of `keys`."""

    stack: str
    keys: tuple[int, ...]
    cover: int
    reason: str


def find_bursts(
    candidates: Iterable[Candidate],
    *,
    sharpness: Mapping[int, float] | None = None,
    alike: Callable[[int, int], bool] | None = None,
) -> list[Burst]:
    """The series among a folder's photos: by the camera's identifier, by name, and, given `alike`, by time.

    `alike(first, key)` tells whether a frame looks like the first of its series, with the same aspect;
    without it no series is made from times. `sharpness` by key chooses among covers, higher is sharper.
    """
    photos = sorted(
        (file for file in candidates if file.kind == "photo" and not file.raw),
        key=lambda file: (file.taken_local or "", fold(file.name), file.key),
    )
    stacks: dict[str, list[Candidate]] = {}
    for photo in photos:
        stack = _stack(photo)
        if stack is not None:
            stacks.setdefault(stack, []).append(photo)
    bursts = [_burst(stack, frames, sharpness or {}) for stack, frames in stacks.items() if len(frames) > 1]
    if alike is not None:
        known = {key for burst in bursts for key in burst.keys}
        rest = [photo for photo in photos if photo.key not in known and photo.taken_local is not None]
        for frames in _series(rest, alike):
            stack = f"time:{frames[0].taken_local}:{frames[0].model or ''}"
            bursts.append(_burst(stack, frames, sharpness or {}))
    return sorted(bursts, key=lambda burst: burst.stack)


def _stack(photo: Candidate) -> str | None:
    """The name of the series that a photo itself claims to be of."""
    if photo.burst_id:
        return f"id:{photo.burst_id.upper()}"
    stem = stem_of(photo.name)
    named = NAMED.fullmatch(stem)
    if named is not None:
        stamped = len(named["number"]) >= STAMP_DIGITS
        return f"name:{named['number'] if stamped else named['before']}"
    samsung = SAMSUNG.fullmatch(stem)
    return f"name:{samsung['shot']}" if samsung else None


def _series(photos: list[Candidate], alike: Callable[[int, int], bool]) -> list[list[Candidate]]:
    """Runs of one camera's photos in time, each like the first of its run: likeness is never chained."""
    runs: dict[tuple[str, str], list[list[Candidate]]] = {}
    for photo in photos:
        of_camera = runs.setdefault(((photo.make or "").casefold(), (photo.model or "").casefold()), [])
        run = of_camera[-1] if of_camera else None
        if run is not None and _continues(run, photo) and alike(run[0].key, photo.key):
            run.append(photo)
        else:
            of_camera.append([photo])
    return [run for of_camera in runs.values() for run in of_camera if len(run) >= FRAMES]


def _continues(run: list[Candidate], photo: Candidate) -> bool:
    gap, span = seconds_apart(run[-1], photo), seconds_apart(run[0], photo)
    return gap is not None and span is not None and gap <= GAP and span <= SPAN


def _burst(stack: str, frames: list[Candidate], sharpness: Mapping[int, float]) -> Burst:
    def merit(frame: Candidate) -> tuple[bool, int, float]:
        named = NAMED.fullmatch(stem_of(frame.name))
        chosen = named is not None and named["cover"] is not None
        return chosen, frame.rating or 0, sharpness.get(frame.key, 0.0)

    reasons = {"id": "burst of the camera", "name": "burst by name", "time": "shots in a row"}
    cover = max(frames, key=merit)  # the first of equals
    return Burst(stack, tuple(frame.key for frame in frames), cover.key, reasons[stack.split(":", 1)[0]])
