"""The settings: one frozen, typed object, read once from the data directory and the environment.

`default.toml` beside this module lists every setting with its default and its meaning; a field of
`Settings` that is missing there, or the other way round, fails a test. Storages and people are not
settings: they live in the catalogue.
"""

import difflib
import os
import socket
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from importlib.resources import files
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

FILE_NAME = "hypomos.toml"
PREFIX = "HYPOMOS_"
GROUPS = frozenset({"more"})
"""Headings that only order the file: what stands below them is a setting like those above."""


class SettingsError(ValueError):
    """Raised when a setting does not exist or its value does not fit; says which, where and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of an appliance, checked; see `default.toml` for what each one means.

    `origins` tells for each name where its value came from: `default`, the file or the variable.
    """

    data: Path
    listen: str
    public_url: str
    hosts_allowed: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    dav_plain_http: Literal["never", "loopback", "lan"]
    tls_listen: str
    tls_cert: str
    tls_key: str
    database_url: str
    queue_url: str
    node: str
    local_roots: Mapping[str, tuple[str, ...]]
    scan_minutes: int
    trash_days: int
    decoders: int
    machine_factor: float
    rendition_cache_mib: int
    storage_hosts_allowed: tuple[str, ...]
    rclone: str
    microsoft_client_id: str
    microsoft_client_secret: str
    google_client_id: str
    google_client_secret: str
    dropbox_client_id: str
    dropbox_client_secret: str
    dlna_enabled: bool
    dlna_listen: str
    mdns_enabled: bool
    log_level: Literal["debug", "info", "warning", "error"]
    log_format: Literal["text", "json"]
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def run(self) -> Path:
        """Folder of sockets, locks and `ready.json`: what a restart may throw away."""
        return self.data / "run"

    @property
    def node_name(self) -> str:
        """The name of this machine among those that share the catalogue."""
        return self.node or socket.gethostname()

    @property
    def has_household_certificate(self) -> bool:
        """Whether https is served with a certificate of the household's own making."""
        return bool(self.tls_listen) and not (self.tls_cert or self.tls_key)


NAMES = tuple(f.name for f in fields(Settings) if f.name not in {"data", "origins"})
_KINDS = typing.get_type_hints(Settings)


