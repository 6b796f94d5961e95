"""A scan meets each fault at each moment: right state, right words, nothing lost, and it goes on by itself."""

import hashlib
from contextlib import suppress

import pytest

from services import clock
from services.errors import PutOff, StorageError, Unavailable
from services.models import File, Storage
from services.scanning.read_jobs import left
from services.storages.rclone import knownroot
from services.storages.rclone.faults import WAIT_S
from tests.fakes import photo
from tests.faults.afar import BOUND_S, Afar, in_time
from tests.servers.faults import FAULTS, FaultServer

pytestmark = pytest.mark.usefixtures("impatient")

MOMENTS = ("probe", "root", "folder", "glance", "full", "stream")
OF_LISTINGS = ("empty", "partial")
ABOUT_FILES = {"403", "507", "redirect"}
"""Met when a file is read, these say nothing of the storage."""
STATES = {"401": "sign-in", "429": "slow"}
WORDS = {
    "refused": "nothing answers at its address", "hang": "does not answer in time", "401": "wants a new sign-in",
    "403": "may lack the right", "404": "", "429": "asks to wait", "500": "500 Internal Server Error",
    "503": "503 Service Unavailable", "507": "No room left", "cut": "ended its answer early",
    "long": "ended its answer early", "short": "makes no sense", "nothing": "ended its answer early",
    "another": "none of the files it is known by", "redirect": "does not connect to 10.11.12.13",
    "garbage": "makes no sense",
}  # fmt: skip
ALBUM = {f"{n}.jpg": photo(n=n, taken="2026-07-01T10:00:00").ljust(3000) for n in range(5)}
FILES = {f"/album/{name}": data for name, data in ALBUM.items()} | {
    f"/top{n}.jpg": photo(n=10 + n).ljust(200_000) for n in range(2)
}
NAMES = sorted(path.rpartition("/")[2] for path in FILES)
ONLINE = dict.fromkeys(NAMES, "online")


def cases(*, full: bool) -> list[tuple[str, str]]:
    """Every fault at every moment where it can be met; or each of both at least once."""
    every = [
        (kind, moment)
        for kind in FAULTS
        for moment in MOMENTS
        if not (kind == "another" and moment != "probe")
        and not (kind in OF_LISTINGS and moment in {"glance", "full", "stream"})
    ]
    if full:
        return every
    rotated = {(kind, MOMENTS[(number + 1) % len(MOMENTS)]) for number, kind in enumerate(FAULTS)}
    some = [case for case in every if case in rotated]
    return [*some, ("another", "probe"), ("empty", "root"), ("partial", "folder")]


SAMPLE = cases(full=False)
MARKED = [
    pytest.param(*case, id="-".join(case), marks=() if case in SAMPLE else pytest.mark.matrix)
    for case in cases(full=True)
]


@pytest.fixture
def album(server: FaultServer) -> FaultServer:
    for path, data in FILES.items():
        server.put(path, data)
    return server


def is_as_before(afar: Afar) -> None:
    """Nothing is lost, nothing too much is shown, all of it can be had, and no byte is another's."""
    afar.wait_over()
    assert afar.scan()["state"] == "online"
    while afar.read()["left"]:
        pass
    assert (afar.storage.state, afar.storage.state_reason, afar.storage.retry_at) == ("online", "", None)
    assert afar.states() == ONLINE
    assert set(afar.rows().values()) == {"present"}
    assert len(afar.rows()) == len(FILES)
    assert {f.read_state for f in File.select()} == {"done"}
    for path, data in FILES.items():
        assert afar.download(path.rpartition("/")[2]) == data


@pytest.mark.parametrize(("kind", "moment"), MARKED)
def test_a_fault_ends_and_nothing_is_lost(afar: Afar, album: FaultServer, kind: str, moment: str) -> None:
    if moment in {"glance", "full"}:
        fresh(afar, album, kind, moment)
    else:
        afar.settle()
        before = afar.items()
        {"stream": streaming}.get(moment, scanning)(afar, album, kind, moment)
        assert afar.items() == before
    assert album.mend() > 0 or kind == "refused", "the fault was met"
    is_as_before(afar)


def scanning(afar: Afar, server: FaultServer, kind: str, moment: str) -> None:
    if moment == "probe":
        server.break_(kind)
    else:
        server.break_(kind, methods=["PROPFIND"], path="" if moment == "root" else "/album")
    with in_time():
        result = afar.scan()
    row = afar.storage
    whole = moment != "folder" or kind in {
        *STATES,
        "refused",
    }  # one folder that fails says nothing of the storage
    if kind in OF_LISTINGS:
        assert result["incomplete"], "a listing that lacks what is there is no whole one"
        whole = False
    if whole:
        assert (result["state"], row.state) == (STATES.get(kind, "offline"),) * 2
        assert WORDS[kind] in row.state_reason
        assert str(server.port) not in row.state_reason
        assert "\n" not in row.state_reason
    else:
        assert row.state == "online"
        assert set(afar.states().values()) == {"online"}
    assert set(afar.rows().values()) == {"present"}, "a fault proves no absence"
    away = whole and kind != "429"
    assert set(afar.states().values()) == {"offline" if away else "online"}


