"""By which time zone files are dated that state none."""

import pytest

from services.catalogue import owner_zone
from services.models import User
from tests.factories import Make

pytestmark = pytest.mark.db


@pytest.mark.parametrize(
    ("said", "zone"),
    [("", "UTC"), ("Europe/Berlin", "Europe/Berlin"), ("Mars/Olympus", "UTC"), ("../../etc/passwd", "UTC")],
)
def test_a_persons_own_and_else_utc(make: Make, said: str, zone: str) -> None:
    anna: User = make.user(zone=said)
    make.user("ben", zone="Pacific/Auckland")
    assert owner_zone(anna.id) == zone
