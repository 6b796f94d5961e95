"""OPTIONS at the top of the machine: that a network drive is here, and nothing else.

Explorer asks there before it asks the address that it was given, without a password, and gives up where nobody
speaks of DAV. The answer is the same for everybody.
"""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from virtualfs.dav.errors import COMMON

HEADERS = {"DAV": "1,2", "MS-Author-Via": "DAV"}
"""What tells a client of a network drive."""


async def announce(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as an ASGI application. What is allowed is what the pages at the top take."""
    answer = Response(status_code=200, headers=COMMON | HEADERS | {"Allow": "OPTIONS, GET, HEAD"})
    await answer(scope, receive, send)
