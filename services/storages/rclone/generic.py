"""The generic form: shaped by what the running rclone says of a type, judged by our table. Here and only here.

rclone gives the fields, their order, types, texts, defaults, what is required and what is advanced. Whether
there is a field at all, what of it is a secret, and what is checked as a host is not for rclone to say.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from services.errors import UsageError
from services.storages.rclone.forms import Choice, Field, Kind, Provider
from services.storages.rclone.judged import TYPES
from services.storages.rclone.judgements import Judgement
from services.storages.rclone.listing import Listing, Option

_KINDS: dict[str, Kind] = {
    "string": "text", "int": "number", "bool": "bool", "SizeSuffix": "size", "Duration": "duration",
    "Tristate": "choice",
}  # fmt: skip
"""rclone's types that a field can be made of. An option of another type is left out, also an allowed one."""

_TRISTATE = (Choice("unset", "unset"), Choice("true", "true"), Choice("false", "false"))

SHOWN = frozenset({
    "host", "url", "endpoint", "api_url", "user", "username", "email", "account", "client_id", "domain", "tenant",
    "tenant_id", "tenant_domain", "user_id", "root_folder_id", "root_folder_slug", "workspace_id", "account_id",
    "access_key_id", "application_credential_id", "application_credential_name", "project_number", "user_project",
    "cloud_name", "share_name",
})  # fmt: skip
"""Options that rclone hides in its logs, or that sound like secrets, and are none: they are shown again."""

_SECRET = re.compile(r"(.*_)?(pass|password|secret|token|key|credentials?)(_.*)?")

LABELS = {
    "host": "Host", "port": "Port", "url": "Address", "user": "User name", "username": "User name",
    "email": "E-mail address", "pass": "Password", "password": "Password", "client_id": "Client id",
    "client_secret": "Client secret", "token": "Token", "access_key_id": "Access key",
    "secret_access_key": "Secret key", "endpoint": "Endpoint", "region": "Region", "provider": "Provider",
    "domain": "Domain", "library": "Library", "library_key": "Password of the library",
    "explicit_tls": "Encrypted (FTPES)", "tls": "Encrypted from the start (FTPS)", "auth": "Address of the sign-in",
    "hostname": "Region of the account", "tenant": "Project", "tenant_domain": "Domain of the project",
}  # fmt: skip
"""Our words for options that most people meet; others are called as rclone calls them."""

AUTHORIZE = (
    "On a computer with a browser run “rclone authorize” with the name of the provider, and paste what it "
    "prints."
)
_CAPITALS = frozenset({"API", "CDN", "DB", "EPSV", "MDTM", "MLSD", "SAS", "TLS", "TLS13", "URL", "UTF8"})
_LONGEST_HELP = 320


def bare(judgement: Judgement) -> Provider:
    """What is known of a generic type without asking rclone: no fields."""
    return Provider(
        judgement.type, judgement.title, judgement.icon, judgement.sign_in, (), root=judgement.root,
        limits=judgement.limits, fixed=judgement.fixed, one_of=judgement.one_of, generic=True,
        free_endpoint=judgement.has_free_endpoint,
    )  # fmt: skip


def whole(provider: Provider, listing: Listing) -> Provider:
    """A generic type with its form. Raises UsageError when this rclone does not have it."""
    judgement, backend = TYPES.get(provider.type), listing.get(provider.type)
    if judgement is None or backend is None:
        raise UsageError(f"This rclone knows no storage of the type {provider.type}.", field="type")
    fields = _fields(judgement, backend.options)
    return replace(provider, fields=tuple(_only_where_needed(fields)))


def _fields(judgement: Judgement, options: Iterable[Option]) -> list[Field]:
    by_name: dict[str, list[Option]] = {}
    for option in options:
        if option.name in judgement.allowed_keys and option.type in _KINDS:
            by_name.setdefault(option.name, []).append(option)
    return [_field(judgement, same) for same in by_name.values()]


def _field(judgement: Judgement, same: list[Option]) -> Field:
    """The field of an option, which may stand there once for each provider."""
    first = same[0]
    key = first.name
    kind = _kind(judgement, first)
    secret = is_secret(first)
    needed = key in judgement.needed.split()
    is_way_in = any(key in keys for keys in judgement.one_of)
    own = judgement.defaults.get(key)
    pattern, words = judgement.patterns.get(key, ("", ""))
    default = "" if secret else first.default if own is None else own
    return Field(
        key,
        LABELS.get(key) or called(key),
        "password" if secret and kind == "text" else kind,
        AUTHORIZE if kind == "token" else brief(first.help),
        required=needed or any(option.required for option in same),
        secret=secret,
        obscured=first.password,
        default=default,
        choices=() if kind == "bool" else _choices(kind, first),
        advanced=all(option.advanced for option in same) and not (needed or is_way_in),
        pattern=pattern,
        pattern_words=words,
        implied=own is None,
        only_for=_rule(same),
        foreign=kind != "token",
    )


def called(key: str) -> str:
    """An option's name as people read it."""
    words = [word.upper() if word.upper() in _CAPITALS else word for word in key.split("_")]
    return " ".join((words[0][:1].upper() + words[0][1:], *words[1:]))


def is_secret(option: Option) -> bool:
    """Whether a value is never shown again; in doubt it is not."""
    sounds_so = option.sensitive or (option.type == "string" and _SECRET.fullmatch(option.name) is not None)
    return option.password or (sounds_so and option.name not in SHOWN)


def _kind(judgement: Judgement, option: Option) -> Kind:
    if option.name in judgement.kinds:
        return judgement.kinds[option.name]
    if option.type == "string" and (option.exclusive or option.name in judgement.strict.split()):
        return "choice"
    return _KINDS[option.type]


def _choices(kind: Kind, option: Option) -> tuple[Choice, ...]:
    """The values to choose from; for a kind that takes any they are suggestions."""
    if option.type == "Tristate":
        return _TRISTATE
    known = [Choice(e.value, brief(e.label) or e.value) for e in option.examples if e.value]
    return tuple(known) if kind in {"choice", "text", "url"} else ()


def _rule(same: list[Option]) -> str:
    """For which providers the option is, as one rule of rclone's; empty for all."""
    rules = [option.provider for option in same]
    if not all(rules) or (len(rules) > 1 and any(rule.startswith("!") for rule in rules)):
        return ""
    return ",".join(rules)


def _only_where_needed(fields: list[Field]) -> Iterable[Field]:
    """Without rules that leave nobody out."""
    providers = next((each.choices for each in fields if each.key == "provider"), ())
    names = [choice.value for choice in providers]
    for each in fields:
        for_all = all(each.is_for(name) for name in names)
        yield replace(each, only_for="") if for_all else each


def brief(text: str) -> str:
    """rclone's help in one line: its first paragraphs, as far as they are short."""
    said = ""
    for paragraph in text.split("\n\n"):
        more = f"{said} {' '.join(paragraph.split())}".strip()
        if said and len(more) > _LONGEST_HELP:
            break
        said = more
    return said if len(said) <= _LONGEST_HELP else said[: _LONGEST_HELP - 1].rstrip() + "…"
