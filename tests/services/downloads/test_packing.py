"""The archive that is made while it is sent: whole for every program, and never whole when it was cut."""

import asyncio
import io
import shutil
import subprocess
import threading
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from services import clock, downloads, sharing
from services.broker import Stream
from services.clock import MINUTE, now
from services.downloads import Entry, Pack, Plan, packing
from services.errors import AccessDenied, HypomosError, StorageError
from services.models import File, Grant, Item, Share, Storage, User, counters, transaction
from tests.services.downloads.conftest import Chest


def pack(chest: Chest, viewer: str = "ben") -> Pack:
    asker = getattr(chest, viewer)
    return Pack(asker, chest.broker, downloads.plan_collection(asker, chest.collection.pid))


def bytes_of(pack: Pack, meanwhile: Callable[[int], None] = lambda n: None) -> bytes:
    """What is sent; `meanwhile` is called after each piece with how many bytes there are."""
    sent = bytearray()

    async def read() -> None:
        async with aclosing(aiter(pack)) as pieces:
            async for piece in pieces:
                sent.extend(piece)
                meanwhile(len(sent))

    try:
        asyncio.run(read())
    except HypomosError as error:
        error.sent = bytes(sent)  # type: ignore[attr-defined]  # for the test to look at
        raise
    finally:
        pack.close()
    return bytes(sent)


def test_a_whole_archive(chest: Chest) -> None:
    contents = {"a.jpg": b"a" * 700_000, "Grüße ☀.jpg": b"b" * 10, "empty.jpg": b"", "A.JPG": b"other"}
    for name, content in contents.items():
        chest.add(name, content)
    with zipfile.ZipFile(io.BytesIO(bytes_of(pack(chest)))) as archive:
        assert archive.testzip() is None
        there = {i.filename: i for i in archive.infolist()}
        assert set(there) == {"Lake/a.jpg", "Lake/Grüße ☀.jpg", "Lake/empty.jpg", "Lake/A (2).JPG"}
        assert archive.read("Lake/a.jpg") == contents["a.jpg"]
        assert all(i.compress_type == zipfile.ZIP_STORED for i in there.values())
        assert there["Lake/a.jpg"].date_time == (2026, 7, 1, 0, 0, 0)
        assert there["Lake/Grüße ☀.jpg"].flag_bits & 0x800


