"""What a viewer's proof allows."""

import dataclasses

import pytest

from services.viewers import Viewer

ANNA = Viewer(user_id=1, login="anna", display="Anna")


def test_a_person_may_everything_and_a_token_what_its_scopes_say() -> None:
    token = dataclasses.replace(ANNA, scopes=frozenset({"read"}))
    assert ANNA.allows("write")
    assert (token.allows("read"), token.allows("write")) == (True, False)
    assert not dataclasses.replace(ANNA, scopes=frozenset()).allows("read")


def test_nobody_makes_themselves_an_administrator() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ANNA.is_admin = True  # type: ignore[misc]  # what must not be possible
