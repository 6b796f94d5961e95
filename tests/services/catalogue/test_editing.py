"""What an owner changes by hand, and that a later reading of the file leaves it alone."""

from typing import Any

import pytest

from services import catalogue
from services.catalogue import editing
from services.catalogue.recording import Read, record
from services.errors import NotFound, UsageError
from services.media.types import Metadata, Reading
from services.models import File, Item, transaction
from tests.factories import Make

pytestmark = pytest.mark.db


def test_everything_that_can_be_changed(make: Make) -> None:
    anna = make.user()
    item, viewer = make.item(anna), make.viewer(anna)
    labels = ["Family", "See am Berg"]
    catalogue.edit(viewer, item.pid, {"title": " Lake ", "rating": 4, "favourite": True, "labels": labels})
    described = catalogue.describe(viewer, [Item.get()])[0]
    assert described.labels == ("Family", "See am Berg")
    assert (described.item.title, described.item.rating, described.item.favourite) == ("Lake", 4, True)
    assert [i.id for i in catalogue.page(viewer, "lake family").items] == [item.id]
    catalogue.edit(viewer, item.pid, {"labels": ["family"], "title": None})
    assert catalogue.hand_labels(viewer, item) == ["Family"]  # the word as it was first written
    assert catalogue.page(viewer, "lake").items == []


def test_nobody_edits_somebody_elses(make: Make) -> None:
    item = make.item(make.user("anna"))
    with pytest.raises(NotFound):
        catalogue.edit(make.viewer(make.user("ben")), item.pid, {"rating": 1})


@pytest.mark.parametrize(
    "changes",
    [{"rating": 6}, {"rating": True}, {"rating": "5"}, {"favourite": 1}, {"labels": "x"}, {"labels": [""]},
     {"labels": ["x" * 101]}, {"title": 5}, {"owner": "ben"}, {"sha256": "0"}],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(make: Make, changes: dict[str, Any]) -> None:
    anna = make.user()
    with pytest.raises(UsageError) as caught:
        catalogue.edit(make.viewer(anna), make.item(anna).pid, changes)
    assert caught.value.field in changes


def test_a_new_reading_leaves_what_was_set_by_hand(make: Make) -> None:
    anna = make.user()
    file = make.file(make.storage(anna))

    def read(title: str, rating: int) -> None:
        meta = Metadata("photo", "image/jpeg", title=title, rating=rating, keywords=("sea",))
        with transaction():
            record(anna.id, [Read(File.get_by_id(file.id), Reading("ab" * 32, 10, None, meta, None, None))])

    read("from the file", 2)
    viewer = make.viewer(anna)
    catalogue.edit(viewer, Item.get().pid, {"title": "by hand"})
    read("from the file again", 3)
    item = Item.get()
    assert (item.title, item.rating) == ("by hand", 3)
    assert catalogue.describe(viewer, [item])[0].labels == ("sea",)


def test_of_two_edits_at_once_neither_forgets_the_other(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both begin with the same item; a later reading must leave alone what either of them set."""
    anna = make.user()
    item, viewer = make.item(anna), make.viewer(anna)
    check = editing._checked

    def check_late(name: str, value: Any) -> Any:
        monkeypatch.setattr(editing, "_checked", check)
        catalogue.edit(viewer, item.pid, {"title": "the other's"})
        return check(name, value)

    monkeypatch.setattr(editing, "_checked", check_late)
    catalogue.edit(viewer, item.pid, {"rating": 3})
    assert Item.get().extra["by_hand"] == ["rating", "title"]
    assert (Item.get().title, Item.get().rating) == ("the other's", 3)
