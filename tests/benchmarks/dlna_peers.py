"""minidlna and gerbera, each with the same folder of photos, once it has read them all.

Each has its settings and its catalogue in the scratch folder and is heard by nobody else: minidlna is on loopback;
gerbera takes no loopback (libupnp refuses it: error -121), so it has a host of its own on a cable that leads nowhere.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from PIL import Image

from tests import namespaces
from tests.benchmarks.dlna_library import Library, Page, browse, here
from tests.benchmarks.serving import free_port, process
from tools import packages

READ_S = 600.0
"""10,000 photos take either a minute where nothing else runs."""
SAID_S = 10.0
"""How often it is told how far they are."""

MINIDLNA = """\
port={port}
network_interface=lo
media_dir=P,{root}
db_dir={own}
log_dir={own}
friendly_name=benchmark
inotify=no
notify_interval=3600
"""
GERBERA = """\
<?xml version="1.0" encoding="UTF-8"?>
<config version="2" xmlns="http://mediatomb.cc/config/2">
  <server>
    <ui enabled="no"/>
    <name>benchmark</name>
    <udn>uuid:1d0f5b74-0166-4bcf-aefc-a4291dd39259</udn>
    <home>{own}</home>
    <webroot>/usr/share/gerbera/web</webroot>
    <storage><sqlite3 enabled="yes"><database-file>gerbera.db</database-file></sqlite3></storage>
  </server>
  <import hidden-files="no">
    <scripting script-charset="UTF-8"><virtual-layout type="builtin"/></scripting>
    <mappings>
      <mimetype-upnpclass><map from="image/*" to="object.item.imageItem"/></mimetype-upnpclass>
      <mimetype-contenttype><treat mimetype="image/jpeg" as="jpg"/></mimetype-contenttype>
    </mappings>
    <online-content>
      <YouTube enabled="no" refresh="28800" update-at-start="no" purge-after="604800"
        racy-content="exclude" format="mp4" hd="no"/>
    </online-content>
  </import>
</config>
"""
"""Debian's own, as far as it is about photos: also here each is in a folder, among all, and below its date."""
GERBERA_PORT = 49152
"""It takes none below, and nobody else is on its host."""


def photos(root: Path, count: int) -> None:
    """So many photos of 12 megapixels in a new folder: one, under many names."""
    root.mkdir()
    first = root / "IMG_00000.jpg"
    Image.new("RGB", (4000, 3000), "teal").save(first)
    for number in range(1, count):
        os.link(first, root / f"IMG_{number:05}.jpg")


@contextmanager
def minidlna(root: Path, scratch: Path, count: int) -> Iterator[Library | None]:
    """minidlna with the photos in one container; None when it is not here."""
    program = packages.program("minidlnad")
    if program is None:
        yield None
        return
    own, port = scratch / "minidlna", free_port()
    own.mkdir()
    (own / "minidlna.conf").write_text(MINIDLNA.format(port=port, root=root, own=own), encoding="utf-8")
    command = [str(program), "-S", "-R", "-f", str(own / "minidlna.conf"), "-P", str(own / "pid")]
    library = Library(0, here(port), "/ctl/ContentDir", "64")
    with process(command, own / "output.log", _has_read("minidlna", library, count), start_s=READ_S) as pid:
        yield replace(library, pid=pid, containers=((_folder(library), count),))


@contextmanager
def gerbera(root: Path, scratch: Path, count: int) -> Iterator[Library | None]:
    """gerbera with the photos in one container; None when it is not here, or can have no host of its own."""
    program = packages.program("gerbera")
    if program is None or not namespaces.are_possible():
        yield None
        return
    own = scratch / "gerbera"
    own.mkdir()
    (own / "config.xml").write_text(GERBERA.format(own=own), encoding="utf-8")
    with namespaces.two_hosts() as (host, _), namespaces.connections(host) as connect:
        # an address that is new cannot be listened on at once, and it listens on all
        host.run("ip", "-6", "address", "flush", "dev", namespaces.CARD)
        command = [
            *host.within, str(program), "--interface", namespaces.CARD, "--port", str(GERBERA_PORT),
            "--config", str(own / "config.xml"), "--home", str(own), "--add", str(root),
        ]  # fmt: skip
        library = Library(0, partial(connect, GERBERA_PORT), "/upnp/control/cds", "1", host=host.ip)
        with process(
            command, own / "output.log", _has_read("gerbera", library, count), start_s=READ_S
        ) as pid:
            yield replace(library, pid=pid, containers=((_folder(library), count),))


PEERS: dict[str, Callable[[Path, Path, int], AbstractContextManager[Library | None]]] = {
    "minidlna": minidlna,
    "gerbera": gerbera,
}


@contextmanager
def both(scratch: Path, count: int) -> Iterator[dict[str, Library]]:
    """Those of the peers that are here, each with the same new photos."""
    photos(scratch / "photos", count)
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(peer(scratch / "photos", scratch, count))
            for name, peer in PEERS.items()
        }
        yield {name: library for name, library in started.items() if library is not None}


def _has_read(name: str, library: Library, count: int) -> Callable[[], bool]:
    """What answers whether a server has all photos, and tells now and then how many it has."""
    told = time.monotonic()

    def ask() -> bool:
        nonlocal told
        try:
            last = browse(library, _folder(library), count - 1, 1)
        except (ConnectionError, RuntimeError):  # gerbera answers 404 before it has begun
            last = Page(0, 0, ())
        if time.monotonic() - told > SAID_S:
            told = time.monotonic()
            print(f"{name} has read {last.total:,} of {count:,} photos", flush=True)
        return (last.returned, last.total) == (1, count)

    return ask


def _folder(library: Library) -> str:
    """The container at the end of the folders that lead to the photos, as far as they are known by now."""
    container = library.root
    while inside := browse(library, container, 0, 1).containers:
        container = inside[0]
    return container
