"""The header `If` (RFC 4918, 10.4): which lock tokens came, and whether the state is the one the client means.

wsgidav's parser and its test are used; here their input is put right (tokens that stand close, tagged addresses), and
what is known of a resource is bound to canonical addresses. For wsgidav's verbs too it is judged before it is asked.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wsgidav import util

from virtualfs.dav.errors import Refused

LONGEST = 8 * 1024
"""Characters of the header: its parser takes time that grows with their square."""

_PIECE = re.compile(r'<[^>]*>|\[(?:W/)?"[^"]*"\]')


@dataclass(frozen=True, slots=True)
class Conditions:
    """The parsed header. `lists` are wsgidav's, by canonical address or `*`; None: there was no header."""

    lists: Mapping[str, Any] | None
    tokens: Sequence[str]

    def into(self, environ: dict[str, Any]) -> None:
        """Leave the tokens where wsgidav looks before it parses by itself; there is nothing left for it to judge."""
        environ["wsgidav.conditions.if"] = None
        environ["wsgidav.ifLockTokenList"] = list(self.tokens)

    def hold(self, url: str, etags: Collection[str], tokens: Sequence[str]) -> bool:
        """Whether they hold for what is at `url`: with one of these bare tags, under locks with these tokens."""
        if self.lists is None:
            return True
        return bool(util.test_if_header_dict(_Tagged(), self.lists, url, tokens, _Tags(etags)))


NONE = Conditions(None, ())


def parse(headers: Mapping[str, str], canonical: Callable[[str], str | None]) -> Conditions:
    """The conditions of a request. `canonical` makes the canonical address of one that a client wrote (None: no such).

    Raises Refused (400) for a header that is too long or holds nothing.
    """
    text = headers.get("if")
    if text is None:
        return NONE
    if len(text) > LONGEST:
        raise Refused(400, "The header If is too long.")
    environ = {"HTTP_IF": _PIECE.sub(lambda m: f" {m[0]} ", text).replace("( ", "(").replace(" )", ")")}
    util.parse_if_header_dict(environ)
    parsed: dict[str, list[Any]] = environ["wsgidav.conditions.if"]  # type: ignore[assignment]  # left there by it
    if not parsed:
        raise Refused(400, "The header If has no condition in it.")
    lists: dict[str, list[Any]] = {}
    for address, conditions in parsed.items():
        url = "*" if address == "*" else canonical(address)
        lists.setdefault(url or address, []).extend(conditions)
    return Conditions(lists, environ["wsgidav.ifLockTokenList"])


class _Tagged:
    """A resource, as far as wsgidav's test asks."""

    def support_etag(self) -> bool:
        return True


class _Tags:
    """Equal to any of the tags by which the same bytes have been known."""

    def __init__(self, tags: Collection[str]) -> None:
        self._tags = tags

    def __eq__(self, other: object) -> bool:
        return other in self._tags

    def __hash__(self) -> int:
        raise TypeError("not to be hashed")
