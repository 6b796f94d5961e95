"""One request as a handler sees it, and what a handler is."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.requests import Request
from starlette.responses import Response

from services.errors import NotFound, UsageError
from services.peers import Peer
from services.sharing import Visit
from services.storages import paths
from services.viewers import Viewer
from web import csrf
from web.bodies import Part
from web.context import Context
from web.errors import SignInNeeded

MAX_NUMBER = 2**63 - 1
"""What a database takes."""

Policy = Literal["public", "person", "admin", "guest"]


@dataclass(slots=True)
class Ask:
    """One request as a handler sees it.

    `viewer` is None only where the policy is `public`; behind `guest` it is a guest, whose `visit` says more, and
    `session` is theirs. `form` and `data` are what was posted (a form,
    or a JSON object); `body` and `files` where a rule says that it `streams`. `nonce` allows the page's
    import map. `content` is the content version from before anything of the page was asked for, where somebody is
    signed in: a page follows the news from there on.
    """

    request: Request
    context: Context
    peer: Peer
    viewer_or_none: Viewer | None
    session: str | None
    form: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    body: Iterator[bytes] = field(default_factory=lambda: iter(()))
    files: Iterator[Part] = field(default_factory=lambda: iter(()))
    visit_or_none: Visit | None = None
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    content: int | None = None

    @property
    def viewer(self) -> Viewer:
        """Who asks; only behind a policy that asks for somebody."""
        if self.viewer_or_none is None:
            raise SignInNeeded
        return self.viewer_or_none

    @property
    def visit(self) -> Visit:
        """What a guest is let in to; only behind the policy `guest`."""
        if self.visit_or_none is None:
            raise NotFound
        return self.visit_or_none

    @property
    def path(self) -> Mapping[str, str]:
        """The variable parts of the address."""
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark."""
        return self.request.query_params

    @property
    def file_path(self) -> str:
        """The path in a storage at the end of the address, whatever bytes it is made of."""
        address = bytes(self.request.scope["raw_path"]).partition(b"?")[0]
        return paths.to_text(unquote_to_bytes(address.partition(b"/files/")[2])).removesuffix("/")

    @property
    def asked_path(self) -> str:
        """The path in a storage that the query's `path` names, whatever bytes it is made of."""
        query: str = self.request.scope["query_string"].decode("latin-1")
        return dict(parse_qsl(query, errors="surrogateescape")).get("path", "")

    @property
    def picked(self) -> list[str]:
        """The ids of the items that were ticked on a page of pictures."""
        return [name.removeprefix("pick.") for name in self.form if name.startswith("pick.")]

    def number(self, name: str, default: int) -> int:
        """A whole number from the query; raises UsageError when it is none."""
        text = self.query.get(name)
        if text is None:
            return default
        try:
            value = int(text)
        except ValueError:
            value = MAX_NUMBER + 1
        if abs(value) > MAX_NUMBER:
            raise UsageError(f"{name} must be a whole number, not “{text[:40]}”.", field=name)
        return value

    @property
    def csrf_token(self) -> str:
        """The token for the forms of this page."""
        return csrf.token_for(self.context.secret, self.session or "")


Handler = Callable[[Ask], Response]
"""Answers one kind of request. Runs in a worker thread: the domain is synchronous."""
