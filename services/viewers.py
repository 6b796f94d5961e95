"""Whoever looks: the value that every function that hands out items takes first.

Today a viewer is a person; guests, screens and links become viewers with the events and shares.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Proof:
    """What a viewer showed: a row of `session` or `credential`. Checked again while bytes stream."""

    kind: Literal["session", "credential"]
    id: int


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who has proved who they are.

    `scopes` limits what a token may do (None: everything the person may). `not_after` is when the
    proof ends, microseconds since 1970. `letter_keys` tells whether single letters do something on pages.
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

    def allows(self, scope: str) -> bool:
        """Whether the proof carries this scope."""
        return self.scopes is None or scope in self.scopes
