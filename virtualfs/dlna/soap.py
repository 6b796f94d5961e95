"""SOAP as UPnP speaks it: one action in, its arguments out in the order of its description, or a fault.

Source: UPnP Device Architecture 1.0, section 3.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from services.errors import HypomosError
from virtualfs.dav.bodies import parse_xml
from virtualfs.dlna.text import escape

MAX_BODY = 64 * 1024
"""Bytes of a request; the largest that players send is a hundredth of it."""

MAX_ARGUMENTS = 32
MAX_NUMBER = 2**32 - 1

INVALID_ACTION, INVALID_ARGUMENTS, FAILED = 401, 402, 501
NO_SUCH_OBJECT, BAD_SEARCH, NO_CONNECTION, TOO_LONG = 701, 708, 706, 720

_TEXTS = {
    INVALID_ACTION: "Invalid Action",
    INVALID_ARGUMENTS: "Invalid Args",
    FAILED: "Action Failed",
    NO_SUCH_OBJECT: "No such object",
    BAD_SEARCH: "Unsupported or invalid search criteria",
    NO_CONNECTION: "Invalid connection reference",
    TOO_LONG: "Cannot process the request",
}
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
    ' s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>'
)
_TAIL = "</s:Body></s:Envelope>"


class Fault(HypomosError):
    """Raised when an action cannot be done; `code` is one of UPnP's."""

    def __init__(self, code: int) -> None:
        super().__init__(_TEXTS.get(code, "Action Failed"))
        self.code = code


class Raw(bytes):
    """A value that was escaped and encoded already."""


@dataclass(frozen=True, slots=True)
class Call:
    """An action that somebody asks for, with its arguments by name."""

    action: str
    arguments: Mapping[str, str]

    def text(self, name: str, default: str | None = None) -> str:
        """An argument; raises Fault (402) when it is missing and there is no default."""
        found = self.arguments.get(name, default)
        if found is None:
            raise Fault(INVALID_ARGUMENTS)
        return found

    def number(self, name: str, default: int | None = None) -> int:
        """An argument that is a number from 0 to 2³²-1, a larger one cut to that; raises Fault (402)."""
        text = self.text(name, None if default is None else str(default)).strip()
        if not (text.isascii() and text.isdigit()):
            raise Fault(INVALID_ARGUMENTS)
        return min(int(text[-20:]), MAX_NUMBER) if len(text) <= 20 else MAX_NUMBER


def parse(body: bytes) -> Call:
    """The action in an envelope; names count, and not which namespaces clients put them into.

    Raises Refused (400) for what is no XML, or declares a document type; Fault (402) for what holds no action.
    """
    wanted = _child(_child(parse_xml(body), "Body"), "")
    found = [part for part in wanted if isinstance(part.tag, str)]
    if len(found) > MAX_ARGUMENTS:
        raise Fault(INVALID_ARGUMENTS)
    arguments = {etree.QName(part).localname: "".join(map(str, part.itertext())) for part in found}
    return Call(etree.QName(wanted).localname, arguments)


def _child(parent: etree._Element, name: str) -> etree._Element:
    for each in parent:
        if isinstance(each.tag, str) and name in ("", etree.QName(each).localname):
            return each
    raise Fault(INVALID_ARGUMENTS)


def answer(service: str, action: str, values: Iterable[tuple[str, str | Raw]]) -> bytes:
    """The envelope of what an action gives."""
    parts = [f'{_HEAD}<u:{action}Response xmlns:u="{service}">'.encode()]
    for name, value in values:
        written = value if isinstance(value, Raw) else escape(value).encode()
        parts += [f"<{name}>".encode(), written, f"</{name}>".encode()]
    return b"".join([*parts, f"</u:{action}Response>{_TAIL}".encode()])


def fault(error: Fault) -> bytes:
    """The envelope of a fault, which goes out with status 500."""
    detail = (
        '<UPnPError xmlns="urn:schemas-upnp-org:control-1-0">'
        f"<errorCode>{error.code}</errorCode><errorDescription>{escape(str(error))}</errorDescription></UPnPError>"
    )
    text = (
        f"{_HEAD}<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring>"
        f"<detail>{detail}</detail></s:Fault>{_TAIL}"
    )
    return text.encode()
