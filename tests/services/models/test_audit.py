"""Who did what: added, never changed."""

import peewee
import pytest

from services import clock
from services.models import Audit, audit, transaction
from tests.factories import Make

pytestmark = pytest.mark.db


def test_an_entry_says_who_whom_and_what(make: Make) -> None:
    anna = make.user()
    audit.record("storage.add", actor=anna.id, subject=anna.id, object="pid", name="Photos", n=1)
    entry = Audit.get()
    assert (entry.actor_id, entry.subject_id, entry.action, entry.object) == (
        anna.id,
        anna.id,
        "storage.add",
        "pid",
    )
    assert entry.detail == {"name": "Photos", "n": 1}
    assert abs(entry.at - clock.now()) < clock.MINUTE


def test_an_entry_goes_with_the_change_it_tells_of(make: Make) -> None:
    make.user("anna")
    with pytest.raises(peewee.IntegrityError):
        add_and_tell(make)
    assert Audit.select().count() == 0


def add_and_tell(make: Make) -> None:
    with transaction():
        audit.record("user.add", actor=None, subject=None)
        make.user("anna")  # the name is taken


@pytest.mark.parametrize("query", [Audit.update(action="nothing"), Audit.delete()], ids=["change", "delete"])
def test_nobody_changes_what_was_done(make: Make, query: peewee.Query) -> None:
    audit.record("user.disable", actor=None, subject=1)
    with pytest.raises(peewee.PeeweeException), transaction():
        query.execute()
    assert Audit.get().action == "user.disable"
