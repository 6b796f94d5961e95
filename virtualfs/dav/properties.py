"""Properties of nodes as XML. Pure text work, made for folders of ten thousand entries.

What a client asks for is compiled once a request into one template for files and one for folders; a row
is then one `format`. Only rows that carry something of their own (locks, properties that a client set, the room of
a storage) are compiled besides. What is asked and not there is answered with 404, as the protocol wants it.
"""

import functools
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Literal
from xml.sax.saxutils import quoteattr

from lxml import etree

from services.serving import http_date, quoted
from virtualfs.dav.discovery import SUPPORTED
from virtualfs.dav.errors import Refused
from virtualfs.nodes import File, Folder, Node

DAV = "DAV:"
MAX_PROPERTIES = 256

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n'
TAIL = "</D:multistatus>\n"

_COMMON = {
    "displayname": "<D:displayname>{1}</D:displayname>",
    "creationdate": "<D:creationdate>{2}</D:creationdate>",
    "getlastmodified": "<D:getlastmodified>{3}</D:getlastmodified>",
    "getetag": "<D:getetag>{4}</D:getetag>",
    "supportedlock": "<D:supportedlock/>",
    "lockdiscovery": "<D:lockdiscovery/>",
}
FILE = {
    "resourcetype": "<D:resourcetype/>",
    **_COMMON,
    "getcontentlength": "<D:getcontentlength>{5}</D:getcontentlength>",
    "getcontenttype": "<D:getcontenttype>{6}</D:getcontenttype>",
}
FOLDER = {"resourcetype": "<D:resourcetype><D:collection/></D:resourcetype>", **_COMMON}
"""The live properties, each with its place in a row: href, name, created, modified, tag, size, type."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a PROPFIND asks for: values of `all` (and of `names` besides), only the names, or `names`."""

    kind: Literal["all", "names", "named"] = "all"
    names: tuple[tuple[str, str], ...] = ()


def parse_wanted(root: etree._Element) -> Wanted:
    """What the body of a PROPFIND asks for; raises Refused (400) when it is none."""
    if root.tag != "{DAV:}propfind":
        raise Refused(400, "The body of a PROPFIND must be a propfind element.")
    parts = {child.tag: child for child in root}
    kinds = [tag for tag in ("{DAV:}prop", "{DAV:}allprop", "{DAV:}propname") if tag in parts]
    if len(kinds) != 1:
        raise Refused(400, "A PROPFIND asks for one of prop, allprop and propname.")
    if kinds[0] == "{DAV:}prop":
        return Wanted("named", _names(parts["{DAV:}prop"]))
    if kinds[0] == "{DAV:}propname":
        return Wanted("names")
    included = parts.get("{DAV:}include")
    return Wanted("all", () if included is None else _names(included))


@dataclass(frozen=True, slots=True)
class Marks:
    """What a row has besides what every node has.

    `lockable`: it can be locked. `discovery` is its `lockdiscovery` (empty: no lock), `dead` the elements that
    clients set, by namespace and name, `hidden` live properties that are given only when asked for by name.
    """

    lockable: bool = False
    discovery: str = ""
    dead: Mapping[tuple[str, str], str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)


PLAIN = Marks()
LOCKABLE = Marks(lockable=True)


class Rows:
    """Renders nodes as `response` elements for one request."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self._templates = {
            (marks.lockable, is_file): _compiled(wanted, marks, is_file=is_file)
            for marks in (PLAIN, LOCKABLE)
            for is_file in (True, False)
        }
        self._last: tuple[Marks, bool, str] | None = None

    def render(self, href: str, node: Node, marks: Marks = PLAIN) -> str:
        """One response. `href` is the encoded address, of folders with its slash."""
        is_file = isinstance(node, File)
        if marks is PLAIN or marks is LOCKABLE:
            template = self._templates[marks.lockable, is_file]
        else:
            template = self._compiled(marks, is_file=is_file)
        name, modified = escape(node.name, quote=False), http_date(int(node.mtime))
        created, tag = iso_date(int(node.created)), quoted(node.etag)
        if isinstance(node, File):
            mime = escape(node.mime, quote=False)
            return template.format(href, name, created, modified, tag, node.size, mime)
        return template.format(href, name, created, modified, tag)

    def render_entry(self, base: str, encoded: str, node: Node, marks: Marks = PLAIN) -> str:
        """One response for an entry of the folder at `base`, by its encoded name."""
        return self.render(f"{base}{encoded}/" if isinstance(node, Folder) else base + encoded, node, marks)

    def _compiled(self, marks: Marks, *, is_file: bool) -> str:
        """The template for marks that are not everybody's; the folders of a storage may share theirs."""
        last = self._last
        if last is None or last[0] is not marks or last[1] != is_file:
            last = self._last = (marks, is_file, _compiled(self.wanted, marks, is_file=is_file))
        return last[2]


@functools.lru_cache(maxsize=4096)  # clients list the same folders again and again
def iso_date(seconds: int) -> str:
    """Seconds since 1970 as `1994-11-06T08:49:37Z` (RFC 3339)."""
    t = time.gmtime(max(seconds, 0))
    return f"{t.tm_year:04}-{t.tm_mon:02}-{t.tm_mday:02}T{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02}Z"


def _names(element: etree._Element) -> tuple[tuple[str, str], ...]:
    found = dict.fromkeys(_name(child) for child in element if isinstance(child.tag, str))
    if len(found) > MAX_PROPERTIES:
        raise Refused(400, f"More than {MAX_PROPERTIES} properties at once.")
    return tuple(found)


def _name(element: etree._Element) -> tuple[str, str]:
    qualified = etree.QName(element)
    return qualified.namespace or "", qualified.localname


def _compiled(wanted: Wanted, marks: Marks, *, is_file: bool) -> str:
    """The template for a file or a folder with these marks."""
    live = dict(FILE if is_file else FOLDER)
    if marks.lockable:
        live["supportedlock"] = SUPPORTED
    if marks.discovery:
        live["lockdiscovery"] = _plain(marks.discovery)
    known = {(DAV, name): text for name, text in live.items()}
    known |= {which: _plain(text) for which, text in marks.dead.items()}
    hidden = {(DAV, name): _plain(text) for name, text in marks.hidden.items()}
    return _template(wanted, known, hidden)


def _template(
    wanted: Wanted, known: Mapping[tuple[str, str], str], hidden: Mapping[tuple[str, str], str]
) -> str:
    """The response of a row, with the places of its values in braces."""
    if wanted.kind == "names":
        found, missing = [_empty(*which) for which in known], []
    else:
        asked = dict.fromkeys(wanted.names if wanted.kind == "named" else (*known, *wanted.names))
        there = {**hidden, **known}
        found = [there[which] for which in asked if which in there]
        missing = [_empty(*which) for which in asked if which not in there]
    stats = _propstat(found, "200 OK") if found or not missing else ""
    stats += _propstat(missing, "404 Not Found") if missing else ""
    return f"<D:response><D:href>{{0}}</D:href>{stats}</D:response>\n"


def _plain(text: str) -> str:
    """Text that a template gives as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def _propstat(elements: Iterable[str], status: str) -> str:
    inner = "".join(elements)
    return f"<D:propstat><D:prop>{inner}</D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat>"


def _empty(space: str, name: str) -> str:
    """An element that has no value. (Neither an address nor a name has braces, so a template takes it.)"""
    return f"<D:{name}/>" if space == DAV else f"<{name} xmlns={quoteattr(space)}/>"
