"""Locks through both halves: one manager, rows that outlive a process, addresses that meet."""

import pytest
from lxml import etree

from services import accounts, clock
from services.models import Credential, DriveLock, Storage, User
from tests.virtualfs.dav.drive import DAV, Drive, make_drive
from tests.virtualfs.household import Home
from virtualfs.dav.errors import OTHERS_LOCK
from virtualfs.dav.locking import Locks, SqlLockStorage

HERE = "Storages/Photos/"


def lockinfo(scope: str = "exclusive") -> str:
    return (
        f'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/></D:locktype>'
        "<D:owner><D:href>mailto:anna&amp;co</D:href></D:owner></D:lockinfo>"
    )


@pytest.fixture
def open_drive(drive: Drive) -> Drive:
    drive.home.allow_writing()
    return drive


def lock(drive: Drive, path: str, *, scope: str = "exclusive", status: int = 200, **headers: str) -> str:
    answer = drive.ask("LOCK", HERE + path, lockinfo(scope), **headers)
    assert answer.status_code == status, answer.text
    return answer.headers.get("lock-token", "").strip("<>")


def test_a_lock_keeps_others_out_and_its_token_lets_in(open_drive: Drive) -> None:
    open_drive.home.file("a.jpg")
    open_drive.home.folder("trip")
    token = lock(open_drive, "a.jpg")
    for method, path, headers in (
        ("PUT", "a.jpg", {}), ("DELETE", "a.jpg", {}), ("PROPPATCH", "a.jpg", {}),
        ("MOVE", "a.jpg", {"Destination": f"/dav/{HERE}b.jpg"}),
    ):  # fmt: skip
        body = PATCH if method == "PROPPATCH" else None
        answer = open_drive.ask(method, HERE + path, body, **headers)
        assert answer.status_code == 423, method
        href = etree.fromstring(answer.content).findtext(f"{DAV}lock-token-submitted/{DAV}href")
        assert href == f"/dav/{HERE}a.jpg"
    assert open_drive.ask("GET", HERE + "a.jpg").status_code == 200
    assert open_drive.ask("PUT", HERE + "a.jpg", b"new", If=f"(<{token}>)").status_code == 204
    assert open_drive.ask("DELETE", HERE + "a.jpg", If=f"(<{token}>)").status_code == 204
    assert DriveLock.select().count() == 0, "it went with its file"


PATCH = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><c xmlns="urn:x">red</c></D:prop></D:set></D:propertyupdate>'


def test_what_a_lock_says(open_drive: Drive) -> None:
    open_drive.home.file("trip/a.jpg")
    answer = open_drive.ask("LOCK", HERE + "trip", lockinfo(), Timeout="Second-120", Depth="infinity")
    active = etree.fromstring(answer.content).find(f".//{DAV}activelock")
    assert active is not None
    assert active.findtext(f"{DAV}lockroot/{DAV}href") == f"/dav/{HERE}trip/"
    assert active.findtext(f"{DAV}owner/{DAV}href") == "mailto:anna&co"
    assert 0 < int((active.findtext(f"{DAV}timeout") or "").removeprefix("Second-")) <= 120
    file, folder = open_drive.propfind(HERE + "trip")[1], open_drive.propfind(HERE)[0]
    assert file.found[DAV + "lockdiscovery"].findtext(f".//{DAV}lockroot/{DAV}href") == f"/dav/{HERE}trip/"
    assert len(file.found[DAV + "supportedlock"]) == 2
    assert len(folder.found[DAV + "lockdiscovery"]) == 0
    (listed,) = open_drive.propfind(HERE)[1:]
    assert listed.found[DAV + "lockdiscovery"].findtext(f".//{DAV}locktoken/{DAV}href")


@pytest.mark.parametrize(("asked", "granted"), [
    ("Infinite", 3600), ("Second-4100000000", 3600), ("Second-60", 60), ("", 3600), ("Second-" + "9" * 6000, 3600),
    ("nonsense", 3600),
])  # fmt: skip
def test_an_hour_is_the_longest(open_drive: Drive, asked: str, granted: int) -> None:
    answer = open_drive.ask("LOCK", HERE + "a.jpg", lockinfo(), Timeout=asked)
    told = etree.fromstring(answer.content).findtext(f".//{DAV}timeout") or ""
    assert granted - 20 <= int(told.removeprefix("Second-")) <= granted


def test_a_lock_outlives_a_restart(open_drive: Drive) -> None:
    open_drive.home.file("a.jpg")
    token = lock(open_drive, "a.jpg")
    again = make_drive(open_drive.home)
    again = Drive(open_drive.home, again.app, open_drive.secret)
    assert again.ask("PUT", HERE + "a.jpg", b"new").status_code == 423
    assert again.ask("UNLOCK", HERE + "a.jpg", Lock_Token=f"<{token}>").status_code == 204
    assert open_drive.ask("PUT", HERE + "a.jpg", b"new").status_code == 204


