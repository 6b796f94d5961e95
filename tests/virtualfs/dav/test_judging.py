"""Conditions of all verbs: what holds, what is 412, and which header is none of a verb's business."""

import pytest

from services.models import File, Trash
from tests.virtualfs.dav.drive import Drive

HERE = "Storages/Photos/"
PATH = HERE + "a.jpg"
LATER = "Fri, 31 Dec 2100 23:59:59 GMT"
PATCH = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="urn:x">1</x></D:prop></D:set></D:propertyupdate>'
LOCK = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype></D:lockinfo>"
)
TO = {"Destination": f"/dav/{HERE}b.jpg"}
VERBS = {
    "DELETE": (None, {}, 204), "COPY": (None, TO, 201), "MOVE": (None, TO, 201), "PROPPATCH": (PATCH, {}, 207),
    "PUT": (b"new", {}, 204), "LOCK": (LOCK, {}, 200),
}  # fmt: skip


@pytest.fixture
def tags(drive: Drive) -> tuple[str, str]:
    """The tag that a file had before it was read, and the one that it has now."""
    drive.home.allow_writing()
    before = drive.ask("PUT", PATH, b"the bytes").headers["etag"]
    File.update(read_state="done", sha256=b"x" * 32).execute()
    now = drive.ask("HEAD", PATH).headers["etag"]
    assert before != now
    return before, now


@pytest.mark.parametrize("method", sorted(VERBS))
def test_verbs_that_change_something(drive: Drive, tags: tuple[str, str], method: str) -> None:
    before, now = tags
    body, headers, status = VERBS[method]
    for given in (
        {"If-Match": '"other"'}, {"If-Match": f"W/{now}"}, {"If-None-Match": now}, {"If-None-Match": f"W/{before}"},
        {"If-None-Match": "*"}, {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, {"If": '(["other"])'},
        {"If": f"(Not [{before}])"}, {"If": "(<urn:uuid:x>)"}, {"If": f"</dav/{PATH}> (<urn:uuid:x>)"},
    ):  # fmt: skip
        assert drive.ask(method, PATH, body, **headers, **given).status_code == 412, given
    assert (drive.home.root / "a.jpg").read_bytes() == b"the bytes"
    assert (drive.home.names("Storages/Photos"), Trash.select().count()) == (["a.jpg"], 0)
    good = {"If-Match": f'"other", {before}', "If": f"([{before}])", "If-Modified-Since": LATER}
    assert drive.ask(method, PATH, body, **headers, **good).status_code == status


def test_a_condition_is_of_the_source_and_a_named_one_of_the_target(
    drive: Drive, tags: tuple[str, str]
) -> None:
    _, now = tags
    theirs = drive.ask("PUT", HERE + "b.jpg", b"other bytes").headers["etag"]
    named = f"<http://testserver/dav/{HERE}b.jpg>"
    for given in ({"If-Match": theirs}, {"If": f"([{theirs}])"}, {"If": f"([{now}]) {named} ([{now}])"}):
        assert drive.ask("MOVE", PATH, **TO, **given).status_code == 412, given
    given = {"If-Match": now, "If": f"{named} ([{theirs}])"}
    assert drive.ask("MOVE", PATH, **TO, **given).status_code == 204


def test_if_counts_for_reading_too(drive: Drive, tags: tuple[str, str]) -> None:
    before, now = tags
    drive.home.item("trip/c.jpg")
    token = drive.ask("LOCK", PATH, LOCK).headers["lock-token"]
    for method, status in (("GET", 200), ("HEAD", 200), ("PROPFIND", 207)):
        for given in (
            f"([{now}])", f"([{before}])", f"({token})", "(Not <DAV:no-lock>)", f"</dav/{PATH}> ({token}[{now}])",
            "</dav/elsewhere> (<urn:uuid:x>)",
        ):  # fmt: skip
            answer = drive.ask(method, PATH, Depth="0", If=given)
            assert answer.status_code == status, given
        for given in ('(["other"])', "(<urn:uuid:x>)", f"(Not {token})", f"</dav/{PATH}> (<urn:uuid:x>)"):
            assert drive.ask(method, PATH, Depth="0", If=given).status_code == 412, given
        assert drive.ask(method, PATH, Depth="0", If="(((").status_code == 400
        path = "Library/2026/2026-07/c.jpg"
        tag = drive.ask("HEAD", path).headers["etag"]
        assert (
            drive.ask(method, path, Depth="0", If=f"<http://testserver/dav/{path}> ([{tag}])").status_code
            == status
        )
        for given in (f"</dav/{path}> ([{now}])", f"({token})"):
            assert drive.ask(method, path, Depth="0", If=given).status_code == 412, given
        assert drive.ask(method, HERE + "nothing", Depth="0", If="(<urn:uuid:x>)").status_code == 404


def test_of_what_is_not_there_no_condition_is_asked(drive: Drive) -> None:
    drive.home.allow_writing()
    for method in ("DELETE", "MOVE", "COPY", "PROPPATCH"):
        body, headers, _ = VERBS[method]
        assert (
            drive.ask(method, PATH, body, **headers, **{"If-Match": "*", "If": "(<urn:uuid:x>)"}).status_code
            == 404
        )
