"""Drafts: of one person, for an hour, twenty at most, gone on with by one at a time."""

from dataclasses import replace

import pytest

from services import clock
from services.errors import NotFound
from services.remotes.drafts import LASTS, MOST, Drafts
from services.storages.oauth import Pending
from services.viewers import Viewer

ANNA, BEN = Viewer(1, "anna", "Anna"), Viewer(2, "ben", "Ben")
PENDING = Pending("google", "paste", False, "client", 1 << 62, state="one state", verifier="secret verifier")


def test_a_draft_is_private_to_its_person() -> None:
    drafts = Drafts()
    draft = drafts.add(ANNA, "webdav", writable=False, parameters={})
    assert drafts.get(ANNA, draft.pid) == draft
    with pytest.raises(NotFound):
        drafts.get(BEN, draft.pid)


def test_it_is_over_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = Drafts()
    draft = drafts.add(ANNA, "webdav", writable=False, parameters={})
    later = clock.now() + LASTS + 1
    monkeypatch.setattr("services.remotes.drafts.now", lambda: later)
    with pytest.raises(NotFound):
        drafts.get(ANNA, draft.pid)
    assert drafts.take_old(BEN) == [draft]  # whoever comes next tidies up
    assert drafts.take_old(BEN) == []


def test_the_oldest_go_when_there_are_too_many() -> None:
    drafts = Drafts()
    made = [drafts.add(ANNA, "webdav", writable=False, parameters={}) for _ in range(MOST + 2)]
    drafts.add(BEN, "webdav", writable=False, parameters={})
    assert len(drafts.take_old(ANNA)) == 2
    assert sum(1 for d in made if _is_there(drafts, d.pid)) == MOST


def _is_there(drafts: Drafts, pid: str) -> bool:
    try:
        drafts.get(ANNA, pid)
    except NotFound:
        return False
    return True


def test_what_has_ended_is_not_changed_back() -> None:
    drafts = Drafts()
    draft = drafts.add(ANNA, "webdav", writable=False, parameters={})
    assert drafts.change(draft, remote="h_x").is_ready
    drafts.end(draft.pid)
    with pytest.raises(NotFound):
        drafts.change(draft, remote="h_y")


def test_an_answer_finds_its_draft_by_the_state_alone() -> None:
    drafts = Drafts()
    drafts.add(ANNA, "drive", writable=False, parameters={}, pending=replace(PENDING, state="another"))
    draft = drafts.add(ANNA, "drive", writable=False, parameters={}, pending=PENDING)
    assert drafts.find_by_state(ANNA, "google", "one state") == draft
    for viewer, provider, state in ((BEN, "google", "one state"), (ANNA, "dropbox", "one state"), (ANNA, "google", ""),
                                    (ANNA, "google", "one stat\udce9")):  # fmt: skip
        with pytest.raises(NotFound):
            drafts.find_by_state(viewer, provider, state)


def test_one_at_a_time_goes_on_with_a_draft() -> None:
    drafts = Drafts()
    draft = drafts.add(ANNA, "drive", writable=False, parameters={})
    with drafts.alone(draft) as first, drafts.alone(draft) as second:
        assert (first, second) == (True, False)
    with drafts.alone(draft) as again:
        assert again


def test_secrets_are_in_no_repr() -> None:
    draft = Drafts().add(ANNA, "drive", writable=False, parameters={"pass": "swordfish"}, pending=PENDING)
    assert "swordfish" not in repr(draft)
    assert "verifier" not in repr(draft)