@pytest.mark.skipif(shutil.which("unzip") is None, reason="needs unzip")
def test_unzip_takes_it(chest: Chest, tmp_path: Path) -> None:
    for n in range(5):
        chest.add(f"ü{n}.jpg", bytes([n]) * 300_000)
    (tmp_path / "x.zip").write_bytes(bytes_of(pack(chest)))
    done = subprocess.run(
        ["unzip", "-o", "x.zip", "-d", "out"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert sorted(p.stat().st_size for p in (tmp_path / "out" / "Lake").iterdir()) == [300_000] * 5


def test_what_is_away_stands_in_a_list(chest: Chest) -> None:
    chest.add("a.jpg")
    chest.add("b.jpg")
    File.update(presence="missing", absent_since=1).where(File.name == "b.jpg").execute()
    with zipfile.ZipFile(io.BytesIO(bytes_of(pack(chest)))) as archive:
        assert archive.namelist() == ["Lake/a.jpg", "Lake/_omitted.txt"]
        assert b"b.jpg" in archive.read("Lake/_omitted.txt")


def once(at: int, act: Callable[[], object]) -> Callable[[int], None]:
    """Act when `at` bytes were sent."""
    done = False

    def meanwhile(sent: int) -> None:
        nonlocal done
        if sent >= at and not done:
            done = True
            act()

    return meanwhile


def cut(chest: Chest, act: Callable[[], object], at: int) -> bytes:
    """Start a download, act once `at` bytes were sent, and give what came until it was cut."""
    with pytest.raises((AccessDenied, StorageError)) as caught:
        bytes_of(pack(chest), once(at, act))
    sent: bytes = caught.value.sent  # type: ignore[attr-defined]
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(sent))
    return sent


@pytest.mark.parametrize("at", [1, 300_000, 700_001])
@pytest.mark.parametrize("how", ["share", "item", "deleted", "storage removed", "expired"])
def test_it_is_cut_where_a_right_ends(
    chest: Chest, data: Path, monkeypatch: pytest.MonkeyPatch, how: str, at: int
) -> None:
    end = now() + 60 * MINUTE
    if how == "expired":
        for given in (Share, Grant):
            given.update(expires_at=end).execute()
    items = [chest.add(f"{n}.jpg", bytes([n]) * 700_000) for n in range(4)]

    def act() -> None:
        if how == "share":
            sharing.revoke_share(chest.anna, chest.share.pid)
        elif how == "item":
            sharing.withdraw(chest.anna, [i.pid for i in items])
        elif how == "expired":
            monkeypatch.setattr(clock, "source", lambda: (end + 1) / 1_000_000)
        else:
            with transaction():
                if how == "deleted":
                    Item.update(trashed_at=1).execute()
                else:
                    Storage.update(removed_at=1).execute()
                counters.bump_policy()

    sent = cut(chest, act, at)
    assert len(sent) <= at + 2 * 256 * 1024 + 200  # the chunk that was handed over, and no more


@pytest.mark.parametrize("gone", [[1], [2], [1, 2]])
def test_what_is_withdrawn_before_its_turn_is_passed_over_and_named(
    chest: Chest, data: Path, gone: list[int]
) -> None:
    """One who takes a picture back ends nobody's download; nothing but its name is told."""
    items = [chest.add(f"{n}.jpg", bytes([n]) * 300_000) for n in range(3)]
    sent = bytes_of(pack(chest), once(1, lambda: sharing.withdraw(chest.anna, [items[n].pid for n in gone])))
    with zipfile.ZipFile(io.BytesIO(sent)) as archive:
        assert archive.testzip() is None
        there = [f"Lake/{n}.jpg" for n in range(3) if n not in gone]
        assert archive.namelist() == [*there, "Lake/_omitted.txt"]
        told = archive.read("Lake/_omitted.txt").decode().partition("\r\n\r\n")[2]
    assert told == "".join(f"{n}.jpg\r\n" for n in gone)


def test_what_is_withdrawn_while_it_is_sent_cuts_there(chest: Chest, data: Path) -> None:
    items = [chest.add(f"{n}.jpg", bytes([n]) * 700_000) for n in range(3)]
    sent = cut(chest, lambda: sharing.withdraw(chest.anna, [items[1].pid]), 800_000)
    assert 800_000 < len(sent) < 1_400_000


@pytest.mark.parametrize("how", ["all withdrawn", "session"])
def test_where_nothing_is_left_it_is_cut_before_a_file_is_opened(chest: Chest, data: Path, how: str) -> None:
    """Between two files, where no chunk notices it: what was packed is not sent as a whole archive."""
    items = [chest.add(f"{n}.jpg", b"x" * 10) for n in range(3)]
    one = pack(chest)

    def act() -> None:
        if how == "all withdrawn":
            sharing.withdraw(chest.anna, [i.pid for i in items])
        else:
            User.update(active=False).where(User.id == chest.ben.user_id).execute()

    act_once = once(1, act)
    with pytest.raises(AccessDenied) as caught:
        bytes_of(one, act_once)
    assert b"_omitted" not in caught.value.sent  # type: ignore[attr-defined]


@pytest.mark.parametrize("how", ["gone", "shorter", "another size in the catalogue"])
def test_it_is_cut_where_a_storage_fails(chest: Chest, how: str) -> None:
    for n in range(3):
        chest.add(f"{n}.jpg", bytes([n]) * 300_000)

    def act() -> None:
        if how == "gone":
            (chest.folder / "2.jpg").unlink()
        elif how == "shorter":
            (chest.folder / "2.jpg").write_bytes(b"x")
        else:
            File.update(size=5).where(File.name == "2.jpg").execute()

    sent = cut(chest, act, 1)
    assert 600_000 < len(sent) < 601_000


def test_who_goes_away_leaves_nothing_open(chest: Chest) -> None:
    for n in range(3):
        chest.add(f"{n}.jpg", bytes([n]) * 700_000)
    one = pack(chest)

    async def read() -> None:
        async with aclosing(aiter(one)) as pieces:
            async for _ in pieces:
                break

    asyncio.run(read())
    one.close()
    one.close()
    untouched = pack(chest)
    untouched.close()


def test_who_goes_away_while_a_file_is_opened_leaves_it_closed(
    chest: Chest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread cannot be stopped: what it opens is there after everybody has gone."""
    chest.add("a.jpg")
    one, asked, may = pack(chest), threading.Event(), threading.Event()
    really = chest.broker.open

    def slowly(*given: Any, **more: Any) -> Stream:
        asked.set()
        may.wait(10)
        return really(*given, **more)

    monkeypatch.setattr(chest.broker, "open", slowly)

    async def leave() -> None:
        reading = asyncio.ensure_future(anext(aiter(one)))
        await asyncio.to_thread(asked.wait, 10)
        reading.cancel()
        await asyncio.wait([reading])
        one.close()
        may.set()

    asyncio.run(leave())  # waits for its threads
    assert asked.is_set()
    assert chest.broker.traffic.running == 0


def test_larger_than_four_gigabytes(chest: Chest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The larger form is taken by what is known of a size, before a byte of it is there."""
    size = 300_000
    for n in range(2):
        chest.add(f"{n}.jpg", bytes([n]) * size)
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", size - 1)
    sent = bytes_of(pack(chest))
    assert b"PK\x06\x06" in sent  # the end record of ZIP64
    monkeypatch.undo()
    with zipfile.ZipFile(io.BytesIO(sent)) as archive:
        assert archive.testzip() is None
        assert all(i.extract_version >= 45 for i in archive.infolist())


def many(chest: Chest, number: int) -> Plan:
    """A plan that names one file of the folder very often."""
    file = File.get()
    return Plan(
        "x", [Entry(file.id, f"x/{n:06}.jpg", file.size, (2026, 7, 1, 0, 0, 0)) for n in range(number)], []
    )


def peak(chest: Chest, plan: Plan) -> tuple[int, int]:
    one = Pack(chest.anna, chest.broker, plan)
    sent = 0

    async def read() -> None:
        nonlocal sent
        async with aclosing(aiter(one)) as pieces:
            async for piece in pieces:
                sent += len(piece)

    tracemalloc.start()
    try:
        asyncio.run(read())
        return tracemalloc.get_traced_memory()[1], sent
    finally:
        tracemalloc.stop()
        one.close()


def test_memory_does_not_grow_with_the_bytes(chest: Chest) -> None:
    chest.add("a.jpg", b"x" * 1_000_000)
    few, short = peak(chest, many(chest, 10))
    more, long = peak(chest, many(chest, 200))
    assert long > 15 * short
    assert more < 2 * few


@pytest.mark.sqlite("it is the packing that is long")
@pytest.mark.first
@pytest.mark.long
def test_ten_thousand_files(chest: Chest) -> None:
    """What grows with the number of files is a line of the archive's directory for each."""
    chest.add("a.jpg", b"x" * 100_000)
    few, _ = peak(chest, many(chest, 100))
    more, sent = peak(chest, many(chest, 10_000))
    assert sent > 1_000_000_000
    assert (more - few) / 9_900 < 1_500
    assert packing.OMITTED
