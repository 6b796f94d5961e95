"""Every kind of server meets every fault it can have: right state, right words, nothing lost, back by itself.

In every run each server meets one fault of each kind, by turns (and for the first reading one of length
alone); with `--all` each meets all of its own.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from services.errors import StorageError
from services.media.types import GRID
from services.models import Asset, File
from services.scanning.read_jobs import left
from tests.factories import Make
from tests.faults.afar import Afar, in_time
from tests.faults.places import ALBUM, FAULTS, KINDS, WITHOUT, Place, Places

pytestmark = pytest.mark.usefixtures("impatient")

STATES = dict.fromkeys(FAULTS, "offline") | {"401": "sign-in", "key": "sign-in", "429": "slow"}
WORDS = {
    "refused": "nothing answers at its address", "hang": "not answer in time", "cut": "ended its answer early",
    "403": "may lack the right", "429": "asks to wait", "401": "wants a new sign-in", "key": "wants a new sign-in",
    "renamed": "is not the one that was added", "emptied": "none of the files it is known by is there",
    "another": "none of the files it is known by is there",
}  # fmt: skip
SAID = {
    ("local", "403"): "Check its permissions", ("local", "renamed"): "cannot be opened",
    ("memory", "refused"): "cannot be reached", ("openssh", "hang"): "cannot be reached just now",
    ("openssh", "refused"): "cannot be reached just now",
}  # fmt: skip
"""Where other words tell it. Of a connection that stood already the end is seen, and only then that none answers."""
AS_IF = {("s3", "503"): "429", ("moto", "503"): "429", ("azurite", "503"): "429"}
"""Amazon and Microsoft say by name that it is too many requests."""
OF_BYTES = {("memory", "cut"), ("memory", "short"), ("s3", "long"), ("moto", "long")}
"""These say nothing of the storage: met when a file is read, or not met by who stops where the XML ends."""
HARMLESS = {("s3", "long"), ("moto", "long"), ("azurite", "long")}
"""Who stops where all is there that was asked for does not notice."""
NAMES = {path: path.rpartition("/")[2] for path in ALBUM}
ONLINE = dict.fromkeys(NAMES.values(), "online")


def cases(servers: Collection[str], kinds: Collection[str], always: Collection[str]) -> list[ParameterSet]:
    """All faults of these kinds; one of each kind that is there `always` is in every run, by turns."""
    return [
        pytest.param(
            server, fault, id=f"{server}-{fault}", marks=marks(server, fault, fault in sample(server, always))
        )
        for server in servers
        for kind in kinds
        for fault in of_kind(server, kind)
    ]


def of_kind(server: str, kind: str) -> list[str]:
    return [fault for fault in KINDS[kind] if fault not in WITHOUT[server]]


def sample(server: str, kinds: Collection[str]) -> set[str]:
    turn = list(WITHOUT).index(server)
    return {faults[turn % len(faults)] for kind in kinds if (faults := of_kind(server, kind))}


def marks(server: str, fault: str, is_in_every_run: bool) -> list[pytest.MarkDecorator]:
    needs = [pytest.mark.needs("openssh-server")] if server == "openssh" else []
    return [*needs, *([] if is_in_every_run else [pytest.mark.matrix])]


@pytest.fixture
def place(places: Places, request: pytest.FixtureRequest) -> Iterator[Place]:
    """The one of this case; whole again when it is over."""
    made = places.get(request.node.callspec.params["server"])
    yield made
    made.mend()


@pytest.fixture
def afar(place: Place, make: Make, data: Path) -> Iterator[Afar]:
    made = place.connect(make, data)
    yield made
    made.close()


@pytest.mark.parametrize(("server", "fault"), cases(WITHOUT, KINDS, KINDS))
def test_a_fault_ends_and_nothing_is_lost(place: Place, afar: Afar, server: str, fault: str) -> None:
    afar.settle()
    before = afar.items()
    place.break_(fault)
    with in_time():
        result = place.run(afar.scan)
    assert_seen(afar, result, server, fault)
    assert set(afar.rows().values()) == {"present"}, "a fault proves no absence"
    assert afar.items() == before, "nothing is lost, and nothing is shown that should not be"
    assert len(thumbnails(afar)) == len(ALBUM)
    assert_streams(place, afar, fault)
    place.mend()
    assert_as_before(afar)
    assert afar.items() == before


def assert_seen(afar: Afar, result: dict[str, object], server: str, fault: str) -> None:
    """What is said of the storage and of its items while the fault lasts."""
    row, seen = afar.storage, AS_IF.get((server, fault), fault)
    state, words = STATES[seen], SAID.get((server, fault), WORDS.get(seen, ""))
    if fault in KINDS["listing"]:
        state = "online"
        assert result["incomplete"], "a listing that lacks what is there is no whole one"
    elif (server, fault) in OF_BYTES:
        state = "online"
    else:
        assert words in row.state_reason
    assert (result["state"], row.state) == (state, state), row.state_reason
    assert "127.0.0.1" not in row.state_reason
    assert "\n" not in row.state_reason
    away = state in {"offline", "sign-in"}
    assert set(afar.states().values()) == {"offline" if away else "online"}


def assert_streams(place: Place, afar: Afar, fault: str) -> None:
    """Somebody opens an original meanwhile: its bytes and no others, and as if whole only when it is."""
    wanted = ALBUM["top0.jpg"]
    pieces: list[bytes] = []
    whole = False
    with in_time(), suppress(StorageError):
        place.run(lambda: afar.stream("top0.jpg", pieces))
        whole = True
    came = b"".join(pieces)
    assert wanted.startswith(came)
    assert whole == (came == wanted)
    assert whole or fault not in KINDS["listing"], "nothing is wrong with the bytes"


def assert_as_before(afar: Afar) -> None:
    """The next scan finds all as it was, and all of it can be had."""
    afar.settle()
    assert (afar.storage.state, afar.storage.state_reason, afar.storage.retry_at) == ("online", "", None)
    assert afar.states() == ONLINE
    assert sorted(afar.rows()) == sorted(ALBUM)
    assert set(afar.rows().values()) == {"present"}
    assert {f.read_state for f in File.select()} == {"done"}
    assert len(thumbnails(afar)) == len(ALBUM)
    for path, content in ALBUM.items():
        assert afar.download(NAMES[path]) == content


def thumbnails(afar: Afar) -> list[str]:
    """The hashes of what has a small rendition."""
    hashes = [bytes(asset.sha256).hex() for asset in Asset.select() if asset.sha256 is not None]
    return [sha for sha in hashes if afar.store.get(sha, GRID) is not None]


@pytest.mark.parametrize(
    ("server", "fault"),
    cases([s for s in WITHOUT if s != "local"], [k for k in KINDS if k != "listing"], ["length"]),
)
def test_an_album_cannot_be_read_for_the_first_time(
    place: Place, afar: Afar, server: str, fault: str
) -> None:
    """Of what is far away; a folder of this machine is read by the scan itself."""
    assert afar.scan()["state"] == "online"
    listed = afar.items()
    assert sorted(listed) == sorted(NAMES.values())
    place.break_(fault)
    with in_time():
        afar.read()
    assert left(afar.storage).exists() == ((server, fault) not in HARMLESS), "what could not be read waits"
    assert afar.items() == listed
    assert set(afar.rows().values()) == {"present"}
    place.mend()
    assert_as_before(afar)
    assert afar.items() == listed
