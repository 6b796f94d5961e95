"""What a token may be allowed to do, and who may give which: here and only here.

App passwords carry the `webdav:` scopes, API tokens the others. A scope never gives more than its
person has: what somebody may grant is asked again whenever the token is shown.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from services.errors import UsageError

TokenKind = Literal["app", "api"]

SCOPES: Mapping[str, str] = {
    "webdav:read": "Read the network drive",
    "webdav:write": "Change files on the network drive",
    "read": "See and download what the person may see",
    "write": "Change the person's things: items, collections, storages, shares",
    "credentials": "List and end the person's sessions and tokens; make tokens with no more rights",
    "admin": "Run accounts and the appliance (administrators only)",
}
"""Every scope with its meaning in words for people."""

_OF_KIND: Mapping[str, frozenset[str]] = {
    "app": frozenset({"webdav:read", "webdav:write"}),
    "api": frozenset({"read", "write", "credentials", "admin"}),
}
_INCLUDES: Mapping[str, frozenset[str]] = {
    "webdav:write": frozenset({"webdav:read"}),
    "write": frozenset({"read"}),
}
_CHILD = frozenset({"webdav:read", "webdav:write", "read"})
_USUAL: Mapping[str, frozenset[str]] = {
    "app": frozenset({"webdav:read", "webdav:write"}),
    "api": frozenset({"read", "write"}),
}


def grantable(kind: str, *, role: str, is_admin: bool) -> frozenset[str]:
    """The scopes that a person of this role may put into a token of this kind."""
    allowed = _OF_KIND.get(kind, frozenset())
    if role == "child":
        return allowed & _CHILD  # nothing that acts in a child's name without the child
    return allowed if is_admin else allowed - {"admin"}


def usual(kind: str, *, role: str) -> frozenset[str]:
    """What a token gets when nobody says: everyday work, no administration, no credentials."""
    return _USUAL.get(kind, frozenset()) & grantable(kind, role=role, is_admin=False)


def checked(kind: str, wanted: Iterable[str], *, allowed: frozenset[str]) -> frozenset[str]:
    """The wanted scopes with those they include; raises UsageError for what does not exist or fit.

    `allowed` are the ones the maker may give.
    """
    if kind not in _OF_KIND:
        raise UsageError(f"There is no kind of token “{kind}”: it is app or api.", field="kind")
    asked = frozenset(wanted)
    for scope in sorted(asked - allowed):
        known = sorted(_OF_KIND[kind])
        if scope in _OF_KIND[kind]:
            raise UsageError(f"The scope “{scope}” is more than may be given here.", field="scopes")
        raise UsageError(f"There is no scope “{scope}” for this kind: {', '.join(known)}.", field="scopes")
    if not asked:
        raise UsageError("A token needs at least one scope.", field="scopes")
    return asked.union(*(_INCLUDES.get(scope, frozenset()) for scope in asked)) & (allowed | asked)
