"""What sets and players want differently: a row of data for each, found by what they say of themselves.

Whoever is not known gets what most can use. What a set says when it asks for the list is not what it says
when it fetches a picture, so what was found is kept by address for some hours.
Source: minidlna's clients.c and Jellyfin's profiles; no set was at hand.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Caption = Literal["res", "sec", "pv"]
"""How a film says where its subtitle is: by a resource of its own, in Samsung's words, or in Panasonic's."""

ALL_SIZES = ("LRG", "FHD", "MED", "TN")
"""Sizes in which a picture is offered; many take the first without looking at the others."""

KEPT = 64
KEPT_S = 6 * 3600


@dataclass(frozen=True, slots=True)
class Client:
    """How one kind of set or player is answered.

    `marks` are (header, part of its value), of which one must be there. `sec`: Samsung's own words stand in
    the description. `microsoft`: we say that we are Windows Media Player, or it shows nothing. `sizes` of
    pictures that it is offered. `everything`: what its filter leaves out is needed all the
    same. `sort`: how containers come if it does not say. `mimes` it has other names for. `captions`: how it finds
    subtitles. `dotted`: it looks for them only where a title has a dot.
    """

    name: str
    marks: tuple[tuple[str, str], ...] = ()
    sec: bool = True
    microsoft: bool = False
    sizes: tuple[str, ...] = ALL_SIZES
    everything: bool = False
    sort: str = ""
    mimes: Mapping[str, str] = field(default_factory=dict)
    captions: tuple[Caption, ...] = ("res",)
    dotted: bool = False


ANY = Client("any")
CLIENTS = (
    Client(  # folders cannot be opened when Samsung's words are there
        "Samsung player", (("user-agent", "SEC_HHP_BD"), ("user-agent", "SEC_HHP_[PC]")), sec=False,
        captions=("sec",),
    ),
    Client(
        "Samsung", (("user-agent", "SEC_HHP_"),), sizes=("LRG", "TN"), mimes={"video/x-matroska": "video/x-mkv"},
        captions=("sec",),
    ),
    Client("LG", (("user-agent", "LGE_DLNA_SDK"), ("user-agent", "WebOS")), dotted=True),
    Client("Sony", (("x-av-client-info", "BRAVIA"), ("user-agent", "BRAVIA")), microsoft=True),
    Client("PlayStation", (("user-agent", "PLAYSTATION"), ("x-av-client-info", "PLAYSTATION")), captions=()),
    Client("Panasonic", (("user-agent", "Panasonic MIL DLNA"),), sort="+dc:title", captions=("pv",)),
    Client(
        "Xbox", (("user-agent", "Xbox/"), ("friendlyname.dlna.org", "Xbox"), ("user-agent", "NSPlayer/12")),
        microsoft=True, everything=True, captions=(),
    ),
    Client("Windows", (("user-agent", "Microsoft-Windows"), ("user-agent", "Microsoft-DLNA")), captions=()),
    Client("Kodi", (("user-agent", "Kodi"), ("user-agent", "Platinum"))),
    Client("VLC", (("user-agent", "VLC"), ("user-agent", "Portable SDK for UPnP devices"))),
)  # fmt: skip
"""The more particular ones stand first."""


def find(headers: Mapping[str, str]) -> Client | None:
    """The row for what says this of itself; None when it says nothing that is known. Names are lower-case."""
    for client in CLIENTS:
        if any(mark.lower() in headers.get(name, "").lower() for name, mark in client.marks):
            return client
    return None


class Clients:
    """Remembers what was found at an address. Threading: may be used from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Client]] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, ip: str, headers: Mapping[str, str]) -> Client:
        """Who asks from this address, by these headers or by earlier ones."""
        found, moment = find(headers), self._clock()
        with self._lock:
            if found is None:
                since, kept = self._kept.get(ip, (-float(KEPT_S), ANY))
                return kept if moment - since < KEPT_S else ANY
            self._kept[ip] = moment, found
            self._kept.move_to_end(ip)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found
