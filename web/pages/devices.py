"""/devices: how to mount the network drive, app passwords, and where one is signed in."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from config.settings import split_address
from services import accounts
from services.accounts import NewToken
from services.errors import UsageError
from services.peers import Peer, lets_passwords
from web.addresses import address_of, https_address_of, qr
from web.asking import Ask
from web.hosts import interface_addresses
from web.mounting import SYSTEMS, Drive, system_of
from web.rendering import language_of, render
from web.words import words


def index(ask: Ask) -> Response:
    """The page; a fresh password is shown on the answer to its making, and never again."""
    return _page(ask)


def create_password(ask: Ask) -> Response:
    """Make an app password for the network drive."""
    try:
        made = accounts.create_token(ask.viewer, "app", label=ask.form.get("label", ""))
    except UsageError as error:
        return _page(ask, problem=str(error), status=422)
    return _page(ask, made=made, status=201)


def revoke_password(ask: Ask) -> Response:
    """End a token at once."""
    accounts.revoke_token(ask.viewer, ask.path["id"])
    return RedirectResponse("/devices", 303)


def revoke_session(ask: Ask) -> Response:
    """Sign a browser out."""
    accounts.revoke_session(ask.viewer, ask.path["id"])
    return RedirectResponse("/devices", 303)


def _page(ask: Ask, *, made: NewToken | None = None, problem: str = "", status: int = 200) -> Response:
    address = drive_address(ask)
    asked = ask.query.get("system", "")
    values = {
        "drive": Drive(address, ask.viewer.login, made.secret if made is not None else ""),
        "plain": plain_address(ask),
        "elsewhere": address_elsewhere(ask, address),
        "qr": qr(address),
        "plain_http": ask.context.settings.dav_plain_http,
        "household": ask.context.settings.has_household_certificate,
        "system": asked if asked in SYSTEMS else system_of(ask.request.headers.get("user-agent", "")),
        "systems": [(name, _shown(ask, name)) for name in SYSTEMS],
        "tokens": accounts.list_tokens(ask.viewer),
        "sessions": accounts.list_sessions(ask.viewer),
        "made": made,
        "problem": problem,
    }
    return render(ask, "devices.html", values, status=status)


def drive_address(ask: Ask) -> str:
    """Where the network drive is: by https if it is anywhere."""
    return https_address_of(ask, "/dav/") or address_of(ask, "/dav/")


def plain_address(ask: Ask) -> str:
    """Where it is without https besides that, for who may use it so; empty for nobody."""
    settings = ask.context.settings
    plain = address_of(ask, "/dav/")
    unencrypted = Peer(ask.peer.ip, foreign=ask.peer.foreign)
    differs = plain != drive_address(ask) and plain.startswith("http:")
    return plain if differs and lets_passwords(unencrypted, settings.dav_plain_http) else ""


def address_elsewhere(ask: Ask, address: str) -> str:
    """Where the drive is for other devices, when this address is good on this machine alone; else empty."""
    parts, settings = urlsplit(address), ask.context.settings
    encrypted = parts.scheme == "https" and settings.tls_listen
    listens, _ = split_address(encrypted or settings.listen)
    if not _is_loopback(parts.hostname or "") or _is_loopback(listens):
        return ""
    known = [ip_address(found) for found in interface_addresses()]
    home = [a for a in known if a.version == 4 and Peer(str(a)).is_lan]
    near = [a for a in home if not a.is_loopback and not a.is_link_local]
    return f"{parts.scheme}://{min(near)}:{parts.port}{parts.path}" if near and parts.port else ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _shown(ask: Ask, system: str) -> str:
    """What people call a system."""
    texts = words(language_of(ask))
    return {
        "windows": "Windows", "macos": "macOS", "gnome": "GNOME", "kde": "KDE", "davfs2": "davfs2", "rclone": "rclone",
        "ios": texts.gettext("iPhone and iPad"), "android": "Android", "kodi": texts.gettext("Kodi and VLC"),
    }[system]  # fmt: skip
