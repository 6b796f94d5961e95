"""What stops matching leaves in the transaction of the change, and what begins comes; only the owner's hand shares."""

from collections.abc import Sequence

import pytest

from services import access, catalogue, collections, matching, sharing
from services.catalogue.merging import merge
from services.catalogue.recording import refresh_presence
from services.collections import Draft, querying, seeing
from services.models import Arrival, Asset, Collection, CollectionItem, Item, ItemLabel, Label, User, counters
from services.models.database import transaction
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


@pytest.fixture
def anna(make: Make) -> Viewer:
    return make.viewer(make.user("anna"))


@pytest.fixture
def ben(make: Make) -> Viewer:
    return make.viewer(make.user("ben"))


def owner(viewer: Viewer) -> User:
    return User.get_by_id(viewer.user_id)


def label(viewer: Viewer, item: Item, *names: str) -> None:
    catalogue.edit(viewer, item.pid, {"labels": list(names)})


def label_in_file(item: Item, name: str) -> None:
    """What reading a file makes of a keyword in it."""
    Label.insert(name=name, name_fold=name).on_conflict_ignore().execute()
    with transaction():
        ItemLabel.insert(
            item=item, label=Label.get(Label.name == name), source="file", created_at=0
        ).execute()
        matching.rematch([item.id])


def dynamic(viewer: Viewer, q: str, name: str = "Family", **more: object) -> Collection:
    return collections.create(viewer, Draft(name, query=q), more)


def inside(collection: Collection, viewer: Viewer) -> list[str]:
    return sorted(i.pid for i in collections.page(viewer, collections.get(viewer, collection.pid)).items)


def pids(*items: Item) -> Sequence[str]:
    return sorted(i.pid for i in items)


def known_label(make: Make, viewer: Viewer, *names: str) -> None:
    """Words that this person's queries may say, because something of theirs carries them."""
    item = make.item(owner(viewer), trashed_at=1)
    for name in names:
        Label.insert(name=name, name_fold=name).on_conflict_ignore().execute()
        ItemLabel.create(
            item=item, label=Label.get(Label.name == name), source="hand", author=viewer.user_id, created_at=0
        )


def test_a_label_by_hand_shares_and_its_removal_ends_that_at_once(
    make: Make, anna: Viewer, ben: Viewer
) -> None:
    known_label(make, anna, "family", "private")
    one, two = make.item(owner(anna), taken=1), make.item(owner(anna), taken=2)
    family = dynamic(anna, "label:family -label:private")
    make.grant(make.share(family), user=ben.user_id)
    label(anna, one, "family")
    label(anna, two, "family", "private")
    assert inside(family, ben) == pids(one)
    epoch = counters.read(counters.POLICY_EPOCH)
    label(anna, one, "family", "private")
    assert inside(family, ben) == []
    assert counters.read(counters.POLICY_EPOCH) > epoch  # streams look again
    label(anna, two, "family")
    assert inside(family, ben) == pids(two)


def test_a_keyword_in_a_file_shares_nothing(make: Make, anna: Viewer, ben: Viewer) -> None:
    known_label(make, anna, "family")
    mine, foreign = make.item(owner(anna), taken=1), make.item(owner(ben), taken=2)
    family = dynamic(anna, "label:family")
    make.grant(make.share(family), user=ben.user_id)
    label_in_file(mine, "family")
    label_in_file(foreign, "family")
    label(ben, foreign, "family")
    assert inside(family, anna) == []
    assert access.visible_items(ben).count() == 1  # their own
    collections.edit(anna, family.pid, {"trusted": ["file"]})
    assert inside(family, ben) == pids(mine)
    collections.edit(anna, family.pid, {"trusted": []})
    assert inside(family, ben) == []