def fresh(afar: Afar, server: FaultServer, kind: str, moment: str) -> None:
    """An album is listed for the first time, and its bytes do not come."""
    assert afar.scan()["state"] == "online"
    assert afar.names() == NAMES
    if moment == "full":
        hour = clock.now() // clock.HOUR % 24
        with_budget(afar, {"budget": {"hours": [(hour + 2) % 24, (hour + 3) % 24]}})
        afar.read()  # only metadata
        with_budget(afar, {})
        server.break_(kind)
    else:
        server.break_(kind, methods=["GET"])
    with in_time():
        afar.read()
    waits = left(afar.storage).count()
    whole = kind == "long" and moment == "glance"  # all that was asked for comes before it is noticed
    assert waits == (0 if whole else len(FILES)), "what could not be read waits"
    assert afar.names() == NAMES
    known = {hashlib.sha256(data).digest() for data in FILES.values()}
    assert {bytes(f.sha256) for f in File.select() if f.sha256 is not None} <= known
    if moment == "full" and kind not in ABOUT_FILES:
        assert afar.storage.state == STATES.get(kind, "offline")
        assert WORDS[kind] in afar.storage.state_reason
    elif kind not in {*ABOUT_FILES, "404", "long"}:
        # why a file did not open is not told by rclone; the storage answers what is asked of it then
        opens_not = kind in {"401", "429", "500", "503"}
        assert afar.storage.state == ("online" if opens_not else "offline")


def with_budget(afar: Afar, more: dict[str, object]) -> None:
    options = {k: v for k, v in afar.storage.options.items() if k != "budget"} | more
    Storage.update(options=options).where(Storage.id == afar.row.id).execute()


def streaming(afar: Afar, server: FaultServer, kind: str, moment: str) -> None:
    """A person reads an original when it happens."""
    del moment
    wanted = FILES["/top0.jpg"][1000:190_001]
    for methods in ([], ["GET"]):
        server.break_(kind, methods=methods)
        pieces: list[bytes] = []
        with in_time(), suppress(StorageError):
            afar.stream("top0.jpg", pieces, 1000, 190_000)
            assert (kind, methods) == ("long", ["GET"]), "it ended as if whole"
            assert b"".join(pieces) == wanted
        assert wanted.startswith(b"".join(pieces))
        assert server.mend() > 0 or kind == "refused"
        afar.scan()  # what ends the breaker's pause
    server.break_(kind)
    with in_time(), pytest.raises(StorageError):
        afar.download("top1.jpg")
    assert set(afar.rows().values()) == {"present"}


def test_who_serves_learns_from_the_worker_that_a_storage_is_back(
    afar: Afar, album: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another disk lay there, and whoever asked found so; only the worker looks whether it is back."""
    monkeypatch.setattr(knownroot, "LOST_S", BOUND_S * 10)
    afar.settle()
    album.break_("another")
    while afar.storage.state == "online":
        with pytest.raises(StorageError):
            afar.download("top0.jpg")
    album.mend()
    before = album.counts.requests.total()
    with pytest.raises(Unavailable, match="asked again"):
        afar.download("top0.jpg")
    assert album.counts.requests.total() == before
    assert afar.scan()["state"] == "online"
    assert afar.download("top0.jpg") == FILES["/top0.jpg"]


TOLD = b"""<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">
<s:exception>TooManyRequests</s:exception><s:message>Too many requests, retry after 900 seconds.</s:message>
</d:error>"""


@pytest.mark.parametrize(("words", "seconds"), [(TOLD, 900), (b"no", WAIT_S)], ids=["told", "untold"])
def test_how_long_a_storage_asks_to_wait_is_kept_to(
    afar: Afar, album: FaultServer, words: bytes, seconds: float
) -> None:
    """Of a header Retry-After rclone tells nothing here: without words it is a minute."""
    afar.settle()
    album.words = words
    album.break_("429")
    assert afar.scan()["state"] == "slow"
    until = afar.storage.retry_at
    assert until is not None
    assert seconds - BOUND_S < (until - clock.now()) / clock.SECOND <= seconds
    before = album.counts.requests.total()
    assert afar.read()["state"] == "slow"
    with pytest.raises(PutOff, match="is asked again at"):
        afar.scan()
    assert album.counts.requests.total() == before, "nothing is asked meanwhile"
    album.words = b"no"
    with pytest.raises(StorageError):
        afar.download("top0.jpg")  # a person who opens an original asks it all the same
    assert afar.storage.retry_at == until
    album.mend()
    is_as_before(afar)


def test_a_listing_that_lacks_what_is_there_proves_nothing_for_days(
    afar: Afar, album: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    afar.settle()
    album.break_("partial")
    for _ in range(3):
        assert afar.scan()["incomplete"]
    assert afar.states() == ONLINE
    album.mend()
    del album.files["/album/1.jpg"]
    assert afar.scan()["absent"] == 1
    assert afar.rows()["album/1.jpg"] == "suspect"
    assert afar.states() == ONLINE | {"1.jpg": "offline"}


def test_a_renamed_root_comes_back_as_it_was(afar: Afar, album: FaultServer) -> None:
    afar.settle()
    before = afar.items()
    kept, folders = dict(album.files), set(album.folders)
    album.files, album.folders = {f"/renamed{p}": f for p, f in kept.items()}, {"", "/renamed"}
    assert afar.scan()["state"] == "offline"
    assert "none of the files it is known by" in afar.storage.state_reason
    assert set(afar.rows().values()) == {"present"}
    album.files, album.folders = kept, folders
    is_as_before(afar)
    assert afar.items() == before
