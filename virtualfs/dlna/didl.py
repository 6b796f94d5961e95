"""DIDL-Lite: containers and items as XML, already escaped to stand in the `Result` of an answer.

An item is written once for what a client asks for and taken apart: the form, which is the same of many, and what
is its own, a hundred bytes. To put it together again takes a microsecond: so pages are cheap and thousands are kept.
"""

import datetime
import functools
import re
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from services.media.television import PROFILES, Offer
from services.pictures import offers_of
from services.showing import Shown
from virtualfs.dlna.places import ALBUM, Container
from virtualfs.dlna.quirks import Caption, Client
from virtualfs.dlna.search import CLASSES
from virtualfs.dlna.text import attribute, clean, escape

_HEAD = (
    '<DIDL-Lite xmlns="urn:schemas-upnp-org:metadata-1-0/DIDL-Lite/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:upnp="urn:schemas-upnp-org:metadata-1-0/upnp/" xmlns:dlna="urn:schemas-dlna-org:metadata-1-0/"'
)
_WORDS_OF = {"sec": "http://www.sec.co.kr/", "pv": "http://www.pv.com/pvns/"}
"""The namespaces of what only some sets know. Source: minidlna's upnpsoap.h, gerbera."""
TAIL = escape("</DIDL-Lite>").encode()

IMAGE_FLAGS, PLAYER_FLAGS = "00F00000" + 24 * "0", "01700000" + 24 * "0"
"""DLNA.ORG_FLAGS: what is shown is fetched in the background or at once, what is played is streamed."""

BASE = "\x01"
"""Marks in the text of an item where the address of its bytes comes, up to the size."""

_OWN, _OWNS = "\x02", re.compile(b"\x02([^\x02]*)\x02")
"""Stands before and after what is an item's own in its text; in a form only one is left of both."""
_CUT = b"\x01"
"""Between the parts of what is an item's own."""
FORMS = 512
"""Forms that are shared: what a client may ask for, times the kinds of items, times the pictures they have."""


class Form(NamedTuple):
    """The text of an item without what is its own.

    `text` has a `%b` for each value; `pick` takes them in order out of the container, the beginning of the addresses
    and the item's own.
    """

    text: bytes
    pick: Callable[[tuple[bytes, ...]], Any]
    is_photo: bool


class Text(NamedTuple):
    """An item as text: `own` is its public id, the container it is in wherever else it may be, and its values."""

    form: Form
    own: bytes

    @property
    def pid(self) -> str:
        """Its public id."""
        return self.own.partition(_CUT)[0].decode()


KNOWN = frozenset(
    {
        "dc:date", "res", "res@size", "res@duration", "res@resolution", "res@bitrate", "upnp:albumArtURI",
        "@childCount", "@searchable", "upnp:storageUsed", "sec:CaptionInfoEx", "res@pv:subtitleFileType",
        "res@pv:subtitleFileUri",
    }
)  # fmt: skip
"""What may be left out; the rest is required."""

ORIGINAL = "original"
_EPOCH = datetime.datetime(1970, 1, 1)


ASKING = ("FHD", "MED")
"""Sizes of the picture that says how a device is approved."""


@functools.lru_cache(maxsize=64)
def read_filter(text: str) -> frozenset[str]:
    """What a client wants to have of what may be left out; all of it when it names nothing.

    By the letter nothing would then be left, not even an address. Source: minidlna's set_filter_flags.
    """
    parts = {part.strip() for part in text[:2000].split(",")}
    if "*" in parts or parts == {""}:
        return KNOWN
    found = set(parts & KNOWN)
    if any(part == "res" or part.startswith("res@") for part in parts):
        found.add("res")
    return frozenset(found)


@functools.lru_cache(maxsize=64)
def head(captions: tuple[Caption, ...]) -> bytes:
    """What stands before the entries, for a client that finds subtitles so."""
    more = "".join(f' xmlns:{name}="{_WORDS_OF[name]}"' for name in captions if name in _WORDS_OF)
    return escape(f"{_HEAD}{more}>").encode()


