"""The journal's file: what was noted, what came to nothing, what a torn line does, and who may read it."""

import json
from pathlib import Path

import pytest

from services.models import Grant, Item
from services.revocations import NAME, Journal
from tests.factories import Make


@pytest.fixture
def item(make: Make) -> Item:
    return make.item(make.user())


def withdrawn(item: Item) -> bool:
    return Item.get_by_id(item.id).withdrawn_at is not None


def test_what_is_noted_ends_again(catalogue: Path, item: Item) -> None:
    journal = Journal(catalogue)
    with journal.noting([("item", item.pid)]):
        pass
    assert not withdrawn(item)
    assert (journal.replay(), journal.replay()) == (1, 0)
    assert withdrawn(item)


def test_a_failure_makes_void_what_was_noted_for_it_and_nothing_before(catalogue: Path, item: Item) -> None:
    """Somebody who may not end it tries to, after it has ended: it stays ended."""
    journal = Journal(catalogue)
    with journal.noting([("item", item.pid)]):
        pass
    with pytest.raises(RuntimeError), journal.noting([("item", item.pid)]):
        raise RuntimeError
    assert journal.replay() == 1
    assert withdrawn(item)


def test_what_only_failed_has_not_ended(catalogue: Path, item: Item) -> None:
    journal = Journal(catalogue)
    with pytest.raises(RuntimeError), journal.noting([("item", item.pid)]):
        raise RuntimeError
    assert journal.replay() == 0


def test_the_last_word_holds(catalogue: Path, item: Item) -> None:
    journal = Journal(catalogue)
    with journal.noting([("item", item.pid)]):
        pass
    with journal.noting([("item", item.pid)], again=True):
        pass
    assert journal.replay() == 0
    with journal.noting([("item", item.pid)]):
        pass
    assert journal.replay() == 1


def test_what_ends_while_it_comes_back_has_ended(catalogue: Path, item: Item) -> None:
    journal = Journal(catalogue)
    with journal.noting([("item", item.pid)]):
        pass
    with journal.noting([("item", item.pid)], again=True), journal.noting([("item", item.pid)]):
        pass
    assert journal.replay() == 1
    with journal.noting([("item", item.pid)], again=True):
        pass
    assert Journal(catalogue).replay() == 0


def test_a_torn_line_costs_itself_alone(catalogue: Path, item: Item) -> None:
    (catalogue / NAME).write_text('{"at": 1, "kind": "gra')
    with Journal(catalogue).noting([("item", item.pid)]):
        pass
    (catalogue / NAME).write_bytes((catalogue / NAME).read_bytes() + b"[]\nnull\n\xff\n")
    assert Journal(catalogue).replay() == 1


def test_what_the_catalogue_does_not_know_is_left_alone(catalogue: Path, item: Item) -> None:
    lines = [
        {"at": 1, "kind": kind, "id": "A B", "what": "ended"} for kind in ("grant", "member", "in", "moon")
    ]
    (catalogue / NAME).write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert Journal(catalogue).replay() == 0


def test_nothing_to_note_makes_no_file(catalogue: Path) -> None:
    with Journal(catalogue).noting([]):
        pass
    with pytest.raises(RuntimeError), Journal(catalogue).noting([]):
        raise RuntimeError
    assert not (catalogue / NAME).exists()
    assert Journal(catalogue).replay() == 0


def test_many_rights_are_replayed(catalogue: Path, make: Make) -> None:
    anna, ben = make.user(), make.user("ben")
    share = make.share(make.collection(anna), kind="event")
    grants = [make.grant(make.share(make.collection(anna)), user=ben) for _ in range(3)]
    with Journal(catalogue).noting([("grant", g.pid) for g in grants] + [("share", share.pid)]):
        pass
    assert Journal(catalogue).replay() == 4
    assert Grant.select().where(Grant.ended_at.is_null()).count() == 0
    assert (catalogue / NAME).stat().st_mode & 0o077 == 0
