"""The half that wsgidav answers: what it is given, and in whose words it speaks."""

import asyncio
import gc
import logging
import threading
import time
from pathlib import Path

import pytest
from lxml import etree
from starlette.responses import Response

from services.errors import Unavailable
from services.viewers import Viewer
from tests.virtualfs.dav.asking import asked
from tests.virtualfs.dav.drive import Drive
from tests.virtualfs.household import Home
from virtualfs.dav import wsgi
from virtualfs.dav.asked import ASKED, Asked
from virtualfs.dav.wsgi import passed_on
from virtualfs.tree import Tree


def test_neither_a_secret_nor_a_path_goes_on(home: Home) -> None:
    headers = [
        (b"authorization", b"Basic x"), (b"cookie", b"hyp=x"), (b"transfer-encoding", b"chunked"), (b"if", b"(<x>)"),
        (b"content-length", b"99"), (b"remote-user", b"ben"), (b"host", b"h"), (b"destination", b"/dav/secret"),
        (b"timeout", b"Second-" + b"9" * 5000), (b"depth", b"0"),
    ]  # fmt: skip
    scope = {"headers": headers, "root_path": "/dav", "path": "/dav/%2e%2e", "state": {"peer": "secret"}}
    request = asked(home, "a b", target="c")
    passed, receive = passed_on(scope, request, b"<x/>")
    assert dict(passed["headers"]) == {
        b"remote-user": b"ben", b"content-length": b"4", b"host": b"here", b"depth": b"0",
        b"destination": b"/dav/to/it",
    }  # fmt: skip
    assert passed["path"] == "/dav/of/it"
    assert passed["state"] == {ASKED: request}
    assert asyncio.run(receive()) == {"type": "http.request", "body": b"<x/>", "more_body": False}  # type: ignore[arg-type]
    assert scope["headers"] == headers, "the request itself is left as it was"


class TestAnswers:
    """Through the application."""

    def test_its_threads_end_and_others_take_over(
        self, drive: Drive, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With them goes what lxml keeps of every name in a body."""
        monkeypatch.setattr(wsgi, "RENEWED", 3)
        monkeypatch.setattr(wsgi, "WORKERS", 1)
        ran: list[int] = []
        answer = wsgi._Answers._answer

        def noted(self: wsgi._Answers, environ: wsgi.Environ, asked: Asked) -> Response:
            ran.append(threading.get_native_id())
            return answer(self, environ, asked)

        monkeypatch.setattr(wsgi._Answers, "_answer", noted)
        drive.home.file("a.jpg")
        for _ in range(7):
            assert drive.ask("OPTIONS", "Storages/Photos/a.jpg").status_code == 200
        assert [len(set(ran[at : at + 3])) for at in (0, 3, 6)] == [1, 1, 1]
        assert len(set(ran)) == 3
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/self/task/{thread}").exists() for thread in ran[:6]):
            assert time.monotonic() < deadline, "they ended"
            gc.collect()
            time.sleep(0.05)

    def test_options_promise_class_two(self, drive: Drive) -> None:
        """Finder mounts read-only without it, davfs2 not at all."""
        drive.home.file("a.jpg")
        for path in ("", "Library", "Storages/Photos/", "Storages/Photos/a.jpg"):
            answer = drive.ask("OPTIONS", path)
            assert answer.status_code == 200
            assert answer.headers["dav"] == "1,2"
            assert answer.headers["ms-author-via"] == "DAV"
            assert "PROPFIND" in answer.headers["allow"]

    def test_neither_version_nor_path_is_told(self, drive: Drive) -> None:
        for method in ("DELETE", "MKCOL", "LOCK", "PROPPATCH", "OPTIONS"):
            for path in ("Storages/Photos/secret-name/x", "Library/secret-name"):
                answer = drive.ask(method, path)
                text = answer.text + str(answer.headers)
                assert "secret-name" not in text
                assert "wsgidav" not in text.lower()

    @pytest.mark.parametrize(
        "name", ["100% #1 [a].jpg", "a+b;c=d.jpg", "Köln & <co>.jpg", "what?.jpg", "q'uote\".jpg"]
    )
    def test_odd_names_reach_the_same_file(self, drive: Drive, name: str) -> None:
        drive.home.file(name)
        (row,) = drive.propfind("Storages/Photos")[1:]
        answer = drive.client().request("OPTIONS", row.href)
        assert "PUT" in answer.headers["allow"], "wsgidav found a file there"
        assert drive.client().request("DELETE", row.href).status_code == 403

    @pytest.mark.parametrize(("method", "path", "headers", "status", "why"), [
        ("MKCOL", "trip", {}, 405, "something of this name"), ("MKCOL", "a.jpg", {}, 405, "something of this name"),
        ("MKCOL", "no/new", {}, 409, "folder it is to lie in"),
        ("COPY", "a.jpg", {"Destination": "/dav/Storages/Photos/no/b.jpg"}, 409, "folder it is to lie in"),
        ("MOVE", "a.jpg", {"Destination": "/dav/Storages/Photos/b.jpg", "Overwrite": "F"}, 412, "Overwrite: F"),
        ("COPY", "a.jpg", {}, 400, "Destination"), ("DELETE", "trip", {"Depth": "0"}, 400, "Depth"),
        ("UNLOCK", "a.jpg", {}, 400, "Lock-Token"),
    ])  # fmt: skip
    def test_what_wsgidav_refuses_by_itself_says_why(
        self, drive: Drive, method: str, path: str, headers: dict[str, str], status: int, why: str
    ) -> None:
        drive.home.allow_writing()
        drive.home.folder("trip")
        for name in ("a.jpg", "b.jpg"):
            drive.home.file(name)
        answer = drive.ask(method, f"Storages/Photos/{path}", **headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/plain; charset=utf-8")
        assert why in answer.text

    def test_a_body_where_none_is_meant_says_why(self, drive: Drive) -> None:
        drive.home.allow_writing()
        for method in ("MKCOL", "DELETE"):
            answer = drive.ask(method, "Storages/Photos/new", "<x/>")
            assert (answer.status_code, answer.text) == (415, "This verb takes no body.\n")

    def test_proppatch_is_207_with_403_inside(self, drive: Drive) -> None:
        drive.home.file("a.jpg")
        body = (
            '<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>'
            "<Z:Win32LastModifiedTime>Tue, 14 Nov 2023 22:13:20 GMT</Z:Win32LastModifiedTime><Z:x>1</Z:x>"
            "</D:prop></D:set></D:propertyupdate>"
        )
        for path in ("Storages/Photos/a.jpg", "Library"):
            answer = drive.ask("PROPPATCH", path, body)
            assert answer.status_code == 207
            statuses = [e.text or "" for e in etree.fromstring(answer.content).iter("{DAV:}status")]
            assert statuses
            assert all(" 403 " in status for status in statuses)

    def test_a_storage_error_is_503_here_too(self, drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(self: Tree, viewer: Viewer, segments: object) -> None:
            raise Unavailable("gone")

        monkeypatch.setattr(Tree, "resolve", away)
        assert drive.ask("DELETE", "x").status_code == 503

    def test_a_mistake_of_ours_is_500_and_logged(
        self, home: Home, drive: Drive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(self: Tree, viewer: Viewer, segments: object) -> None:
            raise RuntimeError("/a/secret/path")

        monkeypatch.setattr(Tree, "resolve", broken)
        with caplog.at_level(logging.ERROR):
            answer = drive.ask("DELETE", "x")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "secret" in caplog.text
