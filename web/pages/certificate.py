"""/certificate: the household's own certificate, for devices to trust: for anybody, before signing in too.

It is no secret: whoever opens a connection by https is shown what it vouches for. What has to be right is that it is
*this* one; hence the fingerprint, to be compared over another way.
"""

import plistlib
import ssl
import uuid
from urllib.parse import urlsplit

from starlette.responses import Response

from services.certificates import Household, fingerprint
from services.errors import NotFound
from web.addresses import address_of, https_address_of, qr
from web.asking import Ask
from web.headers import COMMON
from web.hosts import host_of
from web.mounting import TRUSTING, system_of
from web.rendering import language_of, render
from web.words import words

FILE = "hypomos-household.crt"
CERTIFICATE = "application/x-x509-ca-cert"
PROFILE = "application/x-apple-aspen-config"
LINUX = {"gnome": "linux"}
"""What a browser says of its system, as this page calls it."""


def show(ask: Ask) -> Response:
    """The page: download, fingerprint, and what to do on each system."""
    der = _find(ask)
    system = system_of(ask.request.headers.get("user-agent", ""))
    asked = ask.query.get("system", "")
    values = {
        "fingerprint": fingerprint(der) if der is not None else "",
        "https": https_address_of(ask, "/"),
        "encrypted": ask.peer.https,
        "qr": qr(address_of(ask, "/certificate")),
        "file": FILE,
        "system": asked if asked in TRUSTING else LINUX.get(system, system),
        "systems": [(name, _shown(ask, name)) for name in TRUSTING],
    }
    return render(ask, "certificate.html", values)


def download(ask: Ask) -> Response:
    """The authority's certificate as PEM text: what every system takes."""
    pem = ssl.DER_cert_to_PEM_cert(_get(ask))
    headers = {"Content-Disposition": f'attachment; filename="{FILE}"', "Cache-Control": "no-cache"}
    return Response(pem, media_type=CERTIFICATE, headers=COMMON | headers)


def profile(ask: Ask) -> Response:
    """The same as a profile for Apple's systems, which is installed among their settings."""
    body = apple_profile(_get(ask), words(language_of(ask)).gettext("Hypomos household"))
    headers = {"Cache-Control": "no-cache"}
    return Response(body, media_type=PROFILE, headers=COMMON | headers)


def reach(ask: Ask) -> Response:
    """Nothing, for whoever gets here: a script of our page without https learns that the certificate is believed.

    Scripts of other pages are told nothing: a page from elsewhere must not find out who has a Hypomos at home.
    """
    response = Response(status_code=204, headers={"Vary": "Origin"})
    origin = ask.request.headers.get("origin", "")
    if origin and _is_ours(ask, origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _is_ours(ask: Ask, origin: str) -> bool:
    """Whether this is our page at another port, or came to the public address, which is no secret."""
    host = host_of(ask.request.headers["host"])
    public = urlsplit(ask.context.settings.public_url).hostname
    return host is not None and host in {host_of(origin.partition("://")[2]), public}


def apple_profile(der: bytes, name: str) -> bytes:
    """A configuration profile with one root certificate (developer.apple.com: Configuration Profile Reference).

    Its ids are made from the certificate: the same one installed twice replaces itself.
    """
    known = fingerprint(der)
    ids = [
        str(uuid.uuid5(uuid.NAMESPACE_OID, f"hypomos {part} {known}")).upper() for part in ("profile", "root")
    ]
    root = {
        "PayloadType": "com.apple.security.root", "PayloadVersion": 1, "PayloadUUID": ids[1],
        "PayloadIdentifier": f"hypomos.household.{ids[1]}", "PayloadDisplayName": name,
        "PayloadCertificateFileName": FILE, "PayloadContent": der,
    }  # fmt: skip
    return plistlib.dumps(
        {
            "PayloadType": "Configuration", "PayloadVersion": 1, "PayloadUUID": ids[0],
            "PayloadIdentifier": f"hypomos.household.{ids[0]}", "PayloadDisplayName": name,
            "PayloadDescription": f"SHA-256 {known}", "PayloadContent": [root],
        }
    )  # fmt: skip


def _find(ask: Ask) -> bytes | None:
    settings = ask.context.settings
    return Household(settings.data).find_authority() if settings.has_household_certificate else None


def _get(ask: Ask) -> bytes:
    der = _find(ask)
    if der is None:
        raise NotFound
    return der


def _shown(ask: Ask, system: str) -> str:
    return {
        "windows": "Windows", "macos": "macOS", "ios": words(language_of(ask)).gettext("iPhone and iPad"),
        "android": "Android", "linux": "Linux", "firefox": "Firefox",
    }[system]  # fmt: skip
