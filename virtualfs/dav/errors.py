"""What WebDAV answers to each error: the one table, and the one form of a refusal.

What is absent and what this viewer may not see answer alike, to the byte. A storage that is away is 503
and never 404: clients take a 404 for a deletion.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from html import escape
from http import HTTPStatus

from lxml import etree
from starlette.responses import Response
from wsgidav.dav_error import DAVError

from services.accounts.errors import SignInFailed
from services.errors import (
    AccessDenied,
    Conflict,
    HypomosError,
    NoSpace,
    NotFound,
    ReadOnly,
    SenderEnded,
    StorageError,
    StorageFull,
    StorageThrottled,
    Throttled,
    UsageError,
)

RETRY_S = 60
"""When to ask a storage again that could not be reached."""

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization",
}
"""On every answer: nothing of the network drive runs in a browser or stays in a shared cache."""

CHALLENGE = {"WWW-Authenticate": 'Basic realm="Hypomos", charset="UTF-8"'}
READ_ONLY = "This place is for reading only."
OTHERS_LOCK = "This lock was taken with another app password, and only that one gives it back."
SAID = {
    400: "A header of the request is missing or wrong (Depth, Destination, Overwrite, Lock-Token), or its XML is.",
    403: READ_ONLY,
    404: "Nothing here.",
    405: "There is something of this name already, so no folder can be made.",
    409: "The folder it is to lie in is not there.",
    412: "There is something of this name already, and the request does not want that replaced (Overwrite: F).",
    415: "This verb takes no body.",
}
"""What the statuses mean that wsgidav gives by itself: each has one reason, by which verbs we leave to it."""
SAID_OF = {("UNLOCK", 403): OTHERS_LOCK}
"""Where it has another one (RFC 4918, 9.11.1)."""

log = logging.getLogger(__name__)


class Refused(HypomosError):
    """Raised when a request cannot be done; carries the answer.

    `condition` is the precondition of RFC 4918 that failed (section 16); it makes the body XML.
    """

    def __init__(
        self, status: int, text: str, *, condition: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.condition = condition
        self.headers = dict(headers or {})


def reply_to(error: Exception) -> Response:
    """The answer to an error; what is no error of ours is logged and 500."""
    match error:
        case Refused():
            return refusal(error.status, str(error), error.condition, error.headers)
        case SignInFailed():
            return refusal(401, str(error), headers=CHALLENGE)
        case Throttled():
            return refusal(429, str(error), headers=_after(error.retry_after))
        case NotFound() | AccessDenied():
            return refusal(404, "Nothing here.")
        case ReadOnly() | UsageError():
            return refusal(403, str(error))
        case Conflict():
            return refusal(409, str(error))
        case SenderEnded():
            return refusal(400, str(error))
        case StorageFull():
            return refusal(507, str(error), "quota-not-exceeded")
        case NoSpace():
            return refusal(507, str(error), "sufficient-disk-space")
        case StorageThrottled():
            return refusal(503, "The storage asks to wait.", headers=_after(error.retry_after))
        case StorageError():
            return refusal(503, "The storage with this file cannot give it now.", headers=_after(RETRY_S))
        case _:
            log.error("a request to the network drive failed", exc_info=error)
            return refusal(500, "Something went wrong here. The log of Hypomos says what.")


def of_wsgidav(error: DAVError, method: str, address: Callable[[str], str | None]) -> Response:
    """An error of wsgidav in our words. `address` is where its canonical addresses are in the client's eyes."""
    condition = error.err_condition
    if condition is None:
        return in_our_words(error.value, method)
    hrefs = [href for href in map(address, condition.hrefs) if href is not None]
    name = etree.QName(condition.as_xml()[0]).localname
    return refusal(error.value, HTTPStatus(error.value).phrase + ".", name, hrefs=hrefs)


def in_our_words(status: int, method: str) -> Response:
    """What wsgidav refuses by itself, with the reason that the number has from it."""
    why = SAID_OF.get((method, status)) or SAID.get(status) or HTTPStatus(status).phrase + "."
    return refusal(status, why)


def refusal(
    status: int, text: str, condition: str = "", headers: Mapping[str, str] | None = None,
    hrefs: Iterable[str] = (),
) -> Response:  # fmt: skip
    """An answer that says no, in a line of text, or in XML where the protocol has a word for it."""
    given = COMMON | dict(headers or {})
    if not condition:
        return Response(f"{text}\n", status, given, "text/plain; charset=utf-8")
    inner = "".join(f"<D:href>{escape(href, quote=False)}</D:href>" for href in hrefs)
    word = f"<D:{condition}>{inner}</D:{condition}>" if inner else f"<D:{condition}/>"
    body = f'<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:">{word}</D:error>\n'
    return Response(body, status, given, "application/xml; charset=utf-8")


def _after(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, round(seconds)))}
