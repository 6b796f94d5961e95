"""One's own items: nobody else sees them unasked, by both plans, page by page, and at once when it ends."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services import access, catalogue, clock
from services.access import visible
from services.catalogue.timeline import recount
from services.errors import NotFound
from services.models import (
    Credential,
    Grant,
    Item,
    ItemAlias,
    Session,
    Storage,
    User,
    counters,
    database,
    transaction,
)
from services.viewers import Proof
from tests.examples import examples
from tests.factories import Make

pytestmark = pytest.mark.db


@pytest.fixture
def two(make: Make) -> tuple[User, User]:
    return make.user("anna"), make.user("ben")


def test_owners_see_their_own_and_nobody_elses(make: Make, two: tuple[User, User]) -> None:
    anna, ben = two
    hers, his = make.item(anna), make.item(ben)
    for plan in ("time", "rights"):
        seen = access.visible_items(make.viewer(anna), plan=plan)
        assert [i.id for i in seen] == [hers.id]
    with pytest.raises(NotFound):
        access.get_item(make.viewer(anna), his.pid)


def test_an_administrator_sees_nothing_of_others(make: Make) -> None:
    admin, ben = make.user("admin", is_admin=True), make.user("ben")
    item = make.item(ben)
    file = make.file(make.storage(ben), asset=make.asset(item))
    viewer = make.viewer(admin)
    assert access.visible_items(viewer).count() == 0
    assert access.visible_files(viewer).count() == 0
    assert access.visible_storages(viewer).count() == 0
    assert not list(access.visible_days(viewer))
    assert not access.may_read(viewer, file.id)


def test_the_trash_is_apart(make: Make) -> None:
    anna = make.user()
    there, gone = make.item(anna), make.item(anna, trashed_at=1)
    viewer = make.viewer(anna)
    assert [i.id for i in access.visible_items(viewer)] == [there.id]
    assert [i.id for i in access.visible_items(viewer, trashed=True)] == [gone.id]
    assert access.get_item(viewer, gone.pid).id == gone.id  # its owner may look what it was
    with pytest.raises(NotFound):
        access.get_item(make.viewer(make.user("ben")), gone.pid)


def test_who_asks_for_the_trash_gets_their_own(make: Make) -> None:
    anna, ben = make.user(), make.user("ben")
    there, gone = make.item(anna), make.item(anna, trashed_at=1)
    shared, lost, theirs = make.item(ben), make.item(ben, trashed_at=1), make.item(ben)
    assert {i.id for i in access.with_trash(make.viewer(anna))} == {there.id, gone.id}
    given = make.collection(ben, items=[shared, lost])
    make.grant(make.share(given), user=anna)
    viewer, item = make.viewer(anna), Item.id
    assert {i.id for i in access.with_trash(viewer)} == {there.id, gone.id, shared.id}
    assert {i.id for i in access.with_trash(make.viewer(ben))} == {shared.id, lost.id, theirs.id}
    assert access.with_trash(viewer).where(item == lost.id).count() == 0
    guest = replace(make.viewer(ben), user_id=0, kind="guest", guest_id=1, share_id=1)
    assert access.with_trash(guest).count() == 0


def test_an_alias_answers_as_its_item_but_only_to_who_may_see_it(make: Make, two: tuple[User, User]) -> None:
    anna, ben = two
    item = make.item(anna)
    ItemAlias.create(pid="older", item=item)
    assert access.get_item(make.viewer(anna), "older").id == item.id
    with pytest.raises(NotFound):
        access.get_item(make.viewer(ben), "older")


def test_reading_ends_with_person_session_token_storage(make: Make) -> None:
    anna = make.user()
    storage = make.storage(anna)
    file = make.file(storage)
    session = Session.create(
        pid="s",
        secret="s",
        user=anna,
        cred_version=1,
        created_at=0,
        seen_at=0,
        expires_at=clock.now() + clock.HOUR,
    )
    token = Credential.create(pid="t", user=anna, kind="app", secret="t", scopes=[], created_at=0)
    by_session = make.viewer(anna, proof=Proof("session", session.id))
    by_token = make.viewer(anna, proof=Proof("credential", token.id))
    assert access.may_read(by_session, file.id)
    assert access.may_read(by_token, file.id)
    Credential.update(revoked_at=1).execute()
    assert not access.may_read(by_token, file.id)
    User.update(cred_version=2).execute()
    assert not access.may_read(by_session, file.id)
    assert access.may_read(make.viewer(anna), file.id)
    User.update(active=False).execute()
    assert not access.may_read(make.viewer(anna), file.id)
    User.update(active=True).execute()
    Storage.update(removed_at=1).execute()
    assert not access.may_read(make.viewer(anna), file.id)


@pytest.mark.parametrize("kind", [None, "session", "credential"])
def test_a_decision_is_one_question(make: Make, monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    """Two would leave a moment between them, and each chunk of a stream would wait for both."""
    asked: list[str] = []
    rows = database.rows

    def counting(sql: str, *values: Any) -> list[tuple[Any, ...]]:
        asked.append(sql)
        return rows(sql, *values)

    monkeypatch.setattr(database, "rows", counting)
    viewer = make.viewer(make.user(), proof=kind and Proof(kind, 1))
    access.may_read(viewer, 1)
    access.holds(viewer)
    assert len(asked) == 2


def disable() -> None:
    User.update(active=False).execute()


def change_password() -> None:
    User.update(cred_version=2).execute()


def end_the_session() -> None:
    Session.delete().where(Session.pid == "s").execute()


def expire_the_session() -> None:
    Session.update(expires_at=1).where(Session.pid == "s").execute()


def revoke_the_token() -> None:
    Credential.update(revoked_at=1).where(Credential.pid == "t").execute()


def expire_the_token() -> None:
    Credential.update(expires_at=1).where(Credential.pid == "t").execute()


ENDS = {
    "session": [disable, change_password, end_the_session, expire_the_session],
    "credential": [disable, revoke_the_token, expire_the_token],
}


def proofs_of(person: User, **changes: Any) -> dict[str, list[int]]:
    """Two sessions and two tokens of a person: their ids by kind."""
    session: dict[str, Any] = {"user": person, "cred_version": 1, "created_at": 0, "seen_at": 0}
    token: dict[str, Any] = {"user": person, "kind": "app", "scopes": [], "created_at": 0}
    made: dict[str, list[int]] = {"session": [], "credential": []}
    soon = clock.now() + clock.HOUR
    for pid in ("s", "another s"):
        row = Session.create(pid=pid, secret=pid, **{"expires_at": soon, **session, **changes})
        made["session"].append(row.id)
    for pid in ("t", "another t"):
        made["credential"].append(Credential.create(pid=pid, secret=pid, **token, **changes).id)
    return made


@pytest.mark.parametrize(("kind", "end"), [(kind, end) for kind, ends in ENDS.items() for end in ends])
def test_each_end_of_a_proof_is_one_by_itself(make: Make, kind: Any, end: Callable[[], None]) -> None:
    """Also while another session and another token of the same person live."""
    anna = make.user()
    file = make.file(make.storage(anna))
    viewer = make.viewer(anna, proof=Proof(kind, proofs_of(anna)[kind][0]))
    assert access.may_read(viewer, file.id)
    end()
    assert not access.holds(viewer)
    assert not access.may_read(viewer, file.id)


@pytest.mark.parametrize("kind", ["session", "credential"])
def test_somebody_elses_proof_proves_nothing(make: Make, two: tuple[User, User], kind: Any) -> None:
    anna, ben = two
    proof = Proof(kind, proofs_of(anna)[kind][0])
    assert access.holds(make.viewer(anna, proof=proof))
    assert not access.holds(make.viewer(ben, proof=proof))


def test_a_file_of_ones_own_does_not_open_those_of_others(make: Make, two: tuple[User, User]) -> None:
    hers, his = (make.file(make.storage(person)) for person in two)
    viewer = make.viewer(two[0])
    assert access.may_read(viewer, hers.id)
    assert not access.may_read(viewer, his.id)


def test_a_disabled_person_does_not_go_on_because_another_one_is_active(
    make: Make, two: tuple[User, User]
) -> None:
    anna, ben = two
    User.update(active=False).where(User.id == ben.id).execute()
    assert access.holds(make.viewer(anna))
    assert not access.holds(make.viewer(ben))


@pytest.mark.parametrize("kind", ["session", "credential"])
def test_a_clock_set_back_revives_no_proof(make: Make, monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    anna = make.user()
    viewer = make.viewer(anna, proof=Proof(kind, proofs_of(anna, expires_at=1_000_000)[kind][0]))
    monkeypatch.setattr(clock, "source", lambda: 0.5)
    assert access.holds(viewer)
    with transaction():
        counters.raise_clock(1_000_000)
    assert not access.holds(viewer)


def test_the_counts_of_days_are_ones_own(make: Make, two: tuple[User, User]) -> None:
    for person, number in zip(two, (2, 3), strict=True):
        for _ in range(number):
            make.item(person)
        with transaction():
            recount([(person.id, 0)])
    assert [n for _, n, _ in access.visible_days(make.viewer(two[0]))] == [2]


def test_a_removed_storage_is_gone_with_its_files(make: Make) -> None:
    anna = make.user()
    storage = make.storage(anna)
    make.file(storage)
    viewer = make.viewer(anna)
    assert access.get_storage(viewer, storage.pid).id == storage.id
    assert access.visible_files(viewer).count() == 1
    Storage.update(removed_at=1).execute()
    assert list(access.visible_storages(viewer)) == []
    assert access.visible_files(viewer).count() == 0
    with pytest.raises(NotFound):
        access.get_storage(viewer, storage.pid)


def test_a_proof_ends_by_the_clock(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = make.user()
    viewer = make.viewer(anna, not_after=1_000_000)
    monkeypatch.setattr(clock, "source", lambda: 0.5)
    assert access.holds(viewer)
    monkeypatch.setattr(clock, "source", lambda: 1.0)
    assert not access.holds(viewer)


def test_the_plan_follows_the_counts(
    make: Make, two: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visible, "WALK_SHARE", 0.2)
    monkeypatch.setattr(visible, "WALK_FROM", 1)
    anna, ben = two
    hers = [make.item(anna) for _ in range(9)]
    make.item(ben)
    with transaction():
        recount([(anna.id, 0), (ben.id, 0)])
    cleo, dora = make.viewer(make.user("cleo")), make.viewer(make.user("dora"))
    for viewer, items in ((cleo, hers[:1]), (dora, hers)):
        share = make.share(make.collection(anna, items=items))
        make.grant(share, user=viewer.user_id)
    assert access.choose_plan(cleo) == "rights"
    assert access.choose_plan(dora) == "time"
    monkeypatch.setattr(visible, "WALK_FROM", 300)
    make.item(ben)  # what was remembered is over
    assert access.choose_plan(dora) == "rights", "few are listed sooner than met"


def test_days_are_summed_over_whom_the_viewer_may_see(make: Make, two: tuple[User, User]) -> None:
    anna, ben = two
    cleo = make.user("cleo")
    items = {}
    for owner, day in ((anna, 20260701), (anna, 20260702), (ben, 20260702), (cleo, 20260703)):
        items[owner.login, day] = make.item(owner, taken=1, day=day, ratio=1.5)
        with transaction():
            recount([(owner.id, day)])
    assert access.visible_days(make.viewer(ben)) == [(20260702, 1, 1.5)]
    both = [make.collection(ben, items=[items["ben", 20260702]]) for _ in range(2)]
    grants = [make.grant(make.share(collection), user=anna) for collection in both]
    assert access.visible_days(make.viewer(anna)) == [(20260702, 2, 3.0), (20260701, 1, 1.5)]
    with transaction():
        Grant.update(on_timeline=False).execute()
        counters.bump_content()
    assert access.visible_days(make.viewer(anna)) == [(20260702, 1, 1.5), (20260701, 1, 1.5)]
    with transaction():
        Grant.update(on_timeline=True, expires_at=clock.now() + clock.HOUR).execute()
        counters.bump_content()
    assert access.visible_days(make.viewer(anna))[0] == (20260702, 2, 3.0)
    assert len(grants) == 2


def test_the_days_of_others_end_by_the_clock(
    make: Make, two: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = two
    item = make.item(ben, taken=1, day=20260702, ratio=1.5)
    share = make.share(make.collection(ben, items=[item]))
    make.grant(share, user=anna, expires_at=clock.now() + clock.HOUR)
    assert access.visible_days(make.viewer(anna)) == [(20260702, 1, 1.5)]
    later = clock.now() + clock.HOUR
    monkeypatch.setattr(clock, "source", lambda: later / 1_000_000)
    assert access.visible_days(make.viewer(anna)) == []


def test_one_owners_items_are_taken_from_their_index(make: Make, two: tuple[User, User]) -> None:
    make.item(two[0])
    with transaction():
        recount([(two[0].id, 0)])
    assert access.choose_plan(make.viewer(two[0])) == "rights"


def test_a_clock_set_back_revives_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = make.viewer(make.user(), not_after=1_000_000)
    with transaction():
        counters.raise_clock(1_000_000)
    monkeypatch.setattr(clock, "source", lambda: 0.5)
    assert not access.holds(viewer)


@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["anna", "ben", "cleo"]), st.integers(0, 5), st.booleans()), max_size=25
    ),
    limit=st.integers(1, 7),
)
def test_both_plans_and_all_pages_agree(
    catalogue_with_three: tuple[Make, dict[str, User]], rows: list[tuple[str, int, bool]], limit: int
) -> None:
    make, people = catalogue_with_three
    Item.delete().execute()
    for owner, taken, trashed in rows:
        make.item(people[owner], taken=taken, trashed_at=1 if trashed else None)
    for name, person in people.items():
        viewer = make.viewer(person)
        expected = sorted(
            ((i.sort_at, i.id) for i in Item.select() if i.owner_id == person.id and i.trashed_at is None),
            reverse=True,
        )
        for plan in ("time", "rights"):
            found = access.visible_items(viewer, plan=plan).order_by(Item.sort_at.desc(), Item.id.desc())
            assert [(i.sort_at, i.id) for i in found] == expected, (name, plan)
        for sort, order in (("-taken", expected), ("taken", expected[::-1])):
            paged, cursor = [], None
            while True:
                page = catalogue.page(viewer, sort=sort, limit=limit, cursor=cursor)
                paged += [(i.sort_at, i.id) for i in page.items]
                cursor = page.next
                if cursor is None:
                    break
            assert paged == order


@pytest.fixture
def catalogue_with_three(catalogue: Path, make: Make) -> tuple[Make, dict[str, User]]:
    return make, {n: make.user(n) for n in ("anna", "ben", "cleo")}
