"""Names that queries may say: those of things the person may know of."""

import pytest

from services.catalogue.naming import ViewerNames
from services.models import Event, Item, ItemLabel, Label
from tests.factories import Make

pytestmark = pytest.mark.db


def test_each_kind_is_ones_own(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben", display="Benjamin")
    storage, collection = make.storage(anna, "NAS"), make.collection(anna, "Sommer")
    hidden = make.collection(anna, "of an event", purpose="event")
    event = Event.create(
        pid="e",
        owner=anna,
        collection=hidden,
        name="Hochzeit",
        guests="view",
        may_download=True,
        created_at=0,
    )
    hers, his = ViewerNames(make.viewer(anna)), ViewerNames(make.viewer(ben))
    for kind, name, id in (
        ("storage", "nas", storage.id),
        ("collection", "SOMMER", collection.id),
        ("event", "hochzeit", event.id),
    ):
        assert hers.find(kind, name) == id
        assert his.find(kind, name) is None
        assert hers.name(kind, id) is not None
        assert his.name(kind, id) is None
    assert hers.find("collection", "of an event") is None
    assert (hers.find("user", "BEN"), hers.find("user", "benjamin"), hers.name("user", ben.id)) == (
        ben.id,
        ben.id,
        "ben",
    )
    assert ViewerNames(make.viewer(ben, kind="guest")).find("user", "anna") is None


def test_accents_matter_only_between_names_that_differ_by_them(make: Make) -> None:
    anna = make.user()
    item = make.item(anna)
    for id, name in ((1, "Größe"), (2, "été"), (3, "ete")):
        Label.create(id=id, name=name, name_fold=name.casefold())
        ItemLabel.create(item=item, label=id, source="file", created_at=0)
    names = ViewerNames(make.viewer(anna))
    assert (names.find("label", "GROSSE"), names.find("label", "ete"), names.find("label", "été")) == (
        1,
        3,
        2,
    )
    assert names.similar("label", "grosze") == ("Größe",)
    assert [names.name("label", id) for id in (1, 2, 3, 4)] == ["Größe", "été", "ete", None]
    assert ViewerNames(make.viewer(make.user("ben"))).known("label") == {}
    assert Item.select().count() == 1
