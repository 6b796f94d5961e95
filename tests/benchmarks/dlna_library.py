"""A media server as a television sees it: Browse, page by page, each call on a connection of its own."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection

CALL_S = 120.0
ENVELOPE = """<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
<s:Body><u:Browse xmlns:u="urn:schemas-upnp-org:service:ContentDirectory:1"><ObjectID>{id}</ObjectID>
<BrowseFlag>BrowseDirectChildren</BrowseFlag><Filter>*</Filter><StartingIndex>{start}</StartingIndex>
<RequestedCount>{count}</RequestedCount><SortCriteria></SortCriteria></u:Browse></s:Body></s:Envelope>"""
HEADERS = {
    "Content-Type": 'text/xml; charset="utf-8"',
    "SOAPACTION": '"urn:schemas-upnp-org:service:ContentDirectory:1#Browse"',
}
_NUMBER = re.compile(rb"<(NumberReturned|TotalMatches)>(\d+)<")
_CONTAINER = re.compile(rb'&lt;container id=(?:"|&quot;)([^"&]+)')


@dataclass(frozen=True, slots=True)
class Library:
    """A server: its process, how to reach it, where it takes actions, and below which container the photos are.

    `containers` are those that hold them, with how many.
    """

    pid: int
    connect: Callable[[], socket.socket]
    path: str
    root: str
    containers: tuple[tuple[str, int], ...] = ()
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: how many objects it gives, how many there are in all, and the ids of those that are containers."""

    returned: int
    total: int
    containers: tuple[str, ...]


def here(port: int) -> Callable[[], socket.socket]:
    """How to reach a port of this machine."""
    return partial(socket.create_connection, ("127.0.0.1", port))


def browse(library: Library, container: str, start: int, count: int) -> Page:
    """One call."""
    connection = HTTPConnection(library.host)
    connection.sock = library.connect()
    connection.sock.settimeout(CALL_S)
    with closing(connection):
        body = ENVELOPE.format(id=container, start=start, count=count)
        connection.request("POST", library.path, body, HEADERS)
        answer = connection.getresponse()
        data = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"Browse of {container} was answered by {answer.status}: {data[:300]!r}")
    numbers = dict(_NUMBER.findall(data))
    inside = tuple(each.decode() for each in _CONTAINER.findall(data))
    return Page(int(numbers[b"NumberReturned"]), int(numbers[b"TotalMatches"]), inside)


def leaves(library: Library, container: str) -> Iterator[tuple[str, int]]:
    """The containers below one that hold items, with how many."""
    page = browse(library, container, 0, 0)
    if not page.containers:
        yield container, page.total
    for each in page.containers:
        yield from leaves(library, each)


def listing(library: Library, width: int) -> int:
    """Ask for all of its containers, page by page; gives how many items there were.

    What they are said to hold is asked for once, before: minidlna says 0 of it now and then.
    """
    listed = 0
    for container, items in library.containers:
        seen = 0
        while seen < items:
            page = browse(library, container, seen, width)
            if not page.returned:
                break
            seen += page.returned
        listed += seen
    return listed


def walk(library: Library, width: int) -> int:
    """Go through everything below the root as one who knows nothing of it; gives how many items there were."""
    items, waiting = 0, [library.root]
    while waiting:
        container, seen, returned = waiting.pop(), 0, width
        while returned == width:
            page = browse(library, container, seen, width)
            returned = page.returned
            seen += returned
            items += returned - len(page.containers)
            waiting += page.containers
    return items
