"""What people set about themselves."""

from typing import Any

import pytest

from services import clock
from services.errors import UsageError
from services.jobs import Jobs
from services.models import Job, User
from services.profiles import MAX_DISPLAY, edit_profile, profile
from tests.factories import Make

pytestmark = pytest.mark.db

JOBS = Jobs(lambda lane, job: None, "here")


def test_what_is_given_changes_and_nothing_else(make: Make) -> None:
    anna, ben = make.viewer(make.user("anna")), make.viewer(make.user("ben"))
    edit_profile(anna, JOBS, display="  Anna\u0301 L. ", language="de")
    found = profile(anna)
    assert (found["display"], found["language"], found["zone"]) == ("Anná L.", "de", "")
    edit_profile(anna, JOBS, zone="Europe/Berlin")
    assert (profile(anna)["display"], profile(anna)["zone"]) == ("Anná L.", "Europe/Berlin")
    assert (profile(ben)["display"], profile(ben)["letter_keys"]) == ("Ben", True)
    edit_profile(anna, JOBS, letter_keys=False)
    assert (profile(anna)["letter_keys"], profile(ben)["letter_keys"]) == (False, True)
    edit_profile(anna, JOBS, ask_first=True)
    assert (profile(anna)["ask_first"], profile(ben)["ask_first"]) == (True, False)
    edit_profile(anna, JOBS, language="", zone="")
    assert (profile(anna)["language"], profile(anna)["zone"]) == ("", "")


@pytest.mark.parametrize(
    "wrong",
    [{"display": "  "}, {"display": "x" * (MAX_DISPLAY + 1)}, {"display": 5}, {"language": "fr"},
     {"language": ["de"]}, {"zone": "Mars/Olympus"}, {"zone": "../../etc/passwd"}, {"zone": 1}, {"letter_keys": 1},
     {"ask_first": "yes"}],
)  # fmt: skip
def test_what_cannot_be_used_names_its_field_and_changes_nothing(make: Make, wrong: dict[str, Any]) -> None:
    anna = make.viewer(make.user())
    before = profile(anna)
    with pytest.raises(UsageError) as caught:
        edit_profile(anna, JOBS, **wrong)
    assert caught.value.field in wrong
    assert profile(anna) == before


def test_of_two_fields_with_one_wrong_none_is_kept(make: Make) -> None:
    anna = make.viewer(make.user())
    with pytest.raises(UsageError):
        edit_profile(anna, JOBS, display="Other", zone="nowhere")
    assert profile(anna)["display"] == "Anna"


def test_another_zone_dates_what_was_guessed_anew(make: Make) -> None:
    """By one job a change, though one may be under way; none where nothing changes."""
    user = make.user()
    anna = make.viewer(user)
    for zone in ("", "UTC", "Europe/Berlin", "Europe/Berlin", "Asia/Tokyo", "Europe/Berlin"):
        edit_profile(anna, JOBS, zone=zone, display="Anna")
    with pytest.raises(UsageError):
        edit_profile(anna, JOBS, zone="Mars/Olympus")
    edit_profile(anna, JOBS, language="de")
    edit_profile(anna, JOBS, zone="")
    jobs = list(Job.select(Job.kind, Job.payload, Job.user_id).tuples())
    assert jobs == [("redate", {"owner": user.id}, user.id)] * 5


def test_nobody_was_born_in_the_future(make: Make) -> None:
    """A clock that was ahead when the account was made."""
    anna = make.user(created_at=clock.now() + clock.DAY)
    born = profile(make.viewer(anna))["created_at"]
    assert isinstance(born, int)
    assert born <= clock.now()
    assert User.get().created_at > clock.now()


def test_where_files_go(make: Make) -> None:
    anna = make.user("anna")
    viewer, storage = make.viewer(anna), make.storage(anna, writable=True)
    closed, foreign = make.storage(anna, "Closed"), make.storage(make.user("ben"), writable=True)
    edit_profile(viewer, JOBS, default_storage=storage.pid)
    assert profile(viewer)["default_storage"] == storage.pid
    for other in (closed, foreign):
        with pytest.raises(UsageError) as caught:
            edit_profile(viewer, JOBS, default_storage=other.pid)
        assert caught.value.field == "default_storage"
    edit_profile(viewer, JOBS, default_storage="")
    assert profile(viewer)["default_storage"] is None
