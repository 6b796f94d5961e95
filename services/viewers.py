"""Whoever looks: the value that every function that hands out items takes first.

A viewer is a person, a guest of one event or one link, or a screen. Only persons own items.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Proof:
    """What a viewer showed: a row of `session`, `credential`, `guest` or `device`. Checked again while bytes stream."""

    kind: Literal["session", "credential", "guest", "device"]
    id: int


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who has proved who they are.

    A guest and a screen have the `user_id` 0, which nobody has; a guest is of one event (`event_id`) or one
    link (`share_id`).

    `scopes` limits what a token may do (None: everything the person may). `not_after` is when the
    proof ends, microseconds since 1970; `cred_version` is the one it was made with. `letter_keys` tells
    whether single letters do something on pages.
    `proof` is None only for commands run on the appliance itself.
    """

    user_id: int
    login: str
    display: str
    role: Literal["adult", "child"] = "adult"
    is_admin: bool = False
    cred_version: int = 1
    language: str = ""
    zone: str = ""
    letter_keys: bool = True
    scopes: frozenset[str] | None = None
    proof: Proof | None = None
    not_after: int | None = None
    kind: Literal["person", "guest", "screen"] = "person"
    guest_id: int | None = None
    event_id: int | None = None
    share_id: int | None = None
    screen_id: int | None = None

    def allows(self, scope: str) -> bool:
        """Whether the proof carries this scope."""
        return self.scopes is None or scope in self.scopes