def features(size: str) -> str:
    """The fourth field of a picture's protocolInfo."""
    return f"DLNA.ORG_PN={PROFILES[size].dlna};DLNA.ORG_OP=01;DLNA.ORG_CI=1;DLNA.ORG_FLAGS={IMAGE_FLAGS}"


PLAYED = f"DLNA.ORG_OP=01;DLNA.ORG_FLAGS={PLAYER_FLAGS}"
"""The same of what is played: no profile is promised of bytes that nobody made for it."""


SRT, CAPTION = "text/srt", "*"
"""The type of subtitles as sets call it, and the fourth field of theirs: nothing is promised."""


def container(found: Container, wanted: frozenset[str]) -> bytes:
    """A container."""
    counted = f' childCount="{found.children}"' if "@childCount" in wanted else ""
    searchable = ' searchable="1"' if "@searchable" in wanted else ""
    used = (
        "<upnp:storageUsed>-1</upnp:storageUsed>"
        if "upnp:storageUsed" in wanted and found.kind != ALBUM
        else ""
    )
    return escape(
        f'<container id="{found.id}" parentID="{found.parent}" restricted="1"{searchable}{counted}>'
        f"<dc:title>{escape(clean(found.title))}</dc:title><upnp:class>{found.kind}</upnp:class>{used}</container>"
    ).encode()


def item(shown: Shown, wanted: frozenset[str], client: Client, known: Mapping[str, int], home: str) -> Text:
    """An item, to be placed; `known` are the sizes in bytes of renditions that are there, `home` is its container."""
    title = f"{shown.title}." if shown.subtitle and client.dotted and "." not in shown.title else shown.title
    parts = [
        'restricted="1">'
        f"<dc:title>{_own(escape(clean(title)))}</dc:title><upnp:class>{CLASSES[shown.kind]}</upnp:class>"
    ]
    if "dc:date" in wanted and shown.taken is not None:
        parts.append(f"<dc:date>{_own(_date(shown))}</dc:date>")
    if "upnp:albumArtURI" in wanted and shown.kind != "audio":
        parts.append(f'<upnp:albumArtURI dlna:profileID="JPEG_TN">{BASE}TN.jpg</upnp:albumArtURI>')
    if "res" in wanted:
        if shown.kind == "photo":
            parts += [_picture(offer, wanted, known) for offer in _offers(shown, client)]
        elif shown.readable:
            parts.append(_player(shown, wanted, client))
            parts += _captions(shown, wanted, client)
    parts.append("</item>")
    text = escape("".join(parts)).encode()
    form = _form(_OWNS.sub(_OWN.encode(), text), shown.kind == "photo")
    return Text(form, _CUT.join([shown.pid.encode(), home.encode(), *_OWNS.findall(text)]))


@functools.lru_cache(maxsize=FORMS)
def _form(text: bytes, is_photo: bool) -> Form:
    """The form of an item, of its text with marks; equal ones are one object."""
    parent, base, pid, own = 0, 1, 2, 4  # in the order in which `placed` gives them
    order = [parent, pid, parent]
    for mark in re.findall(b"[\x01\x02]", text):
        order.append(base if mark == BASE.encode() else own)
        own += mark == _OWN.encode()
    pieces = re.split(b"[\x01\x02]", text.replace(b"%", b"%%"))
    return Form(b'&lt;item id="%b.i%b" parentID="%b" ' + b"%b".join(pieces), itemgetter(*order), is_photo)


def placed(text: Text, parent: bytes | None, base: Callable[[bytes], bytes]) -> bytes:
    """An item where it is sent: below this container or its own, `base` gives how its addresses begin."""
    pid, home, *own = text.own.split(_CUT)
    written: bytes = text.form.text % text.form.pick((parent or home, base(pid), pid, home, *own))
    return written


