"""The decoder child's side of the wire; the real process is driven in test_pool.py."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.errors import DecoderRefused
from services.media import decoder, images, sandbox, wire
from services.media.limits import GIB, READ_WITHIN, Limits
from services.media.types import GRID, Hints, Reading
from services.media.wire import Message
from tests import tree
from tests.services.media.pixel_samples import png, quadrants, saved

ASK = {"do": "read", "hints": wire.hints_to_json(Hints("a.jpg"))}


class Child:
    """A decoder in a thread of this process, without its fences."""

    def __init__(self) -> None:
        images.prepare()
        self.sock, theirs = socket.socketpair()
        self._theirs = theirs
        self._meter = sandbox.Meter()
        served = decoder.Decoder(theirs, Limits(memory=8 << 30, cpu_seconds=10_000), self._meter)
        self.thread = threading.Thread(target=served.serve)
        self.thread.start()

    def ask(self, header: dict[str, Any], path: Path | None) -> Message:
        fd = os.open(path, os.O_RDONLY) if path else None
        wire.send(self.sock, Message(header, fd=fd))
        if fd is not None:
            os.close(fd)
        return wire.receive(self.sock)

    def close(self) -> None:
        self.sock.close()
        self.thread.join(10)
        self._theirs.close()
        self._meter.__exit__()


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child()
    yield made
    made.close()
    assert not made.thread.is_alive(), "the end of the socket is its end"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(quadrants(), "JPEG"))
    return path


def test_a_reading_comes_back(child: Child, photo: Path) -> None:
    reply = child.ask(ASK, photo)
    reading = Reading.from_json(reply.header["reading"], reply.payload)
    assert reading.size == photo.stat().st_size
    assert reply.payload[8:12] == b"WEBP"


def test_a_rendition_comes_back(child: Child, photo: Path) -> None:
    reply = child.ask(ASK | {"do": "render", "size": GRID}, photo)
    assert reply.header == {"rendition": {"mime": "image/webp", "width": 96, "height": 64}}


def test_refusals_are_answers(child: Child, photo: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(png(40_000, 40_000))
    assert "megapixels" in child.ask(ASK, bomb).header["refused"]
    assert "no file" in child.ask(ASK, None).header["refused"]
    assert "reading" in child.ask(ASK, photo).header, "and it goes on"


def test_a_file_that_cannot_be_read_is_told_apart(child: Child, tmp_path: Path) -> None:
    reply = child.ask(ASK, tmp_path)
    assert reply.header["errno"] in (21, 22)


@pytest.mark.parametrize(("size", "seconds"), [(1000, 10_000), (GIB + READ_WITHIN, 30_000), (1 << 40, None)])
def test_what_is_read_wholly_gets_processor_time_by_its_size(
    child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, seconds: int | None
) -> None:
    """A sparse file, not read here: what it is allowed is noted. A preview is not read wholly."""
    allowed: list[float] = []

    def refuse(*_: object, **__: object) -> None:
        raise DecoderRefused("not here")

    monkeypatch.setattr(sandbox, "limit_cpu", allowed.append)
    monkeypatch.setattr(decoder, "read_file", refuse)
    monkeypatch.setattr(decoder, "render_file", refuse)
    path = tmp_path / "backup.iso"
    path.touch()
    os.truncate(path, size)
    child.ask(ASK, path)
    child.ask(ASK | {"do": "render", "size": GRID}, path)
    limits = Limits(memory=8 << 30, cpu_seconds=10_000)
    assert allowed == [limits.cpu_for(heavy=False, size=size), 10_000]
    assert seconds is None or allowed[0] == seconds
    assert allowed[0] > 20_000 * size / GIB * 0.99


def test_a_fault_of_ours_is_told_and_ends_the_child(photo: Path) -> None:
    child = Child()
    reply = child.ask({"do": "read"}, photo)
    assert "KeyError" in reply.header["failed"]
    assert reply.header["last"]
    child.close()


def test_want_of_memory_is_told_and_ends_the_child(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(decoder, "read_file", too_large)
    child = Child()
    reply = child.ask(ASK, photo)
    assert "more memory" in reply.header["refused"]
    assert reply.header["last"]
    child.close()


def test_the_descriptor_is_closed_after_each_request(child: Child, photo: Path) -> None:
    child.ask(ASK, photo)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (a count is all)
    for _ in range(5):
        child.ask(ASK, photo)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_it_starts_as_a_module_too(photo: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        limits = '{"memory": 1073741824}'
        process = subprocess.Popen(
            [sys.executable, "-m", "services.media.decoder", str(theirs.fileno()), limits],
            pass_fds=[theirs.fileno()],
            cwd=tree.ROOT,
        )
        theirs.close()
        assert set(wire.receive(ours).header["ready"]) == {"files", "sockets", "programs"}
    assert process.wait(20) == 0