def load(data: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of the appliance in the folder `data`.

    Raises SettingsError for an unknown name (with the nearest known one) or a value that does not fit.
    """
    environ = os.environ if environ is None else environ
    values, origins = _flat(_default_text(), "default.toml"), dict.fromkeys(NAMES, "default")
    own = data / FILE_NAME
    if own.exists():
        for name, value in _flat(_read(own), str(own)).items():
            _require_known(name, str(own))
            values[name], origins[name] = value, str(own)
    for name in NAMES:
        variable = PREFIX + name.upper()
        if variable in environ:
            values[name], origins[name] = _parse(name, environ[variable], variable), variable
    for variable in environ:
        if variable.startswith(PREFIX) and variable not in _VARIABLES:
            _require_known(variable.removeprefix(PREFIX).lower(), "the environment", variable)
    checked = {name: _check(name, values[name], origins[name]) for name in NAMES}
    return Settings(data=data, origins=origins, **checked)


_VARIABLES = {PREFIX + name.upper() for name in NAMES} | {
    "HYPOMOS_DATA",  # the folder itself
    "HYPOMOS_SECRET_FILE",  # read by services.secrets
    "HYPOMOS_MEDIA",  # tests: a folder of real camera files
    "HYPOMOS_TEST_DATABASE_URL",
}


def _default_text() -> str:
    return files("config").joinpath("default.toml").read_text(encoding="utf-8")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings in {path} cannot be read: {error}") from error


def _flat(text: str, where: str) -> dict[str, Any]:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{where} is not valid TOML: {error}") from error
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        if name in GROUPS and isinstance(value, dict):
            flat.update(value)
        else:
            flat[name] = value
    return flat


def _require_known(name: str, where: str, shown: str | None = None) -> None:
    if name in NAMES:
        return
    near = difflib.get_close_matches(name, NAMES, n=1)
    hint = f" Did you mean “{near[0]}”?" if near else " All settings are listed by “hypomos config show”."
    raise SettingsError(f"Unknown setting “{shown or name}” in {where}.{hint}")


def _parse(name: str, text: str, where: str) -> Any:
    """The value of an environment variable, by the type of the setting."""
    kind = _KINDS[name]
    if kind is bool:
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off", ""}:
            return False
        raise SettingsError(f"{where} must be true or false, not “{text}”.")
    if kind in {int, float}:
        try:
            return kind(text)
        except ValueError as error:
            raise SettingsError(f"{where} must be a number, not “{text}”.") from error
    if typing.get_origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if name == "local_roots":
        return dict(_roots(text, where))
    return text


def _roots(text: str, where: str) -> Iterator[tuple[str, list[str]]]:
    """`anna=/srv/a:/srv/b,ben=/srv/c` as a table."""
    for part in filter(None, (p.strip() for p in text.split(","))):
        user, equals, folders = part.partition("=")
        if not equals or not folders:
            raise SettingsError(f"{where} must look like “anna=/srv/media/anna”, not “{part}”.")
        yield user.strip(), folders.split(":")


def _check(name: str, value: Any, where: str) -> Any:
    kind = _KINDS[name]
    origin = typing.get_origin(kind)
    shown = f"{name} (from {where})"
    if origin is Literal:
        allowed = typing.get_args(kind)
        if value not in allowed:
            raise SettingsError(f"{shown} must be one of {', '.join(allowed)}, not “{value}”.")
        return value
    if origin is tuple:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise SettingsError(f"{shown} must be a list of texts.")
        if name == "trusted_proxies":
            _require_networks(value, shown)
        return tuple(value)
    if name == "local_roots":
        return _check_roots(value, shown)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise SettingsError(f"{shown} must be {_WORDS[kind]}, not “{value}”.")
    if name in {"listen", "dlna_listen"} or (name == "tls_listen" and value):
        split_address(value, shown)
    if name == "trash_days" and value < 1:
        raise SettingsError(f"{shown} must be at least 1: the trash is the way back.")
    if kind in {int, float} and not 0 <= value <= LARGEST[name]:  # also “nan”, which is no number at all
        raise SettingsError(f"{shown} must be from 0 to {LARGEST[name]}, not {value}.")
    if name == "public_url" and value:
        _require_public(value, shown)
    return value


LARGEST = {
    "scan_minutes": 525_600,  # a year
    "decoders": 64,
    "trash_days": 3650,
    "machine_factor": 6,
    "rendition_cache_mib": 1 << 30,  # a pebibyte
}
"""The largest sensible value of each number: beyond it lies a slip of the finger."""

_WORDS = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}


def _require_public(value: str, shown: str) -> None:
    try:
        parts = urlsplit(value)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise SettingsError(f"{shown} must be an address such as https://photos.example.org, not “{value}”.")


def _require_networks(values: list[str], shown: str) -> None:
    for value in values:
        try:
            ip_network(value)
        except ValueError as error:
            raise SettingsError(f"{shown}: “{value}” is no network such as 172.16.0.0/12.") from error


def _check_roots(value: Any, shown: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise SettingsError(f"{shown} must be a table of login name = list of folders.")
    roots: dict[str, tuple[str, ...]] = {}
    for user, folders in value.items():
        if not isinstance(folders, list) or not all(
            isinstance(f, str) and f.startswith("/") for f in folders
        ):
            raise SettingsError(f"{shown}: “{user}” must have a list of absolute folders.")
        roots[user] = tuple(folders)
    return roots


def split_address(text: str, shown: str = "The address") -> tuple[str, int]:
    """`host:port` or `[v6]:port` as host and port number; raises SettingsError when it is neither."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit()) or not 0 <= int(port) <= 65535:
        raise SettingsError(f"{shown} must be host:port such as 0.0.0.0:4976, not “{text}”.")
    return host.removeprefix("[").removesuffix("]"), int(port)