def test_a_label_by_somebody_elses_hand_shares_nothing(make: Make, anna: Viewer, ben: Viewer) -> None:
    """Whoever sees a picture may label it for themselves; nor does that ask its owner."""
    known_label(make, anna, "family")
    item = make.item(owner(anna), taken=1)
    family = dynamic(anna, "label:family")
    make.grant(make.share(family), user=ben.user_id)
    word = Label.get(Label.name == "family")
    with transaction():
        ItemLabel.create(item=item, label=word, source="hand", author=ben.user_id, created_at=0)
        matching.rematch([item.id])
    assert (inside(family, ben), sharing.count_waiting(anna)) == ([], 0)
    matching.evaluate(family.id)
    assert (inside(family, ben), sharing.count_waiting(anna)) == ([], 0)
    label(anna, item, "family")
    assert inside(family, ben) == pids(item)


def test_a_keyword_in_a_file_is_proposed_to_the_owner(make: Make, anna: Viewer, ben: Viewer) -> None:
    known_label(make, anna, "family", "private")
    item = make.item(owner(anna), taken=1)
    family = dynamic(anna, "label:family -label:private")
    make.grant(make.share(family), user=ben.user_id)
    label_in_file(item, "family")
    (waits,) = sharing.waiting(anna)
    assert (waits.item, waits.side, waits.proposed, waits.keywords) == (item, "out", True, ("family",))
    assert (sharing.count_waiting(anna), sharing.waiting(ben)) == (1, [])
    assert inside(family, ben) == []
    undo = sharing.decide(anna, [waits.pid], "approve")
    assert inside(family, ben) == pids(item)
    why = collections.why(anna, family.pid, item.pid)
    assert (why["proposed"], why["terms"]) == (True, ["label:family", "-label:private"])
    label(anna, item, "private")
    assert inside(family, ben) == []  # what was approved is the keyword: the rest of the query holds on
    label(anna, item)
    assert inside(family, ben) == pids(item)
    sharing.undo(anna, undo)
    assert (inside(family, ben), sharing.count_waiting(anna)) == ([], 1)
    sharing.decide(anna, [waits.pid], "reject")
    label(anna, item, "private")
    label(anna, item)
    assert (inside(family, ben), sharing.count_waiting(anna)) == ([], 0)  # nobody is asked twice
    card = collections.get(anna, family.pid)
    assert (seeing.rejected(anna, card), seeing.count_proposed(family)) == ([item], 0)
    label(anna, item, "family")
    assert inside(family, ben) == []  # kept back is kept back, also for one's own label


def test_a_source_that_is_trusted_no_more_counts_for_nothing_in_that_transaction(
    make: Make, anna: Viewer
) -> None:
    known_label(make, anna, "family")
    approved, trusted = make.item(owner(anna), taken=1), make.item(owner(anna), taken=2)
    family = dynamic(anna, "label:family")
    label_in_file(approved, "family")
    sharing.decide(anna, [sharing.waiting(anna)[0].pid], "approve")
    with transaction():
        matching.narrow(family.id)
    assert inside(family, anna) == pids(approved)
    collections.edit(anna, family.pid, {"trusted": ["file"]})
    label_in_file(trusted, "family")
    assert inside(family, anna) == pids(approved, trusted)
    with transaction():
        Collection.update(trusted=[]).execute()
        matching.narrow(family.id)
    assert inside(family, anna) == []
    matching.evaluate(family.id)
    assert (inside(family, anna), seeing.count_proposed(family)) == ([], 2)


