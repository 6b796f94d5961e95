"""ConnectionManager: what we can give, and that there are no connections to manage."""

from services.media.television import PROFILES
from virtualfs.dlna.description import CONNECTIONS
from virtualfs.dlna.didl import SRT
from virtualfs.dlna.soap import INVALID_ACTION, NO_CONNECTION, Call, Fault

PLAYABLE = (
    "video/mp4", "video/quicktime", "video/x-matroska", "video/webm", "video/mpeg", "video/mp2t", "video/x-msvideo",
    "video/3gpp", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/flac", "audio/wav",
)  # fmt: skip
SOURCE = ",".join(
    [
        *dict.fromkeys(f"http-get:*:image/jpeg:DLNA.ORG_PN={each.dlna}" for each in PROFILES.values()),
        *(f"http-get:*:{mime}:*" for mime in (*PLAYABLE, SRT)),
    ]
)


def answer(call: Call) -> list[tuple[str, str]]:
    """What an action gives; raises Fault."""
    match call.action:
        case "GetProtocolInfo":
            values = {"Source": SOURCE, "Sink": ""}
        case "GetCurrentConnectionIDs":
            values = {"ConnectionIDs": "0"}
        case "GetCurrentConnectionInfo":
            if call.text("ConnectionID").strip() != "0":
                raise Fault(NO_CONNECTION)
            values = {
                "RcsID": "-1", "AVTransportID": "-1", "ProtocolInfo": "", "PeerConnectionManager": "",
                "PeerConnectionID": "-1", "Direction": "Output", "Status": "OK",
            }  # fmt: skip
        case _:
            raise Fault(INVALID_ACTION)
    return CONNECTIONS.ordered(call.action, values)
