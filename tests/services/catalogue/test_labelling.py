"""Labels and search words."""

import pytest

from services.catalogue.labelling import label_ids, refresh_tokens
from services.models import Item, ItemLabel, Label, transaction
from tests.factories import Make

pytestmark = pytest.mark.db


def test_one_word_is_one_label_however_it_is_written(make: Make) -> None:
    first = label_ids(["Straße", "See"])
    again = label_ids(["STRASSE", "see", "  ", ""])
    assert set(first.values()) == set(again.values())
    assert sorted(x.name for x in Label.select()) == ["See", "Straße"]  # as it was first written
    assert label_ids([]) == {}


def test_words_follow_labels_names_and_days(make: Make) -> None:
    anna = make.user()
    item = make.item(anna, "IMG_0412.jpg", taken=1, day=20260701, title="Abend")
    with transaction():
        (sea,) = label_ids(["Nordsee"]).values()
        ItemLabel.insert(item=item, label=sea, source="file", created_at=0).execute()
        refresh_tokens([item.id])
    words = Item.get().tokens.split()
    assert {"img", "0412", "nordsee", "abend", "july", "juli", "2026", "202607", "20260701"} <= set(words)
    ItemLabel.delete().execute()
    with transaction():
        refresh_tokens([item.id])
    assert "nordsee" not in Item.get().tokens


def test_nothing_is_written_where_nothing_changed(make: Make) -> None:
    """A scan that finds everything as it was keeps the write lock free."""
    item = make.item(make.user())
    refresh_tokens([item.id])
    Item.update(changed_at=1).execute()
    before = list(Item.select().dicts())
    refresh_tokens([item.id])
    assert list(Item.select().dicts()) == before