@pytest.mark.parametrize("approval", ["none", "owner"])
def test_what_was_said_of_ones_own_label_is_not_said_of_a_keyword(
    make: Make, anna: Viewer, ben: Viewer, approval: str
) -> None:
    known_label(make, anna, "family")
    item = make.item(owner(anna), taken=1)
    family = dynamic(anna, "label:family", approval=approval)
    make.grant(make.share(family), user=ben.user_id)
    label_in_file(item, "family")
    label(anna, item, "family")
    if approval == "owner":
        assert not sharing.waiting(anna)[0].proposed
        sharing.decide(anna, [sharing.waiting(anna)[0].pid], "approve")
    assert (inside(family, ben), sharing.count_waiting(anna)) == (pids(item), 0)
    label(anna, item)  # no more by one's own hand: gone at once, although the keyword stays in the file
    assert inside(family, ben) == []
    assert sharing.waiting(anna)[0].proposed
    collections.edit(anna, family.pid, {"trusted": ["file"]})
    assert (inside(family, ben), sharing.count_waiting(anna)) == (
        (pids(item), 0) if approval == "none" else ([], 1)
    )
    collections.edit(anna, family.pid, {"trusted": []})
    assert inside(family, ben) == []


def test_a_proposal_left_to_the_query_again_waits(make: Make, anna: Viewer) -> None:
    known_label(make, anna, "family")
    item = make.item(owner(anna), taken=1)
    family = dynamic(anna, "label:family")
    label_in_file(item, "family")
    for rule, found in (("always", pids(item)), ("", []), ("never", []), ("", [])):
        collections.decide_rule(anna, family.pid, item.pid, rule, ask=False)  # type: ignore[arg-type]
        assert inside(family, anna) == found
        assert sharing.count_waiting(anna) == int(rule == "")
    collections.decide_rule(anna, family.pid, item.pid, "always")
    ItemLabel.delete().where(ItemLabel.source == "file").execute()
    with transaction():
        matching.rematch([item.id])
    label_in_file(item, "family")
    collections.decide_rule(anna, family.pid, item.pid, "")
    assert (inside(family, anna), sharing.count_waiting(anna)) == ([], 1)


def test_nothing_is_proposed_where_no_label_is_asked_for(make: Make, anna: Viewer) -> None:
    known_label(make, anna, "family")
    item = make.item(owner(anna), taken=1)
    for name, q in (("A", "rating:5"), ("B", "rating:5 label:family"), ("C", "-label:family rating:5")):
        dynamic(anna, q, name)
    label_in_file(item, "family")
    assert CollectionItem.select().count() == 0


def test_a_viewers_own_label_feeds_no_share(make: Make, anna: Viewer, ben: Viewer) -> None:
    known_label(make, anna, "family")
    item = make.item(owner(anna), taken=1)
    seen = make.collection(owner(anna), "Lake", items=[item])
    make.grant(make.share(seen), user=ben.user_id)
    family = dynamic(anna, "label:family")
    label(ben, item, "family")
    assert inside(family, anna) == []


def test_only_what_the_owner_may_pass_on_of_others(make: Make, anna: Viewer, ben: Viewer) -> None:
    known_label(make, anna, "family")
    kept, passed = make.item(owner(ben), taken=1), make.item(owner(ben), taken=2)
    for item in (kept, passed):
        label(ben, item, "family")
    make.grant(make.share(make.collection(owner(ben), "K", items=[kept])), user=anna.user_id)
    may = make.share(make.collection(owner(ben), "P", items=[passed]), may_reshare=True)
    make.grant(may, user=anna.user_id)
    assert inside(dynamic(anna, "label:family", "Mine"), anna) == []  # `owner:` means oneself
    both = dynamic(anna, "label:family owner:ben", "Both")
    assert inside(both, anna) == pids(passed)
    label(ben, passed)
    assert inside(both, anna) == []


