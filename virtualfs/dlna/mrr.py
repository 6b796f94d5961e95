"""X_MS_MediaReceiverRegistrar: Windows and Xbox ask it whether they may, and show nothing without it.

Everybody may: what they then see is decided by who they are, and a stranger sees how to be approved.
"""

from virtualfs.dlna.description import REGISTRAR
from virtualfs.dlna.soap import FAILED, INVALID_ACTION, Call, Fault


def answer(call: Call) -> list[tuple[str, str]]:
    """What an action gives; raises Fault."""
    if call.action in {"IsAuthorized", "IsValidated"}:
        return REGISTRAR.ordered(call.action, {"Result": "1"})
    raise Fault(FAILED if call.action == "RegisterDevice" else INVALID_ACTION)
