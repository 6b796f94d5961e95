"""Style sheets and scripts: cached by their kind, precompressed where they are, and nothing else is served."""

import gzip
from pathlib import Path

import pytest

from tests.tree import ROOT
from tests.web.conftest import Web
from web import static_files
from web.static_files import FOREVER


@pytest.fixture
def packed(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Static files of the test's own, one of them precompressed; gives its content."""
    content = b"export const answer = 42;\n" * 40
    folder = tmp_path / "web" / "static" / "vendor"
    folder.mkdir(parents=True)
    (folder / "lib-1.js").write_bytes(content)
    (folder / "lib-1.js.gz").write_bytes(gzip.compress(content))
    (tmp_path / "web" / "static" / "ours.css").write_text("body {}")
    (tmp_path / "web" / "secret.txt").write_text("secret")
    (tmp_path / "web" / "secret.txt.gz").write_bytes(gzip.compress(b"secret"))
    monkeypatch.setattr(static_files, "ROOT", tmp_path / "web")
    mount = next(r for r in web.app._app.routes if getattr(r, "path", "") == "/static")  # type: ignore[attr-defined]  # what the gate guards
    monkeypatch.setattr(mount, "app", static_files.Static())
    return content


def test_ours_are_asked_for_again_and_libraries_are_not(web: Web, packed: bytes) -> None:
    client = web.client()
    ours, library = client.get("/static/ours.css"), client.get("/static/vendor/lib-1.js")
    assert (ours.headers["cache-control"], library.headers["cache-control"]) == ("no-cache", FOREVER)
    assert ours.headers["x-content-type-options"] == "nosniff"
    again = client.get("/static/ours.css", headers={"If-None-Match": ours.headers["etag"]})
    assert again.status_code == 304


def test_a_packed_file_goes_to_who_takes_it(web: Web, packed: bytes) -> None:
    client = web.client()
    taken = client.get("/static/vendor/lib-1.js", headers={"Accept-Encoding": "br, gzip"})
    plain = client.get("/static/vendor/lib-1.js", headers={"Accept-Encoding": "identity"})
    assert (taken.headers["content-encoding"], taken.content) == ("gzip", packed)
    assert taken.headers["content-type"] == "text/javascript; charset=utf-8"
    assert ("content-encoding" in plain.headers, plain.content) == (False, packed)
    assert taken.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert taken.headers["etag"] != plain.headers["etag"]


ELSEWHERE = (
    "../secret.txt", "%2e%2e/secret.txt", "vendor/..%2f..%2fsecret.txt", "%00", "a%00b.css", "x" * 3000, "", "vendor",
)  # fmt: skip


@pytest.mark.parametrize("path", ELSEWHERE)
def test_nothing_else_is_served(web: Web, packed: bytes, path: str) -> None:
    answer = web.client().get(f"/static/{path}", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code in {404, 307}, answer.text[:200]
    assert "secret" not in answer.text


def test_nothing_is_written_there(web: Web, packed: bytes) -> None:
    assert web.client().post("/static/ours.css").status_code == 405


def test_the_stylesheet_closes_what_it_opens() -> None:
    """A rule left open takes all that follows into itself, and no browser complains."""
    depth = 0
    for number, line in enumerate(
        (ROOT / "web/static/css/hypomos.css").read_text(encoding="utf-8").splitlines(), 1
    ):
        assert not (line.startswith("/*") and depth), f"something above line {number} is not closed"
        depth += line.count("{") - line.count("}")
    assert depth == 0
