"""Devices that ask: what they are known by, what is kept of them, and that a flood of them changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from services import access, clock
from services.errors import UsageError
from services.models import Device as Row
from services.models import Screen, counters, database
from services.screens import Device, devices, identify
from services.screens.devices import MAX_HINT, MOST_UNKNOWN, NEW_A_MINUTE, key_of
from services.viewers import Proof
from tests.services.screens.conftest import HINT, IP, MAC, Clock

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("catalogue", "time")]


def test_a_new_device_waits_with_a_code_and_is_nobody(time: Clock) -> None:
    device = identify(IP, MAC, HINT)
    assert (device.state, device.viewer, device.version) == ("unknown", None, 1)
    assert len(device.code) == 4
    assert device.code.isdigit()
    row = Row.get()
    assert (row.key, row.address, row.hint) == (f"mac {MAC}", IP, HINT)
    assert row.first_seen_at == row.last_seen_at == time.now
    assert identify(IP, MAC, HINT) == device, "it keeps its code"
    assert Row.select().count() == 1


def test_it_is_known_by_its_mac_wherever_it_is_and_by_its_address_without_one() -> None:
    with_mac = identify(IP, MAC)
    assert identify("192.168.1.99", MAC.upper().replace(":", "-")).pid == with_mac.pid
    assert identify(IP, "a4:83:e7:11:22:34").pid != with_mac.pid, "another machine with that address"
    without = identify(IP)
    assert without.pid != with_mac.pid, "that there is no MAC proves nothing"
    assert identify(IP).pid == without.pid
    assert identify("192.168.1.41").pid != without.pid
    codes = {code for (code,) in Row.select(Row.code).tuples()}
    assert len(codes) == Row.select().count() == 4, "codes tell them apart"


@pytest.mark.parametrize(
    "mac",
    [
        "", " ", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb", "a4:83:e7:11:22", f"{MAC}:44",
        "a4-83:e7:11:22:33", "a483e7112233", "<b>a4:83:e7:11:22:33</b>", f"{MAC}\n", "а4:83:e7:11:22:33",
        "a4:83:e7:11:22:3٣", "'; DROP TABLE device; --", "g4:83:e7:11:22:33", "a4:83:e7:11:22:33" * 1000, "\0",
    ],
)  # fmt: skip
def test_what_is_no_mac_of_one_machine_counts_as_none(mac: str) -> None:
    assert key_of(IP, mac) == (f"mac {MAC}" if mac.strip() == MAC else f"ip {IP}")


def test_addresses_are_one_text_each() -> None:
    assert identify("::ffff:192.168.1.40").pid == identify(IP).pid
    assert identify("fe80::1%eth0").pid == identify("FE80:0:0::1").pid
    for bad in ("", "tv.local", "1.2.3", "192.168.1.40:80", "x" * 10_000):
        with pytest.raises(UsageError, match="no address"):
            identify(bad)


def test_what_a_device_says_of_itself_is_one_short_line() -> None:
    identify(IP, MAC, "<script>alert(1)</script>\r\nX-Evil: 1\u202e\0 " + "A" * 100_000)
    row = Row.get()
    assert row.hint.startswith("<script>alert(1)</script> X-Evil: 1 AAA")
    assert len(row.hint) <= MAX_HINT


def test_seen_is_written_at_most_once_a_minute_and_the_last_hint_stays(time: Clock) -> None:
    identify(IP, MAC, HINT)
    began = time.now
    for _ in range(5):
        time.pass_(10 * clock.SECOND)
        identify(IP, MAC, "another program")
    assert (Row.get().last_seen_at, Row.get().hint) == (began, HINT)
    time.pass_(10 * clock.SECOND)
    identify("192.168.1.50", MAC)
    assert (Row.get().last_seen_at, Row.get().hint) == (began + clock.MINUTE, HINT)
    assert Row.get().address == "192.168.1.50"
    time.pass_(-clock.HOUR)
    identify(IP, MAC)
    assert Row.get().last_seen_at == began - 59 * clock.MINUTE, (
        "a clock that was set back is no reason to wait"
    )


def test_a_known_device_costs_one_question_and_no_write(monkeypatch: pytest.MonkeyPatch) -> None:
    identify(IP, MAC, HINT)
    asked: list[str] = []
    execute = database.proxy.obj.execute_sql

    def count(sql: str, *more: Any, **named: Any) -> Any:
        asked.append(sql)
        return execute(sql, *more, **named)

    monkeypatch.setattr(database.proxy.obj, "execute_sql", count)
    identify(IP, MAC, HINT)
    (only,) = asked
    assert only.lstrip().startswith("SELECT")


def test_ten_thousand_new_addresses_leave_a_bounded_table(time: Clock, full: bool) -> None:
    shown, many = 0, 10_000 if full else 2_000
    for n in range(many):
        device = identify(f"10.{n // 65536}.{n // 256 % 256}.{n % 256}", hint="x" * 500)
        shown += bool(device.pid)
        assert shown <= (n // 500 + 1) * NEW_A_MINUTE
        assert device.viewer is None
        assert device.state == "unknown"
        if n % 500 == 499:
            time.pass_(clock.MINUTE + 1)
    assert shown == many // 500 * NEW_A_MINUTE
    assert Row.select().count() == MOST_UNKNOWN
    codes = [code for (code,) in Row.select(Row.code).tuples()]
    assert len(set(codes)) == len(codes)


def test_the_oldest_that_wait_give_way_and_whoever_goes_on_asking_stays(time: Clock) -> None:
    television = identify(IP, MAC)
    for n in range(3 * MOST_UNKNOWN):
        time.pass_(clock.MINUTE)
        identify(f"10.0.0.{n}")
        identify(IP, MAC)
    assert identify(IP, MAC).pid == television.pid
    assert Row.select().count() == MOST_UNKNOWN
    assert Row.get_or_none(Row.key == "ip 10.0.0.0") is None
    assert Row.get_or_none(Row.key == f"ip 10.0.0.{3 * MOST_UNKNOWN - 1}") is not None


def test_who_only_asked_long_ago_is_forgotten(time: Clock, approved: Callable[..., Device]) -> None:
    approved()
    identify("10.0.0.1")
    time.pass_(devices.FORGOTTEN_AFTER + 1)
    identify("10.0.0.2")
    assert {key for (key,) in Row.select(Row.key).tuples()} == {f"mac {MAC}", "ip 10.0.0.2"}


def test_a_clock_that_ran_ahead_keeps_nobody_out(time: Clock) -> None:
    for n in range(NEW_A_MINUTE):
        identify(f"10.0.0.{n}")
    assert identify("10.0.1.1").pid == ""
    time.pass_(-clock.HOUR)
    assert identify("10.0.1.1").pid != ""


def test_a_flood_forgets_none_that_was_decided_on(time: Clock, approved: Callable[..., Device]) -> None:
    approved()
    refused = identify("10.9.9.9")
    Row.update(state="refused").where(Row.pid == refused.pid).execute()
    for n in range(2 * MOST_UNKNOWN):
        time.pass_(clock.MINUTE)
        identify(f"10.0.0.{n}")
    found = identify(IP, MAC)
    assert found.state == "approved"
    assert found.viewer is not None
    assert identify("10.9.9.9").state == "refused"
    assert identify("10.9.9.9").pid == refused.pid


def test_a_full_disk_turns_nobody_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise database.CatalogueFull("full")

    monkeypatch.setattr(devices, "make_room", full)
    assert identify(IP, MAC) == Device(), "it waits, without a code"
    assert Row.select().count() == 0


def test_who_is_told_something_unasked_counts_as_seen_by_nobody(
    time: Clock, approved: Callable[..., Device]
) -> None:
    approved(until=time.now + clock.HOUR)
    seen = Row.get().last_seen_at
    time.pass_(2 * clock.MINUTE)
    assert devices.is_let_in(IP, MAC)
    assert not devices.is_let_in(IP), "another one at this address"
    assert not devices.is_let_in("10.0.0.1")
    assert (Row.select().count(), Row.get().last_seen_at) == (1, seen)
    time.pass_(clock.HOUR)
    assert not devices.is_let_in(IP, MAC), "the time of its screen is over"
    identify("10.0.0.1")
    assert not devices.is_let_in("10.0.0.1"), "it waits"


def test_an_approved_device_looks_as_its_screen(approved: Callable[..., Device]) -> None:
    device = approved("Kitchen")
    viewer = device.viewer
    assert device.state == "approved"
    assert viewer is not None
    screen, row = Screen.get(), Row.get()
    assert (viewer.kind, viewer.user_id, viewer.display) == ("screen", 0, "Kitchen")
    assert (viewer.screen_id, viewer.proof) == (screen.id, Proof("device", row.id))
    assert access.holds(viewer)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "refused", "screen": None},
        {"state": "unknown", "screen": None},
        {"version": 99},
    ],
)
def test_what_is_decided_of_a_device_holds_for_streams_too(
    approved: Callable[..., Device], change: dict[str, Any]
) -> None:
    viewer = approved().viewer
    assert viewer is not None
    Row.update(**change).execute()
    assert not access.holds(viewer)


def test_a_device_that_became_another_screen_is_the_first_one_no_more(
    approved: Callable[..., Device],
) -> None:
    one = approved("Kitchen").viewer
    approved("Hall", "a4:83:e7:11:22:99", "192.168.1.44")
    other = Screen.get(Screen.name == "Hall")
    Row.update(screen=other).where(Row.key == f"mac {MAC}").execute()
    assert one is not None
    assert not access.holds(one)


def test_a_screen_ends_by_the_clock_and_by_hand(time: Clock, approved: Callable[..., Device]) -> None:
    until = time.now + clock.HOUR
    viewer = approved(until=until).viewer
    assert viewer is not None
    assert access.holds(viewer)
    time.pass_(clock.HOUR)
    assert identify(IP, MAC).viewer is None
    assert identify(IP, MAC).state == "approved"
    assert not access.holds(viewer)
    counters.raise_clock(time.now)
    time.pass_(-clock.HOUR)
    assert identify(IP, MAC).viewer is None, "a clock that was set back revives nothing"
    assert not access.holds(viewer)
    Screen.update(expires_at=None).execute()
    viewer = identify(IP, MAC).viewer
    assert viewer is not None
    assert access.holds(viewer)
    Screen.update(expires_at=time.now).execute()
    assert not access.holds(viewer), "also by an end that came nearer since"
    Screen.update(expires_at=None).execute()
    assert access.holds(viewer)
    Screen.update(removed_at=1).execute()
    assert identify(IP, MAC).viewer is None
    assert not access.holds(viewer)
