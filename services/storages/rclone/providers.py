"""From what a person wrote into a form to parameters for rclone: the one door to rclone's configuration.

Whatever is not offered is refused, types and options alike: a provider has the fields of its offer
(`offers.py`), or those that rclone's list has and our table allows (`generic.py`, `judged.py`). Every host a
person gives is checked by the policy; the gate checks it again at each connection. What comes out goes to
`config/create` as parameters, never into a connection string.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv6Address
from urllib.parse import SplitResult, urlsplit

from services.errors import UsageError
from services.names import shown
from services.storages.hosts import HostPolicy, Target
from services.storages.rclone import generic
from services.storages.rclone.forms import Field, Provider, clean, require_storable
from services.storages.rclone.hostkeys import FIRST_USE, parse_host_keys
from services.storages.rclone.judged import TYPES
from services.storages.rclone.offers import OFFERS

_OFFERED = (*OFFERS, *map(generic.bare, TYPES.values()))
_BY_TYPE = {provider.type: provider for provider in _OFFERED}
_PORTS = {"http": 80, "https": 443}
_OPEN_URL = re.compile(r"[!#-;=?-\[\]_a-z~\u00a1-\U0010ffff]+")
"""Characters of an address: no white space, quotes, backslash, angle brackets, braces."""

PINNED = "smb"
"""The type that cannot pass through the gate: the address that was checked is configured."""


def list_providers() -> list[Provider]:
    """What can be connected, in the order in which people see it; generic ones without fields."""
    return list(_OFFERED)


def get_provider(type_name: str) -> Provider:
    """What is offered of a type, a generic one without fields; raises UsageError with the nearest one."""
    if type_name not in _BY_TYPE:
        raise UsageError(
            f"“{shown(type_name)[:40]}” is no kind of storage that can be connected.{_hint(type_name, _BY_TYPE)}",
            field="type",
        )
    return _BY_TYPE[type_name]


def check(
    provider: Provider,
    options: Mapping[str, object],
    policy: HostPolicy,
    *,
    current: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The parameters for rclone; raises UsageError with the field that is wrong. Looks up host names.

    With `current`, the configuration of a storage as rclone holds it, `options` are only those that change,
    and so are the answers: an empty one is to be cleared. Without any option this tells what has changed by
    itself: the address of a host that is pinned.
    """
    given = {key: clean(_field(provider, key), value) for key, value in options.items()}
    if given.get("host_keys"):
        given["host_keys"] = parse_host_keys(given["host_keys"])
    known = _as_given(provider, given, current or {})
    defaults = {} if current else {each.key: each.default for each in provider.fields if not each.implied}
    whole = {key: value for key, value in {**defaults, **known, **given}.items() if value}
    _require_all(provider, whole)
    _require_belonging(provider, whole, given)
    for target, encrypted, key in _endpoints(provider, whole, policy):
        _require_encryption(target, encrypted, key)
    if current:
        _require_secrets_again(provider, whole, given, current)
    if provider.type == "sftp":
        whole |= {"pin_host_key": "false"} if "host_keys" in whole else FIRST_USE
    whole = _without_implied(provider, whole, current or {}) | dict(provider.fixed)
    if (provider.type, whole.get("provider")) == ("s3", "Rclone"):
        del whole["directory_markers"]  # its server takes no object of such a name
    if not current:
        return whole
    cleared = {each.key: "" for each in provider.fields if each.key in current and each.key not in whole}
    return {key: value for key, value in whole.items() if current.get(key) != value} | cleared


def _without_implied(
    provider: Provider, whole: Mapping[str, str], current: Mapping[str, str]
) -> dict[str, str]:
    """Without what rclone would take anyway, so that the configuration says what somebody chose."""
    implied = {
        (each.key, each.default) for each in provider.fields if each.implied and each.key not in current
    }
    return {key: value for key, value in whole.items() if (key, value) not in implied}


def signed_in(type_name: str, given: Mapping[str, str]) -> dict[str, str]:
    """Parameters that a finished sign-in adds (token, drive); raises UsageError for any other."""
    provider = get_provider(type_name)
    for key, value in given.items():
        if key not in provider.given:
            raise UsageError(f"Signing in to {provider.title} gives no “{shown(key)[:40]}”.", field=key)
        require_storable(key, key, value, limit=16384)
    return dict(given)


def pinned_host(parameters: Mapping[str, str]) -> str | None:
    """The host that a person gave, where the configuration holds its address instead; else None."""
    return parameters.get("description") or None


def _field(provider: Provider, key: str) -> Field:
    found = provider.find_field(key)
    if found is None:
        near = _hint(key, [each.key for each in provider.fields])
        raise UsageError(f"{provider.title} has no option “{shown(key)[:40]}”.{near}", field=key)
    return found


def _as_given(provider: Provider, given: Mapping[str, str], current: Mapping[str, str]) -> dict[str, str]:
    """What a person once gave for the storage that is configured so."""
    known = {each.key: current[each.key] for each in provider.fields if each.key in current}
    if provider.type == PINNED and "host" in known:
        known["host"] = pinned_host(current) or known["host"]
    if any(key in given and given[key] != known.get(key) for key in ("host", "port")):
        known.pop("host_keys", None)  # of another server
    return known