def test_what_waits_to_come_in_is_nothing_to_pass_on(make: Make, anna: Viewer, ben: Viewer) -> None:
    """Nor is what was rejected: a change of the item says the same as the query held over all items."""
    known_label(make, anna, "family")
    item = make.item(owner(ben), taken=1)
    label(ben, item, "family")
    party = make.collection(owner(anna), "Party", arrivals="owner")
    given = make.share(make.collection(owner(ben), "Given", items=[item]), "collection", may_reshare=True)
    with transaction():
        sharing.arrive(make.grant(given, into=party))
    both = dynamic(anna, f"label:family owner:#{ben.user_id}", "Both")

    def holds() -> list[bool]:
        """By the query over all items, and by the change of one; each from what the other one left."""
        found = []
        for look in (matching.evaluate, lambda _: matching.rematch([item.id])):
            with transaction():
                look(both.id)
            found.append(CollectionItem.select().where(CollectionItem.matches & (CollectionItem.item == item.id)
                         & (CollectionItem.collection == both.id)).exists())  # fmt: skip
        return found

    assert holds() == [False, False]
    (waits,) = sharing.waiting(anna)
    sharing.decide(anna, [waits.pid], "approve")
    assert (inside(both, anna), holds()) == (pids(item), [True, True])
    sharing.decide(anna, [waits.pid], "reject")
    assert (inside(both, anna), holds()) == ([], [False, False])


def test_a_favourite_is_ones_own_word_and_followed_at_once(make: Make, anna: Viewer, ben: Viewer) -> None:
    """It does not change by itself: somebody marks it, also what is of others, and nobody else does so for them."""
    mine, passed = make.item(owner(anna), taken=1), make.item(owner(ben), taken=2)
    may = make.share(make.collection(owner(ben), "P", items=[passed]), may_reshare=True)
    make.grant(may, user=anna.user_id)
    own, both = dynamic(anna, "is:favourite", "Own"), dynamic(anna, "is:favourite owner:me|ben", "Both")
    assert (querying.moving(own), querying.moving(both)) == ((), ())
    catalogue.edit(ben, passed.pid, {"favourite": True})
    for favourite, found in ((True, pids(mine, passed)), (False, [])):
        for item in (mine, passed):
            catalogue.edit(anna, item.pid, {"favourite": favourite})
        assert inside(both, anna) == found
        assert inside(own, anna) == (pids(mine) if favourite else [])


def test_what_is_read_anew_tells_whether_it_has_sound(make: Make, anna: Viewer) -> None:
    loud, quiet = dynamic(anna, "has:audio", "Loud"), dynamic(anna, "-has:audio", "Quiet")
    item = make.item(owner(anna), type="video")
    asset = make.asset(item, meta={"codec": "h264"})  # as it was read once
    make.file(make.storage(owner(anna)), asset=asset)
    for told, found in ((None, (0, 0)), (True, (1, 0)), (False, (0, 1))):
        Asset.update(meta={"codec": "h264"} if told is None else {"audio": told}).execute()
        with transaction():
            Item.update(cover_id=asset.id).execute()
            refresh_presence([item.id])
        assert (len(inside(loud, anna)), len(inside(quiet, anna))) == found


def test_what_was_not_read_yet_is_held_back(make: Make, anna: Viewer) -> None:
    known_label(make, anna, "private")
    item = make.item(owner(anna), taken=1)
    asset = make.asset(item, sha256=None)
    make.file(make.storage(owner(anna)), asset=asset)
    Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
    held, open_ = (
        dynamic(anna, "-label:private", "A"),
        dynamic(anna, "-label:private", "B", require_labelled=False),
    )
    assert (inside(held, anna), inside(open_, anna)) == ([], pids(item))
    with transaction():
        Asset.update(sha256=b"x" * 32).where(Asset.id == asset.id).execute()
        refresh_presence([item.id])
    assert inside(held, anna) == pids(item)


def test_each_new_match_may_wait_for_its_owner(make: Make, anna: Viewer) -> None:
    known_label(make, anna, "family")
    item = make.item(owner(anna), taken=1)
    dynamic(anna, "label:family", approval="owner")
    label(anna, item, "family")
    row = CollectionItem.get()
    assert (row.matches, row.approval, row.shown) == (True, "pending", False)
    CollectionItem.update(approval="rejected", decided_at=1).execute()
    label(anna, item)
    label(anna, item, "family")
    row = CollectionItem.get()
    assert (row.matches, row.approval, row.shown) == (True, "rejected", False)  # nobody is asked twice


