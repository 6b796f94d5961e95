"""Decoder children and their requests: started when needed, recycled, ended when idle.

The service process hands a child an open descriptor and gets back a reading or a rendition; it imports no
decoder itself. A child that dies or hangs costs the file it was reading, nothing else: the next request
gets a fresh one.

Threading: all methods may be called from any thread; a request waits for a free child.
"""

import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self, TypeVar

from services.errors import DecoderKilled, DecoderRefused

from . import wire
from .distant import Source
from .limits import Limits
from .masking import Mask, from_json
from .sizes import Size
from .television import Profile
from .types import Fingerprints, Glance, Hashes, Hints, Reading, Rendition, metadata_from_json

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds the package `services`: a checkout, or site-packages."""
BOOT = """\
import sys
root, *arguments = sys.argv[1:]
if root not in sys.path:
    sys.path.insert(0, root)
from services.media.decoder import main
main(arguments)
"""
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",  # the libraries of a child shall start no threads with memory of their own
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
START_SECONDS = 60.0
"""How long a child may take to import everything, on a slow card."""
END_SECONDS = 2.0
"""How long a child may take to end once its socket is closed."""


class DecoderPool:
    """At most `children` decoder children, each within `limits`.

    A child ends after `recycle_after` files, or after `idle_seconds` without one. Whoever wants a child kept
    free for people who wait makes a second pool: an idle pool costs nothing.
    """

    def __init__(
        self, children: int, limits: Limits, *, recycle_after: int = 100, idle_seconds: float = 60.0
    ) -> None:
        self._limits = limits
        self._recycle_after = recycle_after
        self._idle_seconds = idle_seconds
        self._lock = threading.Condition()
        self._idle: list[_Child] = []  # the one used last is at the end
        self._free = children  # how many more may be at work
        self._closed = False
        self._timer: threading.Timer | None = None

    def read(self, fd: int, hints: Hints, *, others: bool = False) -> Reading:
        """A full pass over the seekable file behind `fd`, which stays open and where it is.

        With `others` it also makes the hashes that providers know. For streams see `hashing.spool`. Damage
        is told in the result. Raises DecoderRefused when the file is beyond the limits, DecoderKilled when
        the child died on it or had to be ended, OSError when the file itself cannot be read.
        """
        header = {"do": "read", "others": others, "hints": wire.hints_to_json(hints)}
        return self._ask(header, fd, _reading)

    def render(self, fd: int, size: int, hints: Hints) -> Rendition:
        """A rendition that fits a square of `size` pixels: WebP for the grid's size, else JPEG.

        Raises as `read` does, and DecoderRefused when there is nothing to show.
        """
        return self._ask({"do": "render", "size": size, "hints": wire.hints_to_json(hints)}, fd, _rendition)

    def glance(self, source: Source, hints: Hints, *, poster: bool = False) -> Glance:
        """The metadata of a file far away, from the blocks that hold it; with `poster` a video's grid rendition.

        Raises as `read` does, and what the storage raised.
        """
        header = {"do": "glance", "poster": poster, "hints": wire.hints_to_json(hints)}
        return self._ask_far(header, source, _glance)

    def hash_far(self, source: Source, hints: Hints) -> Hashes:
        """The content hashes of a file far away, from one pass that keeps nothing; raises as `glance` does."""
        return self._ask_far({"do": "hash", "hints": wire.hints_to_json(hints)}, source, _hashes)

    def render_far(self, source: Source, size: int, hints: Hints) -> Rendition:
        """As `render`, of a file far away from which only what is needed is fetched: for videos."""
        header = {"do": "render", "size": size, "hints": wire.hints_to_json(hints)}
        return self._ask_far(header, source, _rendition)

    def picture(self, fd: int, profile: Profile, original: Size | None, hints: Hints) -> Rendition:
        """The picture that televisions get, of an original or of a rendition; raises as `render` does.

        `original` is the upright size of the original, as far as it is known.
        """
        return self._ask(_picture(profile, original, hints), fd, _rendition)

    def picture_far(self, source: Source, profile: Profile, original: Size | None, hints: Hints) -> Rendition:
        """As `picture`, of a file far away from which only what is needed is fetched: for videos."""
        return self._ask_far(_picture(profile, original, hints), source, _rendition)

    def notice(self, code: str, address: str, profile: Profile) -> Rendition:
        """The picture that an unknown television shows: how it is approved. Raises DecoderKilled."""
        header: dict[str, object] = {
            "do": "notice",
            "code": code,
            "address": address,
            "profile": profile.name,
        }
        return self._ask(header, None, _rendition)

    def mask(self, fd: int, hints: Hints) -> tuple[Mask, ...] | None:
        """What of a file tells its place and its camera's number; None when nobody can say. Raises as `read` does."""
        return self._ask({"do": "mask", "hints": wire.hints_to_json(hints)}, fd, _masks)

    def mask_far(self, source: Source, hints: Hints) -> tuple[Mask, ...] | None:
        """As `mask`, of a file far away from which only what is needed is fetched."""
        return self._ask_far({"do": "mask", "hints": wire.hints_to_json(hints)}, source, _masks)

    def fences(self) -> dict[str, bool]:
        """Which fences stand around a child (`sandbox.enclose`), by starting one if there is none."""
        with self._child() as child:
            return dict(child.fences)

    def close(self) -> None:
        """End all idle children now, and those at work when they are done; further requests raise."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            if self._timer is not None:
                self._timer.cancel()
            self._lock.notify_all()
        for child in idle:
            child.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask_far(
        self, header: dict[str, object], source: Source, understand: Callable[[wire.Message], T]
    ) -> T:
        return self._ask(header | {"blocks": source.size}, None, understand, source)

    def _ask(
        self,
        header: dict[str, object],
        fd: int | None,
        understand: Callable[[wire.Message], T],
        source: Source | None = None,
    ) -> T:
        with self._child() as child:
            request = wire.Message(header, fd=fd)
            whole = os.fstat(fd).st_size if header["do"] == "read" and fd is not None else 0
            reply = child.ask(request, time.monotonic() + self._limits.deadline_for(whole), source)
            if source is not None and source.problem is not None:
                raise source.problem
            try:
                _raise_refusal(reply.header)
                return understand(reply)
            except (KeyError, TypeError, ValueError, IndexError) as error:
                child.kill()
                raise DecoderKilled("the decoder answered nonsense") from error

    @contextlib.contextmanager
    def _child(self) -> Iterator["_Child"]:
        """A child for one request; it comes back to the pool if it is alive and not worn out."""
        child = self._take()
        try:
            child = child or _Child(self._limits)
            yield child
        finally:
            self._give_back(child)

    def _take(self) -> "_Child | None":
        """Wait for a turn; an idle child, None when one is to be started."""
        with self._lock:
            while self._free == 0 and not self._closed:
                self._lock.wait()
            if self._closed:
                raise DecoderKilled("the decoders are being shut down")
            self._free -= 1
            while self._idle:
                child = self._idle.pop()
                if child.process.poll() is None:
                    return child
                child.end()  # it died while idle
            return None

    def _give_back(self, child: "_Child | None") -> None:
        with self._lock:
            self._free += 1
            self._lock.notify()
            usable = child is not None and child.alive and child.served < self._recycle_after
            if child is not None and usable and not self._closed:
                child.idle_since = time.monotonic()
                self._idle.append(child)
                self._schedule()
                return
        if child is not None:
            child.end()

    def _schedule(self) -> None:
        """Look after idle children when the one idle for longest is due. Called with the lock held."""
        if self._timer is None and self._idle:
            due = self._idle[0].idle_since + self._idle_seconds - time.monotonic()
            self._timer = threading.Timer(max(due, 0.0), self._end_idle)
            self._timer.daemon = True
            self._timer.start()

    def _end_idle(self) -> None:
        limit = time.monotonic() - self._idle_seconds
        with self._lock:
            self._timer = None
            due = [child for child in self._idle if child.idle_since <= limit]
            self._idle = [child for child in self._idle if child.idle_since > limit]
            if not self._closed:
                self._schedule()
        for child in due:
            child.end()


class _Child:
    """One child process and the socket to it. Raises DecoderKilled when it cannot be started."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.served = 0
        self.alive = True
        self.idle_since = 0.0
        self._sock, theirs = socket.socketpair()
        with theirs:
            arguments = [str(ROOT), str(theirs.fileno()), json.dumps(dataclasses.asdict(limits))]
            try:
                self.process = subprocess.Popen(  # noqa: S603 (our own interpreter and program)
                    [sys.executable, "-I", "-c", BOOT, *arguments],
                    env=ENVIRONMENT,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            except OSError as error:
                self._sock.close()
                raise DecoderKilled(f"the decoder could not be started ({error.strerror})") from error
        ready = self._receive(time.monotonic() + START_SECONDS)
        self.fences: dict[str, bool] = ready.header.get("ready", {})

    def ask(self, request: wire.Message, deadline: float, source: Source | None = None) -> wire.Message:
        """Send a request and wait for its answer, giving blocks of `source` meanwhile.

        Raises DecoderKilled when none comes. While a storage makes us wait, the deadline waits too.
        """
        self.served += 1
        try:
            with contextlib.suppress(OSError):  # the cause shows when nothing comes back
                wire.send(self._sock, request, deadline=deadline)
            reply = self._receive(deadline)
            while source is not None and "block" in reply.header:
                waiting = time.monotonic()
                answer = self._answer(source, reply.header["block"])
                deadline += time.monotonic() - waiting
                with contextlib.suppress(OSError):
                    wire.send(self._sock, answer, deadline=deadline)
                if request.header["do"] == "hash":
                    deadline = max(deadline, time.monotonic() + self._limits.deadline)  # it makes headway
                reply = self._receive(deadline)
        except BaseException:  # whatever interrupted us: an answer too late would be taken for the next one's
            self.kill()
            raise
        if reply.header.get("last"):
            self.end()
        return reply

    def _answer(self, source: Source, wanted: object) -> wire.Message:
        try:
            return source.answer(wanted)
        except wire.Garbled as error:
            raise DecoderKilled("the decoder answered nonsense") from error

    def kill(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.end()

    def end(self) -> None:
        """End the process, forcibly if it does not go at once, and reap it."""
        self.alive = False
        self._sock.close()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _receive(self, deadline: float) -> wire.Message:
        started = time.monotonic()
        try:
            return wire.receive(self._sock, deadline=deadline)
        except TimeoutError as error:
            self.kill()
            raise DecoderKilled(f"took longer than {deadline - started:.0f} seconds") from error
        except (EOFError, OSError) as error:
            self.end()
            raise DecoderKilled(self._cause()) from error
        except wire.Garbled as error:
            self.kill()
            raise DecoderKilled("the decoder answered nonsense") from error

    def _cause(self) -> str:
        """Why the process ended, in words."""
        code = self.process.returncode
        if code >= 0:
            return f"the decoder could not work (exit code {code})"
        if -code == signal.SIGXCPU:
            seconds = f"{self._limits.cpu_seconds:.0f} seconds"
            return f"took more processor time than allowed ({seconds}, twice that for HEIF, RAW and video)"
        if -code == signal.SIGKILL:
            return "the system ended the decoder, probably for want of memory"
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"the decoder crashed ({name})"


def _raise_refusal(header: dict[str, Any]) -> None:
    """Raise what a child answers instead of a result."""
    if "refused" in header:
        raise DecoderRefused(str(header["refused"]))
    if "failed" in header:
        raise DecoderKilled(str(header["failed"]))
    if "errno" in header:
        raise OSError(int(header["errno"]), str(header["words"]))


def _picture(profile: Profile, original: Size | None, hints: Hints) -> dict[str, object]:
    asked = {"do": "picture", "profile": profile.name, "original": original}
    return asked | {"hints": wire.hints_to_json(hints)}


def _reading(reply: wire.Message) -> Reading:
    return Reading.from_json(reply.header["reading"], reply.payload or None)


def _glance(reply: wire.Message) -> Glance:
    told = reply.header["glance"]
    prints = told.get("fingerprints")
    metadata = metadata_from_json(told["metadata"])
    return Glance(metadata, reply.payload or None, None if prints is None else Fingerprints(**prints))


def _hashes(reply: wire.Message) -> Hashes:
    made = reply.header["hashes"]
    others = {str(kind): str(value) for kind, value in made["hashes"].items()}
    return Hashes(str(made["sha256"]), int(made["size"]), others)


def _masks(reply: wire.Message) -> tuple[Mask, ...] | None:
    return from_json(json.loads(reply.payload)) if reply.header["masked"] else None


def _rendition(reply: wire.Message) -> Rendition:
    made = reply.header["rendition"]
    return Rendition(reply.payload, str(made["mime"]), int(made["width"]), int(made["height"]))
