"""What we are, and what each of our services does, as XML made of tables.

Source: UPnP Device Architecture 1.0 section 2; MediaServer:1, ContentDirectory:1 and ConnectionManager:1.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from virtualfs.dlna.quirks import Client
from virtualfs.dlna.text import escape

DEVICE = "urn:schemas-upnp-org:device:MediaServer:1"
PATH = "/description.xml"
SEC = "smi,DCM10,getMediaInfo.sec,getCaptionInfo.sec"
ICONS = Path(__file__).parent / "icons"
_ICONS = (
    ("png", "image/png", 120),
    ("jpg", "image/jpeg", 120),
    ("png", "image/png", 48),
    ("jpg", "image/jpeg", 48),
)

T = TypeVar("T")

_MICROSOFT = {
    "manufacturer": "Microsoft Corporation",
    "modelName": "Windows Media Player Sharing",
}


@dataclass(frozen=True, slots=True)
class Variable:
    """A state variable of a service; `sent`: a change of it is told to who subscribed."""

    name: str
    type: str = "string"
    sent: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """An action; each argument is (name, variable), in the order in which it is written."""

    name: str
    takes: tuple[tuple[str, str], ...] = ()
    gives: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A service; `key` is its place in addresses."""

    key: str
    type: str
    id: str
    actions: tuple[Action, ...]
    variables: tuple[Variable, ...]

    def ordered(self, action: str, values: Mapping[str, T]) -> list[tuple[str, T]]:
        """What an action gives, in the order of its description: strict sets go by that."""
        found = next(each for each in self.actions if each.name == action)
        return [(name, values[name]) for name, _ in found.gives]


_LISTED = (
    ("Result", "A_ARG_TYPE_Result"), ("NumberReturned", "A_ARG_TYPE_Count"), ("TotalMatches", "A_ARG_TYPE_Count"),
    ("UpdateID", "A_ARG_TYPE_UpdateID"),
)  # fmt: skip
_PAGE = (
    ("Filter", "A_ARG_TYPE_Filter"), ("StartingIndex", "A_ARG_TYPE_Index"), ("RequestedCount", "A_ARG_TYPE_Count"),
    ("SortCriteria", "A_ARG_TYPE_SortCriteria"),
)  # fmt: skip