def test_rules_stand_above_the_query(make: Make, anna: Viewer) -> None:
    known_label(make, anna, "family")
    item, other = make.item(owner(anna), taken=1), make.item(owner(anna), taken=2)
    family = dynamic(anna, "label:family")
    label(anna, item, "family")
    collections.decide_rule(anna, family.pid, item.pid, "never")
    collections.decide_rule(anna, family.pid, other.pid, "always")
    label(anna, item)
    label(anna, item, "family")
    assert inside(family, anna) == pids(other)
    assert collections.why(anna, family.pid, other.pid)["how"] == "always"


def test_the_trash_takes_out_and_gives_back(make: Make, anna: Viewer) -> None:
    item = make.item(owner(anna), taken=1, rating=5)
    best = dynamic(anna, "rating:>=4")
    assert inside(best, anna) == pids(item)
    with transaction():
        Item.update(trashed_at=1).where(Item.id == item.id).execute()
        matching.rematch([item.id])
    assert not CollectionItem.get().matches
    with transaction():
        Item.update(trashed_at=None).where(Item.id == item.id).execute()
        matching.rematch([item.id])
    assert inside(best, anna) == pids(item)


def test_two_items_that_become_one_stay_where_they_may_not_be(make: Make, anna: Viewer) -> None:
    keep, gone = make.item(owner(anna), taken=1), make.item(owner(anna), taken=2)
    for item in (keep, gone):
        asset = make.asset(item)
        make.file(make.storage(owner(anna), item.pid), asset=asset)
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
    best = dynamic(anna, "rating:none")
    assert inside(best, anna) == pids(keep, gone)
    collections.decide_rule(anna, best.pid, gone.pid, "never")
    with transaction():
        merge(keep, gone)
        refresh_presence([keep.id])
    assert inside(best, anna) == []


def test_queries_that_ask_for_collections_follow_them(make: Make, anna: Viewer) -> None:
    item = make.item(owner(anna), taken=1, rating=5)
    lake = collections.create(anna, Draft("Lake"))
    first = dynamic(anna, "collection:Lake", "First")
    second = dynamic(anna, "collection:First rating:>=4", "Second")
    collections.add(anna, lake.pid, [item.pid])
    assert (inside(first, anna), inside(second, anna)) == (pids(item), pids(item))
    collections.remove(anna, lake.pid, [item.pid])
    assert (inside(first, anna), inside(second, anna)) == ([], [])


def test_what_another_query_or_a_deletion_takes_out_leaves_those_that_ask_for_it(
    make: Make, anna: Viewer
) -> None:
    item, other = make.item(owner(anna), rating=5), make.item(owner(anna), rating=1)
    lake = dynamic(anna, "rating:>=1", "Lake")
    first = dynamic(anna, "collection:Lake rating:>=1", "First")
    second = dynamic(anna, "collection:First", "Second")
    assert inside(second, anna) == pids(item, other)
    collections.edit(anna, lake.pid, {"query": "rating:5"})
    assert (inside(first, anna), inside(second, anna)) == (pids(item), pids(item))
    collections.delete(anna, lake.pid)
    assert (inside(first, anna), inside(second, anna)) == ([], [])


def test_a_contribution_brings_what_begins_to_match(make: Make, anna: Viewer, ben: Viewer) -> None:
    item = make.item(owner(anna), taken=1)
    best = dynamic(anna, "rating:>=4")
    party = make.collection(owner(ben), "Party", arrivals="owner")
    make.grant(make.share(best, "collection"), into=party)
    catalogue.edit(anna, item.pid, {"rating": 5})
    came = Arrival.get()
    assert (came.collection_id, came.item_id, came.state) == (party.id, item.id, "pending")


def test_nothing_is_done_without_dynamic_collections(make: Make, anna: Viewer) -> None:
    matching.rematch([])
    matching.rematch([make.item(owner(anna)).id, 999])
    assert CollectionItem.select().count() == 0