def _require_secrets_again(
    provider: Provider, whole: Mapping[str, str], given: Mapping[str, str], current: Mapping[str, str]
) -> None:
    """A secret that was given for one server is not sent to another one unasked."""
    places = [each.key for each in provider.fields if each.is_of_server]
    if provider.type == PINNED:
        places = ["description", "port"]
    if all(whole.get(key) == current.get(key) for key in places):
        return
    for each in provider.fields:
        if each.secret and each.key in whole and each.key not in given:
            raise UsageError(
                f"{each.label} is needed again, because the server is another one.", field=each.key
            )


def _hint(word: str, known: Iterable[str]) -> str:
    known = sorted(known)
    near = difflib.get_close_matches(word.lower(), known, n=1)
    return f" Did you mean “{near[0]}”?" if near else f" There are: {', '.join(known)}."


def _require_all(provider: Provider, values: Mapping[str, str]) -> None:
    for each in provider.fields:
        if each.required and each.key not in values and each.is_for(values.get("provider", "")):
            raise UsageError(f"{each.label} is missing.", field=each.key)
    for keys in provider.one_of:
        if not any(key in values for key in keys):
            labels = [each.label for each in provider.fields if each.key in keys]
            raise UsageError(f"One of these is needed: {', '.join(labels)}.", field=keys[0])
    if provider.type == "s3" and values["provider"] != "AWS" and "endpoint" not in values:
        raise UsageError("Endpoint is missing: only Amazon needs none.", field="endpoint")


def _require_belonging(provider: Provider, whole: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Raise UsageError for an option of another provider: rclone would pass over it, or do something else."""
    for each in provider.fields:
        chosen = whole.get("provider", "")
        if given.get(each.key) and not each.is_for(chosen) and given[each.key] != each.default:
            raise UsageError(f"{each.label} is not for “{chosen}”: leave it empty.", field=each.key)


def _endpoints(
    provider: Provider, values: dict[str, str], policy: HostPolicy
) -> list[tuple[Target, bool, str]]:
    """Each host that was given: where it leads, whether the way is encrypted, and the field.

    Writes the hosts into `values` in their one spelling.
    """
    found = []
    for each in provider.fields:
        if each.key not in values:
            continue
        if each.kind == "url":
            target, values[each.key], encrypted = _check_url(each, values[each.key], policy)
            found.append((target, encrypted, each.key))
        elif each.kind == "host":
            target = policy.check(values[each.key], _port(provider, values), field=each.key)
            values |= _pin(target) if provider.type == PINNED else _host(provider, each, target)
            found.append((target, _is_encrypted(provider, values), each.key))
    return found


def _port(provider: Provider, values: Mapping[str, str]) -> int:
    if provider.find_field("port") is None:
        return _PORTS["https"]  # a service whose host alone is asked for
    if "port" not in values:
        raise UsageError("Give the port with the host.", field="port")
    return int(values["port"])


def _host(provider: Provider, form: Field, target: Target) -> dict[str, str]:
    """A host as rclone takes it; it puts the port behind it as it is."""
    if ":" not in target.host:
        return {form.key: target.host}
    if provider.type == "ftp":
        raise UsageError("FTP needs a name or an IPv4 address.", field=form.key)
    return {form.key: f"[{target.host}]"}


def _pin(target: Target) -> dict[str, str]:
    """The address that was checked instead of the name; the name stays where rclone keeps a remark."""
    address = min(target.addresses, key=lambda each: each.version)
    text = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    return {"host": text, "description": target.host}


def _check_url(form: Field, text: str, policy: HostPolicy) -> tuple[Target, str, bool]:
    """Where an address leads, the address in its one spelling, and whether it is encrypted."""
    parts = _split(form, text if "://" in text else f"https://{text}")
    port = parts.port or _PORTS[parts.scheme]
    target = policy.check(parts.hostname or "", port, field=form.key)
    host = f"[{target.host}]" if ":" in target.host else target.host
    place = host if port == _PORTS[parts.scheme] else f"{host}:{port}"
    return target, parts._replace(netloc=place).geturl(), parts.scheme == "https"


def _split(form: Field, text: str) -> SplitResult:
    refused = UsageError(
        f"{form.label} must be an address such as https://cloud.example.org/, with no user name in it.",
        field=form.key,
    )
    try:
        parts = urlsplit(text)
        is_fitting = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise refused from None
    if not is_fitting or "@" in parts.netloc or not _OPEN_URL.fullmatch(text) or parts.fragment:
        raise refused
    if parts.query and not form.secret:  # the signature of a SAS address is one
        raise refused
    return parts


def _is_encrypted(provider: Provider, values: Mapping[str, str]) -> bool:
    if provider.type == "ftp":
        is_tls = {key: values.get(key) == "true" for key in ("tls", "explicit_tls")}
        if all(is_tls.values()):
            raise UsageError("Choose one kind of encryption.", field="tls")
        return any(is_tls.values())
    return True  # sftp is; smb keeps the password to itself


def _require_encryption(target: Target, encrypted: bool, key: str) -> None:
    """Without encryption only to where the administrator said so: a password would be read on the way."""
    if not encrypted and not target.named:
        raise UsageError(
            f"The way to “{target.host}” is not encrypted, and your password would be readable. Use https or TLS, or "
            "ask the administrator to name the host in the setting “storage_hosts_allowed”.",
            field=key,
        )
