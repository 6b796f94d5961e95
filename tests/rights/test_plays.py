"""Rights in what takes several steps in a row, which chance makes in some households and not in others."""

from typing import Any

import pytest

from tests.rights.asking import Asking
from tests.rights.machine import RightsMachine
from tests.rights.queries import BY_WAY, PASSED, THEN
from tests.rights.shares import ENDED

PLAYS: dict[str, tuple[str, Any]] = {
    "an acceptance is taken back": ("offer_to_who_asks", (0, 0, {"download"}, None, "undo")),
    "a refusal is taken back": ("offer_to_who_asks", (1, 0, {"download"}, None, "undo")),
    **{f"found, then: {then}": ("match", (0, 0, 2, then)) for then in sorted(set(THEN))},
    **{f"found without being asked, then: {then}": ("match", (1, 0, 2, then))
       for then in ("never", "take back", "private", "ask for it")},
    **{f"found by way of another collection, then: {then}": ("match_by_way", (1, thing, 2, then))
       for thing, then in zip((0, 2, 4, 6, 0, 1), BY_WAY, strict=True)},
    **{f"found of another, then: {then}": ("match_of_another", (2, 0, then)) for then in PASSED},
    **{f"contributed, then: {then}": ("bring", (0, 1, then)) for then in ENDED},
}  # fmt: skip
"""Steps of the household at work; numbers choose whose they are."""


@pytest.mark.parametrize("play", PLAYS)
def test_rights_follow_each_play(asking: Asking, play: str) -> None:
    RightsMachine.asking, RightsMachine.thorough = asking, False
    machine = RightsMachine()
    try:
        name, given = PLAYS[play]
        getattr(machine, name)(*given)
        assert machine.home.promises, "nobody was offered anything"
        for look in machine.invariants:
            look.function(machine)
    finally:
        machine.teardown()