CONTENT = Service(
    "cds", "urn:schemas-upnp-org:service:ContentDirectory:1", "urn:upnp-org:serviceId:ContentDirectory",
    (
        Action("GetSearchCapabilities", gives=(("SearchCaps", "SearchCapabilities"),)),
        Action("GetSortCapabilities", gives=(("SortCaps", "SortCapabilities"),)),
        Action("GetSystemUpdateID", gives=(("Id", "SystemUpdateID"),)),
        Action(
            "Browse",
            (("ObjectID", "A_ARG_TYPE_ObjectID"), ("BrowseFlag", "A_ARG_TYPE_BrowseFlag"), *_PAGE), _LISTED,
        ),
        Action(
            "Search",
            (("ContainerID", "A_ARG_TYPE_ObjectID"), ("SearchCriteria", "A_ARG_TYPE_SearchCriteria"), *_PAGE),
            _LISTED,
        ),
        Action("X_GetFeatureList", gives=(("FeatureList", "A_ARG_TYPE_Featurelist"),)),
        Action(
            "X_SetBookmark",
            (
                ("CategoryType", "A_ARG_TYPE_CategoryType"), ("RID", "A_ARG_TYPE_RID"),
                ("ObjectID", "A_ARG_TYPE_ObjectID"), ("PosSecond", "A_ARG_TYPE_PosSec"),
            ),
        ),
        Action(
            "X_GetObjectIDfromIndex",
            (("CategoryType", "A_ARG_TYPE_CategoryType"), ("Index", "A_ARG_TYPE_Index")),
            (("ObjectID", "A_ARG_TYPE_ObjectID"),),
        ),
        Action(
            "X_GetIndexfromRID",
            (("CategoryType", "A_ARG_TYPE_CategoryType"), ("RID", "A_ARG_TYPE_RID")),
            (("Index", "A_ARG_TYPE_Index"),),
        ),
    ),
    (
        Variable("TransferIDs", sent=True), Variable("A_ARG_TYPE_ObjectID"), Variable("A_ARG_TYPE_Result"),
        Variable("A_ARG_TYPE_SearchCriteria"),
        Variable("A_ARG_TYPE_BrowseFlag", allowed=("BrowseMetadata", "BrowseDirectChildren")),
        Variable("A_ARG_TYPE_Filter"), Variable("A_ARG_TYPE_SortCriteria"), Variable("A_ARG_TYPE_Index", "ui4"),
        Variable("A_ARG_TYPE_Count", "ui4"), Variable("A_ARG_TYPE_UpdateID", "ui4"),
        Variable("SearchCapabilities"), Variable("SortCapabilities"),
        Variable("SystemUpdateID", "ui4", sent=True), Variable("ContainerUpdateIDs", sent=True),
        Variable("A_ARG_TYPE_Featurelist"), Variable("A_ARG_TYPE_CategoryType"), Variable("A_ARG_TYPE_RID"),
        Variable("A_ARG_TYPE_PosSec", "ui4"),
    ),
)  # fmt: skip
CONNECTIONS = Service(
    "cm", "urn:schemas-upnp-org:service:ConnectionManager:1", "urn:upnp-org:serviceId:ConnectionManager",
    (
        Action("GetProtocolInfo", gives=(("Source", "SourceProtocolInfo"), ("Sink", "SinkProtocolInfo"))),
        Action("GetCurrentConnectionIDs", gives=(("ConnectionIDs", "CurrentConnectionIDs"),)),
        Action(
            "GetCurrentConnectionInfo", (("ConnectionID", "A_ARG_TYPE_ConnectionID"),),
            (
                ("RcsID", "A_ARG_TYPE_RcsID"), ("AVTransportID", "A_ARG_TYPE_AVTransportID"),
                ("ProtocolInfo", "A_ARG_TYPE_ProtocolInfo"),
                ("PeerConnectionManager", "A_ARG_TYPE_ConnectionManager"),
                ("PeerConnectionID", "A_ARG_TYPE_ConnectionID"), ("Direction", "A_ARG_TYPE_Direction"),
                ("Status", "A_ARG_TYPE_ConnectionStatus"),
            ),
        ),
    ),
    (
        Variable("SourceProtocolInfo", sent=True), Variable("SinkProtocolInfo", sent=True),
        Variable("CurrentConnectionIDs", sent=True),
        Variable(
            "A_ARG_TYPE_ConnectionStatus",
            allowed=("OK", "ContentFormatMismatch", "InsufficientBandwidth", "UnreliableChannel", "Unknown"),
        ),
        Variable("A_ARG_TYPE_ConnectionManager"), Variable("A_ARG_TYPE_Direction", allowed=("Input", "Output")),
        Variable("A_ARG_TYPE_ProtocolInfo"), Variable("A_ARG_TYPE_ConnectionID", "i4"),
        Variable("A_ARG_TYPE_AVTransportID", "i4"), Variable("A_ARG_TYPE_RcsID", "i4"),
    ),
)  # fmt: skip
REGISTRAR = Service(
    "mrr", "urn:microsoft.com:service:X_MS_MediaReceiverRegistrar:1",
    "urn:microsoft.com:serviceId:X_MS_MediaReceiverRegistrar",
    (
        Action("IsAuthorized", (("DeviceID", "A_ARG_TYPE_DeviceID"),), (("Result", "A_ARG_TYPE_Result"),)),
        Action("IsValidated", (("DeviceID", "A_ARG_TYPE_DeviceID"),), (("Result", "A_ARG_TYPE_Result"),)),
        Action(
            "RegisterDevice", (("RegistrationReqMsg", "A_ARG_TYPE_RegistrationReqMsg"),),
            (("RegistrationRespMsg", "A_ARG_TYPE_RegistrationRespMsg"),),
        ),
    ),
    (
        Variable("A_ARG_TYPE_DeviceID"), Variable("A_ARG_TYPE_Result", "int"),
        Variable("A_ARG_TYPE_RegistrationReqMsg", "bin.base64"),
        Variable("A_ARG_TYPE_RegistrationRespMsg", "bin.base64"),
        Variable("AuthorizationGrantedUpdateID", "ui4", sent=True),
        Variable("AuthorizationDeniedUpdateID", "ui4", sent=True),
        Variable("ValidationSucceededUpdateID", "ui4", sent=True),
        Variable("ValidationRevokedUpdateID", "ui4", sent=True),
    ),
)  # fmt: skip
SERVICES = (CONTENT, CONNECTIONS, REGISTRAR)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are, whatever we are called: `udn` begins with `uuid:` and stays for good."""

    udn: str
    name: str
    version: str


def device(identity: Identity, client: Client, pages: str) -> bytes:
    """The description of the device for one kind of client; `pages` is the address of our web pages, or empty."""
    words = {
        "friendlyName": identity.name, "manufacturer": "Hypomos", "modelName": "Hypomos",
        "modelDescription": "The pictures of a household",
    }  # fmt: skip
    if client.microsoft:
        words |= _MICROSOFT
    parts = [f"<deviceType>{DEVICE}</deviceType>"]
    parts += [f"<{name}>{escape(text)}</{name}>" for name, text in words.items()]
    parts += [f"<modelNumber>{escape(identity.version)}</modelNumber>", f"<UDN>{escape(identity.udn)}</UDN>"]
    parts += [f"<dlna:X_DLNADOC>{kind}-1.50</dlna:X_DLNADOC>" for kind in ("DMS", "M-DMS")]
    parts.append("<dlna:X_DLNACAP/>")
    if client.sec:
        parts += [f"<sec:{name}>{SEC}</sec:{name}>" for name in ("ProductCap", "X_ProductCap")]
    parts.append("<iconList>")
    parts += [
        f"<icon><mimetype>{mime}</mimetype><width>{size}</width><height>{size}</height><depth>24</depth>"
        f"<url>/icons/{size}.{ending}</url></icon>"
        for ending, mime, size in _ICONS
    ]
    parts.append("</iconList><serviceList>")
    parts += [
        f"<service><serviceType>{each.type}</serviceType><serviceId>{each.id}</serviceId>"
        f"<SCPDURL>/scpd/{each.key}.xml</SCPDURL><controlURL>/ctl/{each.key}</controlURL>"
        f"<eventSubURL>/evt/{each.key}</eventSubURL></service>"
        for each in SERVICES
    ]
    parts.append("</serviceList>")
    if pages:
        parts.append(f"<presentationURL>{escape(pages)}</presentationURL>")
    sec = ' xmlns:sec="http://www.sec.co.kr/dlna"' if client.sec else ""
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<root xmlns="urn:schemas-upnp-org:device-1-0"'
        f' xmlns:dlna="urn:schemas-dlna-org:device-1-0"{sec}><specVersion><major>1</major><minor>0</minor>'
        f"</specVersion><device>{''.join(parts)}</device></root>"
    )
    return text.encode()


@functools.lru_cache(maxsize=8)
def icon(name: str) -> tuple[bytes, str] | None:
    """An icon with its type; None for a name that is none."""
    for ending, mime, size in _ICONS:
        if name == f"{size}.{ending}":
            return (ICONS / name).read_bytes(), mime
    return None


@functools.lru_cache(maxsize=8)
def scpd(key: str) -> bytes:
    """What a service does; raises KeyError for another key."""
    service = {each.key: each for each in SERVICES}[key]
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<scpd xmlns="urn:schemas-upnp-org:service-1-0">'
        "<specVersion><major>1</major><minor>0</minor></specVersion>"
        f"<actionList>{''.join(map(_action, service.actions))}</actionList>"
        f"<serviceStateTable>{''.join(map(_variable, service.variables))}</serviceStateTable></scpd>"
    )
    return text.encode()


def _action(action: Action) -> str:
    arguments = [(name, "in", variable) for name, variable in action.takes]
    arguments += [(name, "out", variable) for name, variable in action.gives]
    inside = "".join(
        f"<argument><name>{name}</name><direction>{way}</direction>"
        f"<relatedStateVariable>{variable}</relatedStateVariable></argument>"
        for name, way, variable in arguments
    )
    return f"<action><name>{action.name}</name><argumentList>{inside}</argumentList></action>"


def _variable(variable: Variable) -> str:
    allowed = "".join(f"<allowedValue>{escape(value)}</allowedValue>" for value in variable.allowed)
    values = f"<allowedValueList>{allowed}</allowedValueList>" if allowed else ""
    sent = "yes" if variable.sent else "no"
    return (
        f'<stateVariable sendEvents="{sent}"><name>{variable.name}</name><dataType>{variable.type}</dataType>'
        f"{values}</stateVariable>"
    )
