"""Messages between the service and a decoder child."""

import os
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media import wire
from services.media.types import Hints
from services.media.wire import Garbled, Message, receive, send

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_header_and_bytes_arrive(pair: Pair) -> None:
    message = Message({"do": "read", "name": "Täler 🍂 \udcff"}, b"\0\1\2" * 500_000)
    sender = threading.Thread(target=send, args=(pair[0], message))
    sender.start()
    assert receive(pair[1]) == message
    sender.join()


def test_a_descriptor_arrives_as_another_one(pair: Pair) -> None:
    read_end, write_end = os.pipe()
    send(pair[0], Message({}, fd=read_end))
    os.close(read_end)
    got = receive(pair[1]).fd
    assert got is not None
    assert not os.get_inheritable(got)
    os.write(write_end, b"through")
    assert os.read(got, 10) == b"through"
    os.close(got)
    os.close(write_end)


def test_the_deadline_holds_before_and_within_a_message(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        receive(pair[1], deadline=time.monotonic() + 0.05)
    pair[0].sendall(b"\0\0")
    with pytest.raises(TimeoutError):
        receive(pair[1], deadline=time.monotonic() + 0.05)


def test_a_receiver_that_takes_nothing_does_not_hold_the_sender(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        send(pair[0], Message({}, bytes(8 << 20)), deadline=time.monotonic() + 0.1)


@pytest.mark.parametrize("sent", [b"", b"\0\0\0\5\0\0\0\0{", b"\0\0\0\2\0\0\0\5{}abc"])
def test_the_end_of_the_other_is_noticed_anywhere(pair: Pair, sent: bytes) -> None:
    pair[0].sendall(sent)
    pair[0].close()
    with pytest.raises(EOFError):
        receive(pair[1])


@pytest.mark.parametrize(
    "sent",
    [
        struct.pack(">II", 1 << 31, 0), struct.pack(">II", 2, 1 << 31) + b"{}",
        struct.pack(">II", 2, 0) + b"[]", struct.pack(">II", 2, 0) + b"{?", struct.pack(">II", 2, 0) + b"\xff\xfe",
    ],
)  # fmt: skip
def test_nonsense_is_told_apart(pair: Pair, sent: bytes) -> None:
    pair[0].sendall(sent)
    with pytest.raises(Garbled):
        receive(pair[1])


def test_a_descriptor_that_came_with_nonsense_is_closed(pair: Pair) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (a count is all)
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", 0))]
    pair[0].sendmsg([struct.pack(">II", 2, 0) + b"[]"], rights)
    with pytest.raises(Garbled):
        receive(pair[1])
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@given(st.builds(Hints, name=st.text(), sidecar=st.none() | st.binary(), takeout=st.none() | st.binary()))
def test_hints_survive_the_way(hints: Hints) -> None:
    assert wire.hints_from_json(wire.hints_to_json(hints)) == hints
