"""/timeline: days with their counts, newest first."""

from services.catalogue.timeline import recount
from services.models import transaction
from tests.factories import Make
from tests.web.api.conftest import Api
from tests.web.conftest import Web


def test_days_newest_first_the_undated_last(web: Web, api: Api, make: Make) -> None:
    anna = web.people["anna"]
    make.item(anna)
    make.item(anna, taken=1, day=10101)  # the year 1: a camera that lost its clock
    with transaction():
        recount([(anna.id, 0), (anna.id, 10101)])
    assert api("GET", "/timeline").json() == {
        "items": [{"day": "2026-07-01", "n": 1}, {"day": "0001-01-01", "n": 1}, {"day": None, "n": 1}],
        "next": None, "total": 3,
    }  # fmt: skip


def test_nobody_has_somebody_elses_days(web: Web, api: Api) -> None:
    assert api("GET", "/timeline", who="ben").json() == {"items": [], "next": None, "total": 0}