def test_a_name_that_is_not_there_is_an_empty_file_until_it_is(open_drive: Drive) -> None:
    """Not indexed: there is no row, and the storage has nothing."""
    token = lock(open_drive, "new.jpg", status=201)
    row = open_drive.propfind(HERE + "new.jpg", "0")[0]
    assert row.text("getcontentlength") == "0"
    assert [each.href for each in open_drive.propfind(HERE)[1:]] == [f"/dav/{HERE}new.jpg"]
    assert open_drive.ask("GET", HERE + "new.jpg").content == b""
    assert list(open_drive.home.root.iterdir()) == []
    assert open_drive.home.names("Storages/Photos") == []
    assert open_drive.ask("PUT", HERE + "new.jpg", b"x").status_code == 423
    assert open_drive.ask("PUT", HERE + "new.jpg", b"x", If=f"(<{token}>)").status_code == 201
    assert [each.text("getcontentlength") for each in open_drive.propfind(HERE)[1:]] == ["1"]
    (open_drive.home.root / "new.jpg").unlink()


@pytest.mark.parametrize("end", ["unlock", "delete", "expire"])
def test_an_empty_file_goes_with_its_lock(
    open_drive: Drive, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = lock(open_drive, "new.jpg", status=201)
    match end:
        case "unlock":
            answer = open_drive.ask("UNLOCK", HERE + "new.jpg", Lock_Token=f"<{token}>")
            assert answer.status_code == 204
        case "delete":
            answer = open_drive.ask("DELETE", HERE + "new.jpg", If=f"(<{token}>)")
            assert answer.status_code == 204
        case "expire":
            later = clock.source() + 3601
            monkeypatch.setattr(clock, "source", lambda: later)
    assert open_drive.ask("PROPFIND", HERE + "new.jpg", Depth="0").status_code == 404
    assert len(open_drive.propfind(HERE)) == 1


def test_a_locked_folder_takes_nothing_new(open_drive: Drive) -> None:
    open_drive.home.folder("trip")
    token = lock(open_drive, "trip", Depth="0")
    inside = HERE + "trip/a.jpg"
    assert open_drive.ask("PUT", inside, b"x").status_code == 423
    assert open_drive.ask("LOCK", inside, lockinfo()).status_code == 423
    assert open_drive.ask("MKCOL", HERE + "trip/sub").status_code == 423
    assert open_drive.ask("PUT", inside, b"x", If=f"</dav/{HERE}trip> (<{token}>)").status_code == 201
    assert open_drive.ask("PUT", inside, b"y").status_code == 204, "the folder alone is locked"


def test_a_folder_with_something_locked_in_it_stays_whole(open_drive: Drive) -> None:
    open_drive.home.file("trip/lake/a.jpg")
    token = lock(open_drive, "trip/lake/a.jpg")
    for method, headers in (("DELETE", {}), ("MOVE", {"Destination": f"/dav/{HERE}t"})):
        assert open_drive.ask(method, HERE + "trip", **headers).status_code == 423
    assert (open_drive.home.root / "trip/lake/a.jpg").exists()
    assert open_drive.ask("LOCK", HERE + "trip", lockinfo()).status_code == 423
    given = f"</dav/{HERE}trip/lake/a.jpg> (<{token}>)"
    assert open_drive.ask("DELETE", HERE + "trip", If=given).status_code == 204


def test_shared_locks(open_drive: Drive) -> None:
    open_drive.home.file("a.jpg")
    first = lock(open_drive, "a.jpg", scope="shared")
    second = lock(open_drive, "a.jpg", scope="shared")
    assert first != second
    assert open_drive.ask("LOCK", HERE + "a.jpg", lockinfo()).status_code == 423
    assert open_drive.ask("PUT", HERE + "a.jpg", b"x", If=f"(<{first}>)").status_code == 423


def test_the_same_file_by_another_spelling_is_locked_too(open_drive: Drive) -> None:
    open_drive.home.file("Köln.jpg")
    lock(open_drive, "Köln.jpg")
    for path in ("ko\u0308ln.JPG", "K%C3%B6ln.jpg", "K%c3%b6ln.jpg"):
        assert open_drive.ask("PUT", HERE + path, b"x").status_code == 423
    assert open_drive.ask("PUT", "storages/PHOTOS/Köln.jpg", b"x").status_code == 423


def test_a_name_that_is_not_there_is_locked_in_any_case(open_drive: Drive) -> None:
    token = lock(open_drive, "New.txt", status=201)
    other = open_drive.as_somebody("anna")
    for method in ("PUT", "MKCOL"):
        assert other.ask(method, HERE + "new.TXT").status_code in {405, 423}
    assert open_drive.ask("PUT", HERE + "New.txt", b"mine", If=f"(<{token}>)").status_code == 201
    assert other.ask("PUT", HERE + "new.txt", b"other").status_code == 423


def test_refreshed_by_its_holder_alone(open_drive: Drive) -> None:
    for name in ("a.jpg", "b.jpg"):
        open_drive.home.file(name)
    token = lock(open_drive, "a.jpg", Timeout="Second-60")
    other = open_drive.as_somebody("anna")
    assert other.ask("LOCK", HERE + "a.jpg", If=f"(<{token}>)").status_code in {403, 412}
    answer = open_drive.ask("LOCK", HERE + "a.jpg", If=f"(<{token}>)", Timeout="Second-600")
    assert answer.status_code == 200
    assert (
        int((etree.fromstring(answer.content).findtext(f".//{DAV}timeout") or "").removeprefix("Second-"))
        > 500
    )
    assert other.ask("PUT", HERE + "a.jpg", b"x", If=f"(<{token}>)").status_code in {412, 423}
    sly = f"(<{token}>) (Not <DAV:no-lock>)"  # it holds, whoever says it; the token is still not theirs
    assert other.ask("PUT", HERE + "a.jpg", b"x", If=sly).status_code == 423
    assert open_drive.ask("PUT", HERE + "a.jpg", b"x", If=sly).status_code == 204
    refused = other.ask("UNLOCK", HERE + "a.jpg", Lock_Token=f"<{token}>")
    assert (refused.status_code, refused.text) == (403, f"{OTHERS_LOCK}\n")
    for path, unknown in (("a.jpg", "opaquelocktoken:no"), ("b.jpg", token)):
        refused = other.ask("UNLOCK", HERE + path, Lock_Token=f"<{unknown}>")
        assert refused.status_code == 409
        assert "<D:lock-token-matches-request-uri" in refused.text
    assert DriveLock.select().count() == 1
    assert open_drive.ask("UNLOCK", HERE + "a.jpg").status_code == 400


@pytest.mark.parametrize("end", ["password", "storage", "closed"])
def test_a_right_that_ends_frees_what_it_locked(open_drive: Drive, end: str) -> None:
    open_drive.home.file("a.jpg")
    token = lock(open_drive, "a.jpg")
    other = open_drive.as_somebody("anna")
    match end:
        case "password":
            Credential.update(revoked_at=1).where(Credential.id == DriveLock.get().credential_id).execute()
            assert other.ask("PUT", HERE + "a.jpg", b"x").status_code == 204
            assert open_drive.ask("PUT", HERE + "a.jpg", b"x", If=f"(<{token}>)").status_code == 401
        case "storage":
            Storage.update(removed_at=1).execute()
            assert open_drive.ask("PUT", HERE + "a.jpg", b"x", If=f"(<{token}>)").status_code == 403
        case "closed":
            Storage.update(writable=False).execute()
            assert open_drive.ask("PUT", HERE + "a.jpg", b"x", If=f"(<{token}>)").status_code == 403
            assert len(other.propfind(HERE + "a.jpg", "0")[0].found[DAV + "lockdiscovery"]) == 0


def test_nobody_meets_the_locks_of_others(open_drive: Drive) -> None:
    """Two people may have a storage of one name; a lock in the one is neither seen nor met in the other."""
    make = open_drive.home.make
    ben = make.user("ben")
    root = open_drive.home.root.parent / "bens"
    root.mkdir()
    make.storage(ben, "Photos", root, writable=True)
    token = lock(open_drive, "a.jpg", status=201)
    theirs = open_drive.as_somebody("ben")
    assert theirs.ask("PROPFIND", HERE + "a.jpg", Depth="0").status_code == 404
    assert len(theirs.propfind(HERE)) == 1
    assert theirs.ask("UNLOCK", HERE + "a.jpg", Lock_Token=f"<{token}>").status_code == 404
    assert theirs.ask("PUT", HERE + "a.jpg", b"x").status_code == 201
    assert theirs.ask("UNLOCK", HERE + "a.jpg", Lock_Token=f"<{token}>").status_code == 409
    assert DriveLock.select().count() == 1


def test_what_wsgidav_may_ask_of_a_storage(home: Home) -> None:
    anna = User.get()
    secret = accounts.create_token(accounts.viewer_for(anna.login), "app")
    assert secret
    storage = SqlLockStorage()
    storage.open()
    given = {
        "root": "/S/1", "type": "write", "scope": "exclusive", "depth": "0", "owner": b"", "timeout": None,
        "principal": f"{anna.id}:0",
    }  # fmt: skip
    made = storage.create("/S/1", dict(given))
    assert made["token"].startswith("opaquelocktoken:")
    assert storage.get(made["token"]) is not None
    assert storage.get_lock_list("/S/1", include_root=True, include_children=True, token_only=True) == [
        made["token"]
    ]
    assert (
        storage.get_lock_list("/S", include_root=False, include_children=True, token_only=False)[0]["root"]
        == "/S/1"
    )
    assert storage.refresh(made["token"], timeout=60)["token"] == made["token"]
    assert Locks().is_url_locked_by_token("/S/1/a", made["token"])
    assert storage.delete(made["token"])
    assert storage.get(made["token"]) is None
    storage.cleanup()
    storage.clear()
    storage.close()
