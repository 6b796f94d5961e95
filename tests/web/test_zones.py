"""What the field of a new account's time zone offers."""

import pytest

from web.zones import zone_choice


def test_one_is_chosen_already(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Vienna")
    found = zone_choice({})
    assert (found["zone"], found["is_own"]) == ("Europe/Vienna", False)
    assert {"UTC", "Europe/Vienna", "Pacific/Auckland"} <= set(found["zones"])
    assert found["zones"] == sorted(found["zones"])


@pytest.mark.parametrize(
    ("given", "zone", "is_own"),
    [
        ("Asia/Tokyo", "Asia/Tokyo", True),
        ("Mars/Olympus", "Europe/Vienna", False),
        ("", "Europe/Vienna", False),
    ],
)
def test_what_somebody_chose_stays(
    monkeypatch: pytest.MonkeyPatch, given: str, zone: str, *, is_own: bool
) -> None:
    monkeypatch.setenv("TZ", "Europe/Vienna")
    found = zone_choice({"zone": given})
    assert (found["zone"], found["is_own"]) == (zone, is_own)
