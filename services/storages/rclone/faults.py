"""What went wrong with a far storage, read out of what rclone says. Here and only here.

The daemon answers every fault of a storage with status 500 and a text; only a missing object has an
answer of its own. What is not recognised is Unavailable: never "not found", which could delete.
Patterns were read off rclone 1.75.2; those for clouds are from its sources.
"""

import re
from collections.abc import Iterable

from services.errors import (
    Forbidden,
    StorageError,
    StorageFull,
    StorageNotFound,
    StorageThrottled,
    Unauthorized,
    Unavailable,
)
from services.names import shown
from services.storages import causes
from services.storages.rclone.egress import refused_host

WAIT_S = 60.0
"""How long to wait for a storage that asks to, when it does not say how long."""
LONGEST_WAIT_S = 24 * 3600.0
"""A storage that asks for more is asked again after this."""

CLOCKS_DIFFER = "its clock and that of this machine differ: look at the time of both"
_CLOCKS = re.compile(
    r"RequestTimeTooSkewed|request date header too old|not yet valid: current time \S+ is before",
    re.IGNORECASE,
)
"""Requests are signed with the time, and certificates begin: S3 and Azure name neither the key nor the clock alone."""
_UNAUTHORIZED = re.compile(
    r"\b401\b|invalid_grant|unauthenticated|token (has )?expired|expired token|InvalidAccessKeyId|"
    r"SignatureDoesNotMatch|unable to authenticate|AuthenticationFailed|"
    r"(invalid|expired)_access_token|InvalidAuthenticationToken|empty token found|invalid_client|"
    r"logon is invalid|account password has expired|"
    r"account is currently disabled|automatically locked because|password must be changed before|"
    r"FTP connection to [^ ]+: 530 |failed to authenticate the request|"
    r"unexpected message type 51 \(expected 60\)",  # a server of SFTP that asks for nothing more after a wrong password
    re.IGNORECASE,
)
_NO_TOKEN = re.compile(r"couldn't fetch token", re.IGNORECASE)
_PASSING = re.compile(
    r"\bdial tcp\b|\bsocks connect\b|\btime(d )?out\b|timeout|deadline exceeded|connection reset|\bEOF\b|"
    r"cannot fetch token: (5\d\d|429)\b",
    re.IGNORECASE,
)
"""What keeps a token from being renewed just now, and says nothing of the sign-in."""
_THROTTLED = re.compile(
    r"\b429\b|rateLimitExceeded|SlowDown|activityLimitReached|too many requests|too_many_requests|throttl|"
    r"\bServerBusy\b",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile(
    r"\b403\b|AccessDenied|AuthorizationFailure|permission denied|forbidden|missing_scope", re.IGNORECASE
)
_FULL = re.compile(
    r"\b507\b|insufficient storage|no space left|(?<!download)quota ?(Exceeded|LimitReached)|storageQuotaExceeded|"
    r"insufficient_space|file too large|disk (is|was) full",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"(directory|object|file) not found|not a directory|name too long|"
    r"readdir .*: response error: The request is not supported",  # Samba of a file that is listed as a folder
    re.IGNORECASE,
)
_RETRY_AFTER = re.compile(r"retry[- ]after[^0-9]{0,20}(\d{1,6})", re.IGNORECASE)
"""As a storage itself may say it, in seconds."""
_TRY_AGAIN = re.compile(
    r"\b(?:trying again in|try again after(?: [^ ()]{1,40})?) \(?((?:\d{1,9}(?:\.\d{1,9})?(?:h|ms?|s|[uµμ]s|ns))+)"
)
"""As rclone says it: in a duration of Go, after the moment where it knows that."""
_PART = re.compile(r"([\d.]+)([a-zµμ]+)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3}
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{0,20}://\S+|(?<!\S)\S*?\?[\w.-]+=\S*", re.IGNORECASE)
"""Addresses, also those that leave out the server."""
_TELLING = re.compile(r"\w\W+\w")
"""What a path has that no word of a text is."""
_PREAMBLE = re.compile(
    r"^(error in ListJSON|couldn't list files|error listing|stat failed|failed to \w+ \w+|read metadata failed): "
)
_AZURE = re.compile(
    r"-{20,} ?RESPONSE \d{3}: (?P<status>[^-.]{1,80})[^-]{0,400}? ERROR CODE: (?P<code>\w{1,60})"
)
"""The heart of what Microsoft's library says, which is a page with rulers and the whole answer."""
_UNSUPPORTED = re.compile(r"\bnot supported\b|doesn't support|not implemented", re.IGNORECASE)
_LONGEST = 300


def from_answer(status: int, text: str, *, is_json: bool, named: Iterable[str] = ()) -> StorageError:
    """The error for an answer of the daemon that is none of success, to a request that `named` these paths.

    A 404 is an absent object or folder only as JSON; as plain text it is any failure to open a file.
    """
    paths = tuple(named)
    if is_json and (status == 404 or _ABSENT.search(_unnamed(text, paths))):
        return StorageNotFound("There is no such file or folder in the storage.")
    return from_text(text, paths)


def from_text(text: str, named: Iterable[str] = ()) -> StorageError:
    """The error for what rclone says of a fault of something at one of the paths that were `named`."""
    said = _said(text)
    if refused := refused_host(text):
        return Forbidden(
            f"Hypomos does not connect to {shown(refused[0])}: the administrator can name it in the setting "
            "storage_hosts_allowed."
        )
    text = _unnamed(text, named)  # a folder called 401, or Forbidden City, says nothing
    if _CLOCKS.search(text):
        return Unavailable(f"The storage cannot be reached just now ({CLOCKS_DIFFER}).")
    if _UNAUTHORIZED.search(text) or (_NO_TOKEN.search(text) and not _PASSING.search(text)):
        return Unauthorized(f"The storage wants a new sign-in ({said}).")
    if _THROTTLED.search(text):
        seconds = _wait_s(text)
        return StorageThrottled(f"The storage asks to wait {seconds:.0f} seconds.", retry_after=seconds)
    if _FULL.search(text):
        return StorageFull(f"No room left in the storage ({said}).")
    if _FORBIDDEN.search(text):
        return Forbidden(f"The storage refuses this: the account may lack the right to it ({said}).")
    said = causes.in_words(text) or said
    return Unavailable(f"The storage cannot be reached just now ({said}).")


def is_unsupported(error: Unavailable) -> bool:
    """Whether a storage cannot do what was asked at all, rather than just now."""
    return _UNSUPPORTED.search(str(error)) is not None


def without_addresses(text: str) -> str:
    """A text without addresses: those may hold passwords, tokens and signatures."""
    return _ADDRESS.sub("…", text)


def _unnamed(text: str, named: Iterable[str]) -> str:
    """A text without addresses and paths, in which everything may stand."""
    text = without_addresses(text)
    forms = {form for path in named for form in (path, path.replace("/", "\\"), path.rpartition("/")[2])}
    for form in sorted(filter(_TELLING.search, forms), key=len, reverse=True):
        text = text.replace(form, "…")
    return text


def _wait_s(text: str) -> float:
    """How long a storage that asks to wait wants that."""
    if wait := _TRY_AGAIN.search(text):
        seconds = sum(float(number) * _UNITS.get(unit, 0.0) for number, unit in _PART.findall(wait[1]))
    elif wait := _RETRY_AFTER.search(text):
        seconds = float(wait[1])
    else:
        return WAIT_S
    return min(max(seconds, 1.0), LONGEST_WAIT_S)


def _said(text: str) -> str:
    """What rclone said, short enough for a sentence and without addresses: those may hold secrets."""
    line = " ".join(without_addresses(text).split())
    if azure := _AZURE.search(line):
        line = f"{azure['status']}: {azure['code']}"
    while found := _PREAMBLE.match(line):
        line = line[found.end() :]
    return (
        shown(line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…").rstrip(".") or "no reason given"
    )
