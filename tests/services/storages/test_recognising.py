import pytest

from services.errors import Forbidden, Unavailable
from services.storages.memory import MemoryStorage
from services.storages.recognising import CANARIES, choose_canaries, why_unknown
from services.storages.values import Canary, Fingerprint, Listing

FILES = {"2026/a.jpg": 5, "b.jpg": 6}
KNOWN_BY_FILES = Fingerprint("vol", None, (Canary("2026/a.jpg", 5), Canary("b.jpg", 6)))


def reason(
    expected: Fingerprint,
    *,
    volume: str = "vol",
    marker: str | None = None,
    files: dict[str, int] | None = None,
) -> str | None:
    there = FILES if files is None else files
    return why_unknown(expected, volume=volume, marker=marker, size_of=there.get)


@pytest.mark.parametrize(
    ("expected", "now"),
    [
        (KNOWN_BY_FILES, {}),
        (KNOWN_BY_FILES, {"volume": "other"}),  # the number changed with a restart
        (KNOWN_BY_FILES, {"files": {"b.jpg": 6}}),  # one is enough
        (KNOWN_BY_FILES, {"marker": "somebody else's"}),  # none was recorded
        (Fingerprint("vol", "mark", ()), {"marker": "mark", "files": {}}),
        (Fingerprint("vol", "mark", KNOWN_BY_FILES.canaries), {"marker": "mark", "files": {}}),
        (Fingerprint("vol", "mark", KNOWN_BY_FILES.canaries), {"marker": None}),  # somebody tidied up
        (Fingerprint("vol"), {"files": {}}),
        (Fingerprint(), {"files": {}}),
    ],
)
def test_a_root_is_known_again(expected: Fingerprint, now: dict) -> None:
    assert reason(expected, **now) is None


@pytest.mark.parametrize(
    ("expected", "now"),
    [
        (KNOWN_BY_FILES, {"files": {}}),
        (KNOWN_BY_FILES, {"files": {"c.jpg": 6}}),
        # same names on another memory card
        (KNOWN_BY_FILES, {"volume": "other", "files": {"b.jpg": 7, "2026/a.jpg": 1}}),
        (Fingerprint("vol", "mark", KNOWN_BY_FILES.canaries), {"marker": "other"}),
        (Fingerprint("vol", "mark", KNOWN_BY_FILES.canaries), {"marker": None, "files": {}}),
        (Fingerprint("vol", "mark", ()), {"marker": None, "files": {}}),
        (Fingerprint("vol"), {"volume": "other", "files": {}}),
    ],
)
def test_another_root_is_not(expected: Fingerprint, now: dict) -> None:
    assert reason(expected, **now)


def test_canaries_come_from_many_folders() -> None:
    storage = MemoryStorage()
    for folder in ("", "2024/", "2025/", "2026/07/"):
        for number in range(9):
            storage.put(f"{folder}{number}.jpg", b"x" * (number + 1))
    chosen = choose_canaries(storage.list)
    assert len(chosen) == CANARIES
    assert [canary.path for canary in chosen[:4]] == ["0.jpg", "2024/0.jpg", "2025/0.jpg", "2026/07/0.jpg"]
    assert chosen[4] == Canary("1.jpg", 2)


def test_what_is_no_good_as_a_canary_is_passed_over() -> None:
    storage = MemoryStorage()
    for name in (".hypomos-root", "a.part", "bad\udcff.jpg", ".DS_Store", "@eaDir/x.jpg"):
        storage.put(name, b"1")
    storage.put("empty.jpg", b"")
    assert choose_canaries(storage.list) == ()


def test_a_folder_that_cannot_be_read_is_passed_over_but_the_root_is_not() -> None:
    storage = MemoryStorage()
    storage.put("a.jpg", b"1")
    storage.put("locked/b.jpg", b"1")

    def hindered(path: str) -> Listing:
        if path == "locked":
            raise Forbidden("no")
        return storage.list(path)

    assert choose_canaries(hindered) == (Canary("a.jpg", 1),)
    storage.faults.offline = True
    with pytest.raises(Unavailable):
        choose_canaries(storage.list)


def test_a_wide_tree_is_not_walked_wholly() -> None:
    storage = MemoryStorage()
    for number in range(500):
        storage.put(f"empty-{number:03}/inner", None)
    before = storage.calls
    assert choose_canaries(storage.list) == ()
    assert storage.calls - before < 100


def test_a_file_edited_in_place_still_tells_its_own_volume() -> None:
    assert reason(KNOWN_BY_FILES, volume="vol", files={"b.jpg": 7}) is None


def test_no_more_is_listed_than_there_are_canaries_to_find() -> None:
    storage, listed = MemoryStorage(), list[str]()
    for number in range(30):
        storage.put(f"{number:02}/a.jpg", b"1")

    def listing(path: str) -> Listing:
        listed.append(path)
        return storage.list(path)

    assert len(choose_canaries(listing)) == CANARIES
    assert len(listed) == 1 + CANARIES
