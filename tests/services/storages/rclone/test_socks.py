"""The handshake of SOCKS 5, byte by byte, without a connection."""

import asyncio
import errno

import pytest

from services.storages.rclone import socks
from services.storages.rclone.socks import SocksError, Wanted, read_wish, reply, reply_to

GREETING = b"\x05\x02\x00\x02"
LOGIN = b"\x01\x04anna\x06secret"
NAME = b"\x05\x01\x00\x03\x0bcloud.examp\x01\xbb"


def shake(sent: bytes) -> tuple[Wanted, bytes]:
    """What a client that sends this wants, and what it was told."""
    left, told = sent, b""

    async def read(count: int) -> bytes:
        nonlocal left
        if len(left) < count:
            raise ConnectionAbortedError
        piece, left = left[:count], left[count:]
        return piece

    async def write(data: bytes) -> None:
        nonlocal told
        told += data

    return asyncio.run(read_wish(read, write, b"anna", b"secret")), told


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        (NAME, Wanted("cloud.examp", 443)),
        (b"\x05\x01\x00\x01\x5d\xb8\xd7\x0e\x00\x50", Wanted("93.184.215.14", 80)),
        (b"\x05\x01\x00\x04" + b"\x00" * 15 + b"\x01\x00\x16", Wanted("::1", 22)),
    ],
)
def test_a_wish_is_read(wish: bytes, wanted: Wanted) -> None:
    assert shake(GREETING + LOGIN + wish) == (wanted, b"\x05\x02\x01\x00")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"GET / HTTP/1.1\r\n", b""),
        (b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00", b""),
        (b"\x05\x01\x00", b"\x05\xff"),
        (b"\x05\x00", b"\x05\xff"),
        (GREETING + b"\x01\x04anna\x06secreT", b"\x01\x01"),
        (GREETING + b"\x01\x03ann\x06secret", b"\x01\x01"),
        (GREETING + b"\x01\x00\x00", b"\x01\x01"),
        (GREETING + b"\x02\x04anna\x06secret", b"\x01\x01"),
        (GREETING + LOGIN + b"\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50", reply(7)),
        (GREETING + LOGIN + b"\x05\x03\x00\x01\x7f\x00\x00\x01\x00\x50", reply(7)),
        (GREETING + LOGIN + b"\x05\x01\x00\x02\x7f\x00\x00\x01\x00\x50", reply(8)),
    ],
)
def test_what_is_no_wish_is_answered_and_ended(sent: bytes, answer: bytes) -> None:
    with pytest.raises(SocksError) as caught:
        shake(sent)
    assert caught.value.answer == answer


@pytest.mark.parametrize("cut", range(len(GREETING + LOGIN + NAME)))
def test_a_client_that_hangs_up_early_wants_nothing(cut: int) -> None:
    with pytest.raises(ConnectionAbortedError):
        shake((GREETING + LOGIN + NAME)[:cut])


def test_a_name_that_is_not_ascii_is_none_that_exists() -> None:
    wanted, _ = shake(GREETING + LOGIN + b"\x05\x01\x00\x03\x02\xc3\xbc\x00\x50")
    assert wanted.host == "\ufffd\ufffd"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), socks.NO_LISTENER),
        (OSError(errno.ENETUNREACH, ""), socks.NO_NETWORK),
        (OSError(errno.EHOSTUNREACH, ""), socks.NO_HOST),
        (TimeoutError(), socks.NO_HOST),
        (OSError(errno.EMFILE, ""), socks.FAILURE),
        (OSError("no address"), socks.FAILURE),
    ],
)
def test_why_connecting_failed_is_told(error: OSError, code: int) -> None:
    assert reply_to(error) == bytes((5, code, 0, 1, 0, 0, 0, 0, 0, 0))
