"""How the protocols over HTTP say what is wrong, and what a listing looks like in them. Here and only here.

What is said is what the services themselves say: the names of errors are Amazon's and Microsoft's.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

RETRY_AFTER = "1"
"""Microsoft's library waits so long itself, several times."""
STATUSES = ("401", "403", "404", "429", "500", "503", "507")


@dataclass(frozen=True)
class Answer:
    """An answer of a server."""

    status: int
    head: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Dialect(ABC):
    """One protocol."""

    entry: re.Pattern[bytes]
    """One entry of a listing, as it stands in an answer."""

    said: ClassVar[Mapping[str, tuple[int, str]]]
    """Status and name of the error, by the status that a person would name."""

    def refusal(self, status: str) -> Answer:
        """What a server answers that refuses a request so. Asks to wait with 429 and 503."""
        code, name = self.said[status]
        head = {"Retry-After": RETRY_AFTER} if status in {"429", "503"} else {}
        return Answer(code, head | self.head(name), self.body(code, name))

    def head(self, name: str) -> dict[str, str]:
        """Headers of an answer that says what is wrong."""
        del name
        return {"Content-Type": "application/xml"}

    @abstractmethod
    def body(self, status: int, name: str) -> bytes:
        """Its body."""

    @abstractmethod
    def is_listing(self, method: str, target: str, depth: str) -> bool:
        """Whether this asks what is in a folder; `depth` is the header of that name, which WebDAV has."""

    def listing_without(self, kind: str, body: bytes) -> bytes:
        """A listing that is `empty`, or `partial`: every second entry of it."""
        found = list(self.entry.finditer(body))
        for match in reversed(found if kind == "empty" else found[1::2]):
            body = body[: match.start()] + body[match.end() :]
        return body


class WebDav(Dialect):
    """RFC 4918; the first entry is the folder itself."""

    entry = re.compile(rb"(?<=</D:response>)\s*<D:response>.*?</D:response>", re.DOTALL)
    said: ClassVar = {
        str(code): (code, HTTPStatus(code).phrase) for code in (401, 403, 404, 429, 500, 503, 507)
    }

    def body(self, status: int, name: str) -> bytes:
        return f"{name}\n".encode()

    def head(self, name: str) -> dict[str, str]:
        told = {"Content-Type": "text/plain; charset=utf-8"}
        return told | ({"WWW-Authenticate": 'Basic realm="files"'} if name == "Unauthorized" else {})

    def is_listing(self, method: str, target: str, depth: str) -> bool:
        return method == "PROPFIND" and depth == "1" and target.endswith("/")


class S3(Dialect):
    """Amazon's; it has no 401: a key that is not known any more is a 403 of that name."""

    entry = re.compile(rb"<(Contents|CommonPrefixes)>.*?</\1>", re.DOTALL)
    said: ClassVar = {
        "401": (403, "InvalidAccessKeyId"), "403": (403, "AccessDenied"), "404": (404, "NoSuchBucket"),
        "429": (429, "TooManyRequests"), "500": (500, "InternalError"), "503": (503, "SlowDown"),
        "507": (507, "XMinioStorageFull"),
    }  # fmt: skip

    def body(self, status: int, name: str) -> bytes:
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{name}</Code><Message>This is {name}.</Message>'
            "<RequestId>4442587FB7D0A2F9</RequestId></Error>"
        ).encode()

    def is_listing(self, method: str, target: str, depth: str) -> bool:
        asked = parse_qs(urlsplit(target).query, keep_blank_values=True)
        return method == "GET" and bool(asked.keys() & {"list-type", "delimiter", "prefix"})


class Azure(Dialect):
    """Microsoft's; the name of an error stands in a header too, which answers to HEAD have."""

    entry = re.compile(rb"<(Blob|BlobPrefix)>.*?</\1>", re.DOTALL)
    said: ClassVar = {
        "401": (403, "AuthenticationFailed"), "403": (403, "AuthorizationFailure"), "404": (404, "ContainerNotFound"),
        "429": (429, "TooManyRequests"), "500": (500, "InternalError"), "503": (503, "ServerBusy"),
    }  # fmt: skip

    def head(self, name: str) -> dict[str, str]:
        return super().head(name) | {"x-ms-error-code": name, "x-ms-version": "2023-11-03"}

    def body(self, status: int, name: str) -> bytes:
        return (
            f'\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{name}</Code>'
            f"<Message>This is {name}.\nTime:2026-11-26T10:00:00Z</Message></Error>"
        ).encode()

    def is_listing(self, method: str, target: str, depth: str) -> bool:
        return method == "GET" and "list" in parse_qs(urlsplit(target).query).get("comp", ())
