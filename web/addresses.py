"""Whole addresses of this appliance, as they are told to people, and as codes for their phones: here and only here."""

import io
import re
from typing import Literal

import segno
from markupsafe import Markup

from web.asking import Ask
from web.hosts import host_of


def id_or_nothing(text: str) -> str:
    """An id as we make them, else nothing: it becomes part of an address, which who sends a link must not choose."""
    return text if re.fullmatch(r"[\w-]{1,64}", text, re.ASCII) else ""


def address_of(ask: Ask, path: str) -> str:
    """Where a path of ours is: by `public_url` if there is one, else as this page was asked for.

    The Host header is on the allow-list by now, so it names this machine.
    """
    if ask.context.settings.public_url:
        return ask.context.settings.public_url.rstrip("/") + path
    scheme = "https" if ask.peer.https else "http"
    return f"{scheme}://{ask.request.headers['host']}{path}"


def https_address_of(ask: Ask, path: str) -> str | None:
    """Where a path of ours is by https, as far as we know; None where it is not."""
    address = address_of(ask, path)
    if address.startswith("https:"):
        return address
    host, port = host_of(ask.request.headers["host"]) or "", ask.context.https_port
    if port is None or not host:
        return None
    return f"https://[{host}]:{port}{path}" if ":" in host else f"https://{host}:{port}{path}"


def qr(text: str, *, error: Literal["m", "h"] = "m") -> Markup:
    """A QR code as SVG, of whatever size its place gives it. With the `error` level “h” a third may be dirty."""
    out = io.BytesIO()
    segno.make(text, error=error).save(
        out, kind="svg", omitsize=True, xmldecl=False, svgns=True, dark="#000", light="#fff"
    )
    return Markup(out.getvalue().decode())  # noqa: S704  drawn by us, from an address of ours
