"""Request bodies: small, whole, in time, and XML without tricks.

Bodies are read here, before anything looks at them, whether they come with a length or in chunks. Those of screens too.

lxml keeps every name it has met in a body for as long as the thread lives that met it, so whoever makes up names would
fill the memory. What comes for the first time is therefore parsed in a thread that ends with it.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from lxml import etree
from starlette.types import Receive

from virtualfs.dav.errors import Refused

MAX_BODY = 64 * 1024
BODY_S = 10.0
"""Seconds within which a body has to come as a whole. (Uploads are no such body: see `receiving`.)"""
FAMILIAR = 100
"""So many bodies are known again: a client asks with the same few all the time, and those need no thread."""
FAMILIAR_BYTES = 2048
"""Of each of them at most."""

_familiar: set[bytes] = set()


async def read_body(receive: Receive, limit: int = MAX_BODY) -> bytes:
    """The whole body. Raises Refused: 413 when it is longer than `limit`, 400 when it was cut short, 408 when it does
    not come within BODY_S; after a 408 the connection is closed, for what may come yet is no request."""
    try:
        async with asyncio.timeout(BODY_S):
            return await _read(receive, limit)
    except TimeoutError:
        raise Refused(408, "The request did not come in time.", headers={"Connection": "close"}) from None


async def _read(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "The request ended early.")
        body += message.get("body", b"")
        if len(body) > limit:
            raise Refused(
                413, f"More than {limit // 1024} KiB in one request.", headers={"Connection": "close"}
            )
        if not message.get("more_body", False):
            return bytes(body)


def require_no_doctype(body: bytes) -> None:
    """Raise Refused (400) for a body that declares a document type, in any encoding of the letters."""
    if b"<!doctype" in body.replace(b"\0", b"").lower():
        raise Refused(400, "XML with a document type is not taken here.")


def only_elements(body: bytes) -> bytes:
    """The XML of a body without comments and instructions, which are no properties; an empty body stays so.

    Raises Refused (400) as `parse_xml` does.
    """
    return etree.tostring(parse_xml(body)) if body.strip() else b""


def parse_xml(body: bytes) -> etree._Element:
    """The root element of an XML body, without comments and instructions.

    Raises Refused (400) for what is malformed or declares a type. Nothing outside the body is ever loaded, and no
    entity is replaced.
    """
    require_no_doctype(body)
    if body in _familiar:
        return _parse(body)
    with ThreadPoolExecutor(1) as once:
        root = once.submit(_parse, body).result()
    if len(body) <= FAMILIAR_BYTES and len(_familiar) < FAMILIAR:
        _familiar.add(body)
    return root


def _parse(body: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused(400, f"The request is not valid XML: {error}") from error
    info = root.getroottree().docinfo
    if info.internalDTD is not None or len(parser.error_log.filter_from_errors()):
        raise Refused(400, "The request is not valid XML.")
    return root
