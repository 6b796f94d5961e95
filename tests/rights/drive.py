"""What the household at work does over the network drive: copies, which are theirs from then on, whatever ends later.

And what is put into a collection and taken out of one: only out of the collection, and never into a dynamic one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx2 as httpx
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from services import sharing
from services.media.masking import Mask, apply, to_json
from services.models import Asset, Collection, File, Item, counters, transaction
from services.storages.local import _LocalHandle
from tests.rights.albums import Albums
from tests.rights.checks import Checks
from tests.rights.ends import Ends
from tests.rights.oracle import Album, Thing
from tests.rights.people import COPIES, NUMBER
from tests.rights.surfaces import addresses_of

MOST_COPIES = 6
MASK = Mask(100, 300)
"""Where the place would be told."""


class Drive(Albums, Ends, Checks):
    """Somebody copies what others share, or fills a collection; `seen` is where somebody saw an item."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[tuple[int, int], set[str]] = {}

    @rule(number=NUMBER, meanwhile=st.sampled_from(["nothing", "revoke"]), masked=st.booleans())
    def copy(self, number: int, meanwhile: str, masked: bool) -> None:
        """Somebody copies what others share into a storage of their own: theirs from then on, whatever ends later.

        `masked`: for once it is known how to keep its place back, and who may not know the place gets what that leaves.
        """
        if len(self.home.copies) >= MOST_COPIES:
            return
        active = [who for who, person in self.home.people.items() if person.active]
        tried = [(who, t) for who in active for t in self.home.things.values() if t.owner != who]
        there = [(who, t) for who, t in tried if self.home.mounts(who, t, masked=masked)]
        who, thing = self.pick(number, there if there and number % 4 else tried)
        with self._known_to_mask(thing, masked=masked):
            self._try_to_copy(who, thing, meanwhile, masked=masked)

    @contextmanager
    def _known_to_mask(self, thing: Thing, *, masked: bool) -> Iterator[None]:
        for masks in (to_json([MASK]), None) if masked else ():
            with transaction():
                Asset.update(masks=masks).where(Asset.item == thing.id).execute()
                counters.bump_policy()
            if masks is not None:
                yield
        if not masked:
            yield

    def _try_to_copy(self, who: int, thing: Thing, meanwhile: str, *, masked: bool) -> None:
        viewer, item = self.viewer(who), Item.get_by_id(thing.id)
        seen = self.seen.setdefault((who, thing.id), set())
        found = addresses_of(self.asking, viewer, item)
        assert bool(found) == self.home.mounts(who, thing, masked=masked), (viewer.login, item.name)
        seen |= found
        if found:
            self._copy(who, thing, min(found), meanwhile, masked=masked)
            return
        seen |= {self._guess(album, item) for album in self.home.albums.values() if item.id in album.items}
        for address in sorted(seen):  # what was there once, or might be
            assert self._copied(who, address).status_code == 404, address

    def _copy(self, who: int, thing: Thing, address: str, meanwhile: str, *, masked: bool) -> None:
        owner, login = self.home.people[thing.owner], self.home.people[who].login
        read, done, whole = _LocalHandle.pread, list[bool](), self.home.reads(who, thing)

        def reading(handle: _LocalHandle, offset: int, length: int) -> bytes:
            data = read(handle, offset, length)
            if not done and meanwhile == "revoke" and owner.active:
                done.append(True)
                sharing.revoke(self.viewer(owner.id), {"user": login})
            return data

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_LocalHandle, "pread", reading)
            answer = self._copied(who, address)
        if done:
            self._revoked(owner.id, who)
        if not self.home.reads(who, thing, masked=masked and not whole):
            assert answer.status_code == 404, "it was read on when the right had ended"
            return
        assert answer.status_code == 201, answer.text
        file = File.get(File.raw_name == f"{self.made}.jpg")
        self.home.copies[file.id] = who
        data = _bytes_of(File.get(File.asset == Item.get_by_id(thing.id).cover_id))
        assert _bytes_of(file) == (data if whole else apply([MASK], 0, data))

    def _copied(self, who: int, address: str) -> httpx.Response:
        """Try it; what is refused leaves nothing."""
        self.made += 1
        name = f"{self.made}.jpg"
        target = f"/dav/Storages/{COPIES}/{name}"
        answer = self.asking.dav(self.viewer(who), "COPY", address, Destination=target)
        root = self.asking.data.parent / "roots" / self.home.people[who].login / COPIES
        left = {path.name for path in root.iterdir() if path.is_file()}
        known = {file.raw_name for file in File.select() if self.home.copies.get(file.id) == who}
        assert left - known == ({name} if answer.status_code == 201 else set()), left
        return answer

    @rule(album=NUMBER, thing=NUMBER)
    def put_in_over_drive(self, album: int, thing: int) -> None:
        """Somebody puts a picture of theirs into a collection: it comes by reference, for they have the bytes."""
        chosen = self.pick(album, [a for a in self._own_albums() if a.purpose == "own"])
        mine = [t for t in self.home.things.values() if chosen is not None and t.owner == chosen.owner]
        item = self.pick(thing, [t for t in mine if not self.home.storages[t.storage].removed])
        if item is None:
            return
        row = Item.get_by_id(item.id)
        data = _bytes_of(File.get(File.asset == row.cover_id))
        address = f"{self._folder(chosen)}/{quote(row.name)}"
        answer = self.asking.dav(self.viewer(chosen.owner), "PUT", address, data)
        if chosen.query is not None:
            assert answer.status_code == 403, "what a query finds was put in by hand"
            return
        assert answer.status_code in {201, 204}, answer.text
        self._came(chosen, item)

    @rule(album=NUMBER, thing=NUMBER)
    def take_out_over_drive(self, album: int, thing: int) -> None:
        """What the drive shows in a collection is deleted there: the original stays, and who brought it has it."""
        chosen = self.pick(album, [a for a in self._own_albums() if a.purpose == "own" and a.items])
        if chosen is None:
            return
        viewer, item = self.viewer(chosen.owner), self.home.things[self.pick(thing, sorted(chosen.items))]
        found = addresses_of(self.asking, viewer, Item.get_by_id(item.id))
        for address in sorted(found):
            if address.startswith(f"{self._folder(chosen)}/"):
                self.home.clock += 1
                status = self.asking.dav(viewer, "DELETE", address).status_code
                assert status == (204 if chosen.query is None else 403)
                if status == 204:
                    self._went(chosen, item)

    def _folder(self, album: Album) -> str:
        return f"/dav/Collections/{quote(Collection.get_by_id(album.id).name)}"

    def _guess(self, album: Album, item: Item) -> str:
        """Where it would be if its album were shared."""
        names = ("Shared with me", self.home.people[album.owner].login, Collection.get_by_id(album.id).name)
        return "/dav/" + "/".join(map(quote, (*names, item.name)))


def _bytes_of(file: File) -> bytes:
    return (Path(file.storage.root) / file.raw_name).read_bytes()
