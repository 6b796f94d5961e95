"""Time zones as people name them, and the one that is offered."""

from pathlib import Path

import pytest

from services.accounts import home_zone, require_zone, zones
from services.errors import UsageError


@pytest.mark.parametrize("zone", ["", "UTC", "Europe/Berlin", "America/Argentina/Ushuaia"])
def test_names_of_the_database_and_none(zone: str) -> None:
    assert require_zone(zone) == zone


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "europe/berlin", " UTC"])
def test_anything_else_is_refused_at_its_field(zone: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_zone(zone)
    assert caught.value.field == "zone"


@pytest.mark.parametrize(
    ("variable", "link", "zone"),
    [("Asia/Tokyo", "Europe/Vienna", "Asia/Tokyo"), (":Asia/Tokyo", "Europe/Vienna", "Asia/Tokyo"),
     ("", "Europe/Vienna", "Europe/Vienna"), ("", "America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
     ("CET-1CEST", "Europe/Vienna", "UTC"), ("", "", "UTC")],
)  # fmt: skip
def test_the_zone_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, link: str, zone: str
) -> None:
    """By its variable, else by where the link of its time points; a file, or a rule without name, tells none."""
    localtime = tmp_path / "localtime"
    if link:
        target = tmp_path / "share/zoneinfo" / link
        target.parent.mkdir(parents=True)
        target.touch()
        localtime.symlink_to(target)
    else:
        localtime.touch()
    monkeypatch.setenv("TZ", variable)
    monkeypatch.setattr(zones, "LOCALTIME", localtime)
    assert home_zone() == zone
