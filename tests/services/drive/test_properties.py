"""Properties of clients: each person's own, on rows of the catalogue, and bounded."""

from functools import partial

import pytest

from services.drive import properties
from services.drive.properties import Subject
from services.errors import UsageError
from services.models import DriveProperty, File, Folder, database
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db

COLOUR, SIZE = ("urn:x", "colour"), ("", "size")


@pytest.fixture
def anna(make: Make) -> Viewer:
    user = make.user()
    storage = make.storage(user)
    make.file(storage, "a.jpg", make.folder(storage, "trip"))
    make.file(storage, "b.jpg")
    return make.viewer(user)


def of(name: str) -> Subject:
    found = File.get_or_none(File.name == name)
    return (
        Subject("folder", Folder.get(Folder.name == name).id) if found is None else Subject("file", found.id)
    )


def test_set_read_and_taken_away(anna: Viewer) -> None:
    for subject in (of("a.jpg"), of("trip")):
        properties.put(anna, subject, COLOUR, "<x>red</x>")
        properties.put(anna, subject, SIZE, "<size/>")
        properties.put(anna, subject, COLOUR, "<x>blue</x>")
        assert properties.get(anna, subject) == {COLOUR: "<x>blue</x>", SIZE: "<size/>"}
        properties.put(anna, subject, SIZE, None)
        properties.put(anna, subject, ("urn:y", "never"), None)
        assert properties.get(anna, subject) == {COLOUR: "<x>blue</x>"}


def test_all_of_a_folder_in_one_question(anna: Viewer) -> None:
    assert properties.inside(anna, of("").id) == {}
    for name in ("a.jpg", "b.jpg", "trip"):
        properties.put(anna, of(name), COLOUR, f"<x>{name}</x>")
    assert properties.inside(anna, of("").id) == {
        of("b.jpg"): {COLOUR: "<x>b.jpg</x>"},
        of("trip"): {COLOUR: "<x>trip</x>"},
    }
    assert properties.inside(anna, of("trip").id) == {of("a.jpg"): {COLOUR: "<x>a.jpg</x>"}}


def test_those_of_some_in_portions(anna: Viewer, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "batches", partial(database.batches, size=1))
    subjects = [of("a.jpg"), of("b.jpg"), of("trip")]
    assert properties.of(anna, subjects) == {}
    each = {subject: {COLOUR: f"<x>{subject.kind}</x>"} for subject in subjects}
    for subject, given in each.items():
        properties.put(anna, subject, COLOUR, given[COLOUR])
    assert properties.of(anna, subjects) == each
    assert properties.of(anna, subjects[:1]) == {subjects[0]: each[subjects[0]]}
    assert properties.of(anna, []) == {}
    assert properties.of(make.viewer(make.user("ben")), subjects) == {}


def test_nobody_sees_those_of_others(anna: Viewer, make: Make) -> None:
    ben = make.viewer(make.user("ben"))
    properties.put(anna, of("b.jpg"), COLOUR, "<x/>")
    assert properties.get(ben, of("b.jpg")) == {}
    assert properties.inside(ben, of("").id) == {}
    properties.put(ben, of("b.jpg"), COLOUR, None)
    assert properties.get(anna, of("b.jpg")) == {COLOUR: "<x/>"}


def test_a_copy_has_those_of_the_source_and_no_others(anna: Viewer) -> None:
    properties.put(anna, of("a.jpg"), COLOUR, "<x/>")
    properties.put(anna, of("b.jpg"), SIZE, "<size/>")
    properties.copy(anna, of("a.jpg"), of("b.jpg"))
    assert properties.get(anna, of("b.jpg")) == {COLOUR: "<x/>"}
    assert properties.get(anna, of("a.jpg")) == {COLOUR: "<x/>"}


def test_what_is_deleted_loses_them(anna: Viewer) -> None:
    properties.put(anna, of("a.jpg"), COLOUR, "<x/>")
    properties.put(anna, of("trip"), COLOUR, "<x/>")
    Folder.delete().where(Folder.name == "trip").execute()
    assert DriveProperty.select().count() == 0


def test_limits(anna: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="KiB in one"):
        properties.put(anna, of("a.jpg"), COLOUR, "ä" * (properties.LONGEST // 2 + 1))
    monkeypatch.setattr(properties, "MOST", 1)
    properties.put(anna, of("a.jpg"), COLOUR, "<x/>")
    properties.put(anna, of("a.jpg"), COLOUR, "<x>again</x>")
    with pytest.raises(UsageError, match="More than 1 properties"):
        properties.put(anna, of("a.jpg"), SIZE, "<size/>")
    properties.put(anna, of("a.jpg"), SIZE, None)
    assert properties.get(anna, of("a.jpg")) == {COLOUR: "<x>again</x>"}
