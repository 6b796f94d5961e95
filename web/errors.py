"""What each error of the domain is in HTTP: one table for the pages and the API.

What is absent and what is forbidden answer with the same status and the same bytes.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.accounts import SignInFailed
from services.errors import (
    AccessDenied,
    Conflict,
    HypomosError,
    NoSpace,
    NotFound,
    ReadOnly,
    StorageError,
    StorageFull,
    StorageThrottled,
    Throttled,
    UsageError,
)
from services.filters import FilterError
from services.remotes import DraftEnded, StorageSignInFailed
from services.sharing import LinkEnded
from services.slots import BUSY_S, TooMany
from services.uploads import Busy, TooLarge, WrongOffset


class Forbidden(HypomosError):
    """Raised when a request is refused whoever asks: another site's form, a foreign host."""


class Unmatched(HypomosError):
    """Raised when a condition of the request (If-Match, If-None-Match) does not hold."""


class Untaken(HypomosError):
    """Raised for a body of a kind that is not taken there."""


class OtherProtocol(HypomosError):
    """Raised when somebody speaks another version of the protocol of uploads."""


class GivesWay(HypomosError):
    """Raised when somebody who sends files finds no place, or comes so slowly that others get theirs."""

    retry_after = BUSY_S


class SignInNeeded(HypomosError):
    """Raised when nobody is signed in where somebody must be."""

    def __init__(self) -> None:
        super().__init__("Please sign in.")


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as HTTP shows it (RFC 9457); `more` are members that its kind has besides."""

    status: int
    title: str
    detail: str
    field: str | None = None
    retry_after: int | None = None
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def problem_of(error: Exception) -> Problem:
    """The problem to answer with; anything unforeseen is a 500 that tells nothing."""
    match error:
        case DraftEnded():
            return Problem(
                404,
                "This has ended",
                "It was finished or cancelled, or nobody went on for an hour. Begin again.",
            )
        case LinkEnded():
            return Problem(410, "This has ended", f"Ask {error.who} whether they share it again.")
        case NotFound():
            return Problem(404, "Not found", "There is nothing here, or it is not shared with you.")
        case SignInNeeded() | SignInFailed():
            return Problem(401, "Sign in", str(error))
        case Forbidden() | AccessDenied():
            return Problem(403, "Not allowed", str(error))
        case FilterError():
            place = {"position": error.position, "length": error.length}
            more = {**place, "message": error.message, "suggestions": list(error.suggestions)}
            return Problem(400, "This query cannot be used", str(error), field=error.field, more=more)
        case TooLarge():
            return Problem(413, "Too large", str(error), field=error.field, more={"most": error.most})
        case Untaken():
            return Problem(415, "Not taken", str(error))
        case OtherProtocol():
            return Problem(412, "Another version", str(error))
        case WrongOffset():
            return Problem(409, "Not the place to go on", str(error), more={"offset": error.got})
        case Busy():
            return Problem(423, "Busy", str(error))
        case UsageError():
            return Problem(422, "This cannot be used", str(error), field=error.field)
        case Conflict():
            return Problem(409, "Already taken", str(error), field=error.field)
        case Throttled():
            return Problem(429, "Too many tries", str(error), retry_after=max(1, round(error.retry_after)))
        case TooMany():
            text = "As many downloads as may be are running already. Try again when one of them has ended."
            return Problem(503, "Too much at once", text, retry_after=error.retry_after)
        case GivesWay():
            return Problem(503, "Too much at once", str(error), retry_after=error.retry_after)
        case Unmatched():
            return Problem(412, "Changed meanwhile", str(error))
        case ReadOnly():
            return Problem(403, "Not allowed", str(error))
        case StorageSignInFailed():
            return Problem(422, "The sign-in did not work", str(error))
        case StorageThrottled():
            return Problem(
                503, "The storage asks to wait", str(error), retry_after=round(error.retry_after) or 1
            )
        case NoSpace() | StorageFull():
            return Problem(507, "No room left", str(error))
        case StorageError():
            return Problem(503, "The storage cannot be reached", str(error), retry_after=30)
        case HypomosError():
            return Problem(400, "That did not work", str(error))
        case _:
            return Problem(500, "Something went wrong", "The error is in the log of the appliance.")
