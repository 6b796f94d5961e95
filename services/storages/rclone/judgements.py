"""How a kind of storage is judged that has no form of our own: the words of the table in `judged.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from services.storages.rclone.forms import Kind, Root, SignIn


@dataclass(frozen=True)
class Judgement:
    """What may be set of one type of rclone's; all that is not `allowed` may not.

    Keys are separated by spaces. `allowed` may be set; `refused` were looked at and may not, by the reason:
    what stands in neither is new, and refused until somebody decides. `kinds` are those that mean more than
    rclone's own type says: hosts and addresses above all, which are checked. `strict` ones take only what rclone
    gives as examples, `patterns` what the expression allows (and what that is in words): with both, nothing in
    them becomes a host. `needed` are required besides those that rclone requires; `defaults` win over
    rclone's and are written down. The rest is as in `forms.Provider`.
    """

    type: str
    title: str
    icon: str
    sign_in: SignIn
    allowed: str
    refused: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    strict: str = ""
    patterns: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    needed: str = ""
    one_of: tuple[tuple[str, ...], ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    root: Root = "folder"
    limits: tuple[str, ...] = ()

    @cached_property
    def allowed_keys(self) -> frozenset[str]:
        """What may be set."""
        return frozenset(self.allowed.split())

    @cached_property
    def refused_keys(self) -> Mapping[str, str]:
        """What was looked at and may not be set, with the reason."""
        return by_key(self.refused)

    @property
    def has_free_endpoint(self) -> bool:
        """Whether a person chooses the host."""
        return any(kind in {"host", "url"} for kind in self.kinds.values())


def by_key(reasons: Mapping[str, str]) -> dict[str, str]:
    """From keys by reason to the reason of each key."""
    return {key: reason for reason, keys in reasons.items() for key in keys.split()}
