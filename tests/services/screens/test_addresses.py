"""Signed addresses: of one device, as it was then, for one thing, for at most twelve hours."""

import base64
import hmac
import string
from collections.abc import Callable
from dataclasses import replace

import pytest

from services import clock
from services.models import counters
from services.screens import LIFE, Device, sign, verify
from tests.services.screens.conftest import Clock

pytestmark = pytest.mark.usefixtures("catalogue")

KEY = b"k" * 32
TV = Device("tv", "4711", "approved", None, 3)


@pytest.fixture
def token(time: Clock) -> str:
    return sign(KEY, TV, "item", "1600")


def test_it_opens_just_what_it_was_made_for(token: str) -> None:
    assert verify(KEY, token, TV, "item", "1600")
    assert not verify(b"x" * 32, token, TV, "item", "1600")
    assert not verify(KEY, token, TV, "item", "320")
    assert not verify(KEY, token, TV, "other", "1600")
    assert not verify(KEY, token, replace(TV, pid="radio"), "item", "1600")
    assert not verify(KEY, token, replace(TV, version=4), "item", "1600")
    assert not verify(KEY, token, replace(TV, version=2), "item", "1600")


def test_it_is_what_the_library_gives(time: Clock) -> None:
    token = sign(KEY, TV, "item", "1600")
    fields = [b"tv", b"item", b"1600"]
    message = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    message += (3).to_bytes(8, "big") + int(token[:8], 16).to_bytes(8, "big")
    digest = hmac.digest(KEY, message, "sha256")
    assert token[8:] == base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def test_what_stands_beside_each_other_is_not_moved_across(time: Clock) -> None:
    assert not verify(KEY, sign(KEY, TV, "ab", "c"), TV, "a", "bc")
    assert not verify(KEY, sign(KEY, replace(TV, pid="tv1"), "23", "c"), replace(TV, pid="tv"), "123", "c")


def test_it_dies_by_the_clock_within_twelve_hours(token: str, time: Clock) -> None:
    began = time.now
    time.pass_(LIFE - clock.HOUR)
    assert verify(KEY, token, TV, "item", "1600"), "it holds for eleven hours at least"
    time.now = began + LIFE
    assert not verify(KEY, token, TV, "item", "1600")


def test_a_clock_that_was_set_back_revives_none(token: str, time: Clock) -> None:
    later = time.now + LIFE
    counters.raise_clock(later)
    assert not verify(KEY, token, TV, "item", "1600")


def test_none_is_from_a_time_that_is_not_yet(time: Clock) -> None:
    time.pass_(2 * clock.HOUR)
    ahead = sign(KEY, TV, "item", "1600")
    time.pass_(-2 * clock.HOUR)
    assert not verify(KEY, ahead, TV, "item", "1600"), "twelve hours are the longest"


def test_pages_asked_for_again_name_the_same_addresses(time: Clock) -> None:
    time.now = time.now // clock.HOUR * clock.HOUR
    first = sign(KEY, TV, "item", "1600")
    time.pass_(clock.HOUR - 1)
    assert sign(KEY, TV, "item", "1600") == first
    time.pass_(1)
    assert sign(KEY, TV, "item", "1600") != first


def test_no_character_of_it_can_be_another(token: str) -> None:
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")
    for place in range(len(token) - 1):  # of the last one four bits are no part of the hash: compared as text
        forged = f"{token[:place]}{'0' if token[place] != '0' else '1'}{token[place + 1 :]}"
        assert not verify(KEY, forged, TV, "item", "1600"), place
    assert not verify(KEY, token[:-1] + ("A" if token[-1] != "A" else "B"), TV, "item", "1600")


@pytest.mark.parametrize(
    "text", ["", "x", "é" * 30, "0" * 30, "f" * 8 + "A" * 22, "-" * 30, "0" * 100_000, "\n" * 30]
)
def test_other_texts_are_none(text: str, time: Clock) -> None:
    assert not verify(KEY, text, TV, "item", "1600")


def test_a_device_that_was_not_written_down_opens_nothing(time: Clock) -> None:
    nobody = Device()
    assert not verify(KEY, sign(KEY, nobody, "item", "1600"), nobody, "item", "1600")


def test_it_is_worth_nothing_after_the_next_decision(approved: Callable[..., Device]) -> None:
    device = approved()
    token = sign(KEY, device, "item", "1600")
    assert verify(KEY, token, device, "item", "1600")
    assert not verify(KEY, token, replace(device, version=device.version + 1), "item", "1600")
