"""Requests to the JSON APIs of cloud providers: here and only here httpx2 is used, and imported when first asked.

A request has a deadline as a whole, so that an answer which drips in never holds a worker; an answer
has a largest size; no redirect is followed, because a token must not travel to another host; proxies
and passwords of the environment (`HTTPS_PROXY`, `.netrc`) are not looked at. Every way in which a
provider fails is a StorageError in words.

Not covered by the deadline: looking up a host's name, which the system's resolver ends by itself.

Threading: one JsonApi may be used from several threads at once.
"""

import json
import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit

from services import clock
from services.errors import Forbidden, StorageThrottled, Unauthorized, Unavailable
from services.names import shown
from services.storages import causes

if TYPE_CHECKING:
    import httpx2

MOST_BYTES = 64 * 1024 * 1024
"""No page of changes comes near this; what is larger is no answer to us."""

REQUEST_S = 30.0
"""The longest silence of a provider within one request."""

PAUSE_S = 30.0
"""How long to wait when a provider asks to wait and does not say how long."""

LONGEST_PAUSE_S = 24 * 3600.0

_TEXT_BYTES = 2048


class Deadline:
    """A point in time after which no more is waited, counted from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds left; 0 when it is over."""
        return max(0.0, self._end - time.monotonic())


class Answer(NamedTuple):
    """What a provider answered: `data` is the JSON object, None when there was none; then `text` begins it."""

    status: int
    data: Mapping[str, Any] | None
    headers: Mapping[str, str]
    text: str = ""

    @property
    def ok(self) -> bool:
        """Whether the request was done."""
        return 200 <= self.status < 300

    def get(self, key: str) -> Any:
        """A member of the object, None when it is not there."""
        return (self.data or {}).get(key)


class JsonApi:
    """Speaks to the API of one provider; `title` is its name in messages. Nothing is opened before `ask`."""

    def __init__(self, title: str, *, request_s: float = REQUEST_S, most_bytes: int = MOST_BYTES) -> None:
        self.title = title
        self._request_s = request_s
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._made: httpx2.Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. It may be used again afterwards."""
        with self._lock:
            client, self._made = self._made, None
        if client is not None:
            client.close()

    def ask(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        bearer: str | None = None,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        """One request and its whole answer, whatever its status. Raises Unavailable.

        `form` is sent as a form (RFC 6749), `body` as JSON, `bearer` in the header (RFC 6750).
        """
        require_https(url)
        import httpx2  # here, so that serving does not pay for it before somebody connects a storage

        headers = {"Accept": "application/json"}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        try:
            client = self._client()
            if (left := deadline.left()) <= 0:  # the first time it takes a while to get ready
                raise self._too_slow()
            with client.stream(
                method, url, params=params, data=form, json=body, headers=headers,
                timeout=min(self._request_s, left),
            ) as response:  # fmt: skip
                content = self._content(response, deadline)
        except httpx2.TimeoutException:
            raise self._too_slow() from None
        except (httpx2.NetworkError, httpx2.RemoteProtocolError, httpx2.DecodingError, OSError) as error:
            raise Unavailable(f"{self.title} cannot be reached: {_cause(error)}.") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError):
            # these quote what was to be sent, which may be a token
            raise Unavailable(f"{self.title} cannot be asked: the request is not valid.") from None
        data = _object(content)
        text = content[:_TEXT_BYTES].decode("utf-8", "replace") if data is None else ""
        return Answer(response.status_code, data, dict(response.headers.items()), text)

    def checked(self, answer: Answer) -> Mapping[str, Any]:
        """The object of a successful answer; raises the StorageError that the answer means."""
        if answer.ok:
            if answer.data is None:
                raise self.puzzled()
            return answer.data
        wait = retry_after(answer.headers)
        if answer.status == 401:
            raise Unauthorized(f"{self.title} wants a new sign-in.")
        if answer.status == 429 or (answer.status in {503, 509} and wait is not None):
            raise self.throttled(wait)
        if answer.status == 403:
            raise Forbidden(f"{self.title} does not allow this.")
        raise Unavailable(f"{self.title} answered with an error (status {answer.status}).")

    def throttled(self, wait: float | None) -> StorageThrottled:
        """The error for a provider that asks to wait, `wait` seconds if it said so."""
        seconds = PAUSE_S if wait is None else wait
        return StorageThrottled(
            f"{self.title} asks to wait {max(1, round(seconds))} seconds.", retry_after=seconds
        )

    def puzzled(self) -> Unavailable:
        """The error for an answer that is not of the documented form."""
        return Unavailable(f"{self.title} answered something that Hypomos does not understand.")

    def _too_slow(self) -> Unavailable:
        return Unavailable(f"{self.title} took too long to answer.")

    def _content(self, response: "httpx2.Response", deadline: Deadline) -> bytes:
        pieces = bytearray()
        for piece in response.iter_bytes():
            pieces += piece
            if len(pieces) > self._most_bytes:
                raise Unavailable(f"{self.title} sent more than an answer can have.")
            if deadline.left() <= 0:
                raise self._too_slow()
        return bytes(pieces)

    def _client(self) -> "httpx2.Client":
        import httpx2  # as above

        with self._lock:
            if self._made is None:
                # it writes every address at level INFO, and addresses hold ids of files
                logging.getLogger("httpx2").setLevel(logging.WARNING)
                self._made = httpx2.Client(trust_env=False, follow_redirects=False)
            return self._made


def require_https(url: str) -> None:
    """Raises ValueError for an address to which no token may be sent: http is for this machine alone."""
    at = urlsplit(url)
    if at.scheme == "https" and at.hostname:
        return
    if at.scheme == "http" and _is_loopback(at.hostname or ""):
        return
    raise ValueError("an address of a provider begins with https")


def same_origin(url: str, base: str) -> bool:
    """Whether both addresses lead to the same scheme, host and port."""
    try:
        one, other = urlsplit(url), urlsplit(base)
    except ValueError:
        return False
    return (one.scheme, one.netloc.lower()) == (other.scheme, other.netloc.lower())


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that Retry-After asks for (RFC 9110, 10.2.3: seconds or a date), None when it does not."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = when.replace(tzinfo=when.tzinfo or UTC).timestamp() - clock.now() / clock.SECOND
    if seconds != seconds:  # “nan” is a number to float()
        return None
    return min(max(seconds, 1.0), LONGEST_PAUSE_S)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _object(content: bytes) -> Mapping[str, Any] | None:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _cause(error: Exception) -> str:
    """What went wrong, on one short line: in our words where they are known."""
    text = shown(str(error)).strip().rstrip(".")
    return causes.in_words(text) or text[:200] or type(error).__name__
