"""The form of a provider, as data, and the cleaning of what a person wrote into it.

What leaves here goes into rclone's configuration as it is. That file has a syntax of its own, which rclone
does not escape: control characters end a line, white space around a value is dropped, a backtick and three
quotes begin other kinds of text, `%(key)s` is replaced by another value. None of it gets through, except in
passwords, which rclone writes obscured.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from services.errors import UsageError
from services.names import shown

Kind = Literal[
    "text", "password", "number", "size", "duration", "choice", "lines", "pem", "host", "port", "url", "token", "bool"
]  # fmt: skip
"""How a field is filled in. Of several lines are `lines`, `pem` (a private key) and `token` (what rclone
prints after a sign-in); sizes and durations are written as rclone writes them: 64Mi, 1m30s."""

SignIn = Literal["password", "key", "device_code", "code", "paste_back", "token"]
"""How one signs in: name and password; keys; a code typed at the provider; a code typed here; the address
of the last page pasted here; a token pasted here."""

Root = Literal["folder", "bucket", "share"]
"""What the first part of a path in the storage is: a folder like the others, or a bucket or share, which
must exist and below which everything lies."""

MAX_TEXT, MAX_LINES = 2048, 16384

_REWRITTEN = re.compile(r'`|"""|%\([^)]*\)s')
_PEM = re.compile(
    r"-----BEGIN (?P<kind>[A-Z ]*PRIVATE KEY)-----\s+(?P<body>[A-Za-z0-9+/=:,\s-]+?)\s+-----END (?P=kind)-----"
)
_PEM_LINE = re.compile(r"[A-Za-z0-9+/=]*|(?:Proc-Type|DEK-Info): [A-Z0-9a-z,-]+")
_SIZE = re.compile(r"off|[0-9]{1,9}(\.[0-9]{1,3})?([BKMGTPE]|[KMGTPE]i?B?)?")
_DURATION = re.compile(r"off|([0-9]{1,9}(\.[0-9]{1,9})?(ms|s|m|h|d|w|M|y))+")
_TOKEN_KEYS = frozenset({"access_token", "token_type", "refresh_token", "expiry", "expires_in"})


class Choice(NamedTuple):
    """One value of a choice, and what people read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One option of a storage: the name rclone knows it by, and how a form shows it.

    `secret` values are never shown again; `obscured` ones are those that rclone writes obscured.
    `pattern` is what the whole value must look like, `pattern_words` that in words. An `implied` default is
    rclone's own: it is shown, and not written down. `only_for` is rclone's rule for which values of the field
    `provider` the option is (`is_for`), empty for all. `foreign` says that the help is rclone's own words.
    The `choices` of a kind that takes any value are suggestions.
    """

    key: str
    label: str
    kind: Kind = "text"
    help: str = ""
    required: bool = False
    secret: bool = False
    obscured: bool = False
    default: str = ""
    choices: tuple[Choice, ...] = ()
    advanced: bool = False
    pattern: str = ""
    pattern_words: str = ""
    implied: bool = False
    only_for: str = ""
    foreign: bool = False

    def is_for(self, provider: str) -> bool:
        """Whether the option is there for a value of the field `provider`, as rclone reads its own rule."""
        names = self.only_for.removeprefix("!").split(",")
        return not (self.only_for and provider) or (provider in names) != self.only_for.startswith("!")

    @property
    def is_endpoint(self) -> bool:
        """Whether a person says here where to connect to."""
        return self.kind in {"host", "url"}

    @property
    def is_of_server(self) -> bool:
        """Whether another value here may lead to another server."""
        return self.is_endpoint or self.kind == "port"


@dataclass(frozen=True, slots=True)
class Provider:
    """What Hypomos offers of one type of rclone's.

    `fixed` is set for every such storage, `given` may only come from a finished sign-in, and of each set in
    `one_of` at least one option is needed. `generic` ones have the form that rclone's own list gives them
    (`generic.py`); until it was asked they have no fields, and `free_endpoint` tells of them.
    """

    type: str
    title: str
    icon: str
    sign_in: SignIn
    fields: tuple[Field, ...]
    root: Root = "folder"
    limits: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    one_of: tuple[tuple[str, ...], ...] = ()
    generic: bool = False
    free_endpoint: bool = False

    @property
    def has_free_endpoint(self) -> bool:
        """Whether a person chooses the host; not for children."""
        return self.free_endpoint or any(each.is_endpoint for each in self.fields)

    def find_field(self, key: str) -> Field | None:
        """The field of this name."""
        return next((each for each in self.fields if each.key == key), None)