def ask(parent: str, title: str, base: str) -> bytes:
    """What a device that nobody knows is shown: one picture."""
    parts = "".join(
        f'<res protocolInfo="http-get:*:image/jpeg:{features(size)}">{base}{size}.jpg</res>'
        for size in ASKING
    )
    return escape(
        f'<item id="ask" parentID="{parent}" restricted="1"><dc:title>{escape(clean(title))}</dc:title>'
        f"<upnp:class>{CLASSES['photo']}</upnp:class>{parts}</item>"
    ).encode()


def mime_of(shown: Shown, client: Client) -> str:
    """The type of what is played, as this client calls it."""
    return client.mimes.get(shown.mime, shown.mime)


def ending(mime: str) -> str:
    """What addresses of this type end in: some sets look at nothing else."""
    return _ENDINGS.get(mime, mime.rpartition("/")[2].removeprefix("x-"))


_ENDINGS = {
    "video/quicktime": "mov", "video/x-matroska": "mkv", "video/x-msvideo": "avi", "video/mp2t": "ts",
    "audio/mpeg": "mp3", "audio/mp4": "m4a",
}  # fmt: skip


def _own(value: object) -> str:
    """A value that no other item has, for its text."""
    return f"{_OWN}{value}{_OWN}"


def _offers(shown: Shown, client: Client) -> list[Offer]:
    """The sizes in which this client is offered a picture; the largest of those it takes comes first."""
    offers = offers_of(shown.mime, shown.width, shown.height)
    return [offer for offer in offers if offer.profile.name in client.sizes]


def _picture(offer: Offer, wanted: frozenset[str], known: Mapping[str, int]) -> str:
    name, more = offer.profile.name, ""
    if "res@size" in wanted and name in known:
        more += f' size="{_own(known[name])}"'
    if "res@resolution" in wanted and offer.width:
        more += f' resolution="{_own(f"{offer.width}x{offer.height}")}"'
    return f'<res protocolInfo="http-get:*:image/jpeg:{features(name)}"{more}>{BASE}{name}.jpg</res>'


def _player(shown: Shown, wanted: frozenset[str], client: Client) -> str:
    mime, more = mime_of(shown, client), ""
    if "res@size" in wanted:
        more += f' size="{_own(shown.size)}"'
    if "res@duration" in wanted and shown.duration_ms:
        more += f' duration="{_own(_duration(shown.duration_ms))}"'
    if "res@bitrate" in wanted and shown.duration_ms and (rate := shown.size * 1000 // shown.duration_ms):
        more += f' bitrate="{_own(rate)}"'
    if "res@resolution" in wanted and shown.width and shown.height:
        more += f' resolution="{_own(f"{shown.width}x{shown.height}")}"'
    if shown.subtitle and "pv" in client.captions:
        words = {"Type": "SRT", "Uri": f"{BASE}{caption(_own(shown.subtitle))}"}
        for word in (word for word in words if f"res@pv:subtitleFile{word}" in wanted):
            more += f' pv:subtitleFile{word}="{words[word]}"'
    address = f"{BASE}{ORIGINAL}.{ending(shown.mime)}"
    return f'<res protocolInfo="http-get:*:{attribute(mime)}:{PLAYED}"{more}>{attribute(address)}</res>'


def _captions(shown: Shown, wanted: frozenset[str], client: Client) -> list[str]:
    """Where the subtitle of a film is, beside the film itself."""
    if not shown.subtitle:
        return []
    address, found = f"{BASE}{caption(_own(shown.subtitle))}", []
    if "res" in client.captions:
        found.append(f'<res protocolInfo="http-get:*:{SRT}:{CAPTION}">{address}</res>')
    if "sec" in client.captions and "sec:CaptionInfoEx" in wanted:
        found.append(f'<sec:CaptionInfoEx sec:type="srt">{address}</sec:CaptionInfoEx>')
    return found


def caption(key: str) -> str:
    """The last part of the address of a subtitle."""
    return f"{key}.srt"


def _date(shown: Shown) -> str:
    """The wall clock at the place, without a zone."""
    moment = _EPOCH + datetime.timedelta(microseconds=shown.taken or 0)
    return moment.isoformat(timespec="seconds")[: 10 if shown.whole_day else None]


def _duration(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
