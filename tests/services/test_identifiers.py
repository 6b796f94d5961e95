"""Public ids: opaque, short, and never taken for an option of a command."""

import re
import secrets

import pytest

from services import identifiers


def test_ids_are_short_random_and_safe_in_addresses() -> None:
    ids = {identifiers.new_pid() for _ in range(5000)}
    assert len(ids) == 5000
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{15}", each) for each in ids)


def test_an_id_that_looks_like_an_option_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-option", "-again", "fine"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda n: next(drawn))
    assert identifiers.new_pid() == "fine"