def clean(form: Field, value: object) -> str:
    """A value as rclone's configuration takes it, empty for none; raises UsageError with the field.

    Hosts and addresses are only cleaned as text here. A secret is never in the message.
    """
    text = _as_text(form, value)
    if form.kind == "pem":
        return _pem(form, text)
    if form.kind == "lines":
        return _lines(form, text)
    if not form.obscured:
        text = text.strip()
    if not text:
        return ""
    if form.kind == "token":
        return _token(form, text)
    require_storable(form.key, form.label, text, obscured=form.obscured)
    _CHECKS.get(form.kind, _no_more)(form, text)
    if form.pattern and not re.fullmatch(form.pattern, text):
        raise UsageError(f"{form.label} must be {form.pattern_words}.", field=form.key)
    return text.lower() if form.kind == "bool" else text


def require_storable(
    key: str, label: str, text: str, *, obscured: bool = False, limit: int = MAX_TEXT
) -> None:
    """Raise UsageError for a value that rclone's configuration would not give back as it was."""
    if len(text) > limit:
        raise UsageError(f"{label} is too long: at most {limit} characters.", field=key)
    if any(_is_control(char) for char in text):
        raise UsageError(f"{label} must not have control characters or line breaks.", field=key)
    if not obscured and (_REWRITTEN.search(text) or text != text.strip()):
        raise UsageError(f"{label} must not have a backtick, three quotes or “%(…)s”.", field=key)


def _as_text(form: Field, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UsageError(f"{form.label} must be a text.", field=form.key)
    return value


def _is_control(char: str) -> bool:
    """Control and direction characters, separators of lines, half characters and the byte order mark."""
    return unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp", "Cf"} and char not in "\u200c\u200d"


def _number(form: Field, text: str) -> None:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise UsageError(f"{form.label} must be a whole number, not “{shown(text)[:40]}”.", field=form.key)


def _port(form: Field, text: str) -> None:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise UsageError(f"{form.label} must be a number from 1 to 65535.", field=form.key)


def _bool(form: Field, text: str) -> None:
    if text.lower() not in {"true", "false"}:
        raise UsageError(f"{form.label} must be true or false, not “{shown(text)[:40]}”.", field=form.key)


def _choice(form: Field, text: str) -> None:
    known = [choice.value for choice in form.choices]
    if text not in known:
        raise UsageError(
            f"{form.label} must be one of {', '.join(known)}, not “{shown(text)[:40]}”.", field=form.key
        )


def _size(form: Field, text: str) -> None:
    if not _SIZE.fullmatch(text):
        raise UsageError(
            f"{form.label} must be a size such as 64Mi, not “{shown(text)[:40]}”.", field=form.key
        )


def _duration(form: Field, text: str) -> None:
    if not _DURATION.fullmatch(text):
        raise UsageError(
            f"{form.label} must be a duration such as 1m30s, not “{shown(text)[:40]}”.", field=form.key
        )


def _no_more(form: Field, text: str) -> None:
    del form, text


_CHECKS = {
    "number": _number, "port": _port, "bool": _bool, "choice": _choice, "size": _size, "duration": _duration,
}  # fmt: skip


def _lines(form: Field, text: str) -> str:
    """Text of several lines, for who takes it apart."""
    text = "\n".join(line.strip() for line in text.splitlines()).strip()
    require_storable(form.key, form.label, text.replace("\n", " "), limit=MAX_LINES)
    return text


def _pem(form: Field, text: str) -> str:
    """A private key in one line, as rclone takes it: `\\n` for each line break."""
    text = text.replace("\\n", "\n").strip()
    if not text:
        return ""
    found = _PEM.fullmatch(text)
    lines = [line.strip() for line in text.splitlines()]
    if len(text) > MAX_LINES or not found or not all(map(_PEM_LINE.fullmatch, lines[1:-1])):
        raise UsageError(
            f"{form.label} must be a whole private key: from “-----BEGIN … PRIVATE KEY-----” to its END line.",
            field=form.key,
        )
    return "\\n".join(lines) + "\\n"


def _token(form: Field, text: str) -> str:
    """A token in its one spelling: the JSON that `rclone authorize` prints, and nothing else in it."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    known = isinstance(told, dict) and told.get("access_token") and set(told) <= _TOKEN_KEYS
    if not known or not all(isinstance(value, str | int) for value in told.values()):
        raise UsageError(
            f"{form.label} must be what “rclone authorize” printed: from {{ to }}, with an access_token.",
            field=form.key,
        )
    token = json.dumps(told, ensure_ascii=True, separators=(",", ":"))
    require_storable(form.key, form.label, token, limit=MAX_LINES)
    return token
