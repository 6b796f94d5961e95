"""A folder of hostile and broken files, by real processes: each is told once, clearly, and nothing else suffers."""

import hashlib
import os
import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

import httpx2 as httpx
import pytest

from tests.flows.test_main_job import Person, pictures
from tests.processes import serving
from tests.services.media.pixel_samples import png

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"

NAMES = [
    b"100% #1 & more.jpg", b"it's \"quoted\".jpg", b"line\nbreak.jpg", b"a" * 251 + b".jpg", b"latin-\xe9.jpg",
    "caf\u00e9.jpg".encode(), "cafe\u0301.jpg".encode(), b"<script>alert(1)<script>.jpg", b"-rf.jpg", b"a?b=c;d.jpg",
]  # fmt: skip
"""Names of whole pictures, as bytes."""

BROKEN = {
    "empty.jpg": "the file is empty",
    "cut.jpg": "only partly readable",
    "bomb.png": "more pixels than the limit of 512 megapixels",
    "posing-svg.jpg": "the name ends in .jpg, but the content is image/svg",
    "posing-html.jpg": "the name ends in .jpg, but the content is text/html",
    "noise.mp4": "the name ends in .mp4, but the content is",
}
"""Names of broken files, and what is said of each."""


def fill(folder: Path) -> list[str]:
    """Write it all; gives the SHA-256 of every file, in order."""
    pictures(folder, len(NAMES) + 1)
    sources = sorted(folder.iterdir())
    for name, source in zip(NAMES, sources, strict=False):
        source.rename(folder / os.fsdecode(name))
    whole = sources[-1].read_bytes()
    data = {
        "empty.jpg": b"", "cut.jpg": whole[: len(whole) // 2], "bomb.png": png(30_000, 30_000, depth=8, colour=2),
        "posing-svg.jpg": SVG, "posing-html.jpg": HTML, "noise.mp4": bytes(range(1, 200)) * 50,
    }  # fmt: skip
    assert set(data) == set(BROKEN)
    for broken, content in data.items():
        (folder / broken).write_bytes(content)
    for path in folder.iterdir():
        os.utime(path, (1_780_000_000, 1_780_000_000))
    return sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir())


def told_by(person: Person, storage: str, language: str) -> dict[str, str]:
    """What the storage's page says of each file."""
    page = person.http.get(f"/storages/{storage}", headers={"Accept-Language": language}).text
    return dict(re.findall(r'<b class="path">([^<]*)</b><span>([^<]*)</span>', page))


@pytest.mark.long
def test_long_run_of_bad_input_twice_is_the_same(tmp_path: Path) -> None:
    """Scanned again, nothing is read again and nothing changes."""
    fill(tmp_path / "photos")
    with serving(tmp_path / "data") as at, Person(at) as person:
        person.set_up()
        storage = person.connect(tmp_path / "photos")
        first = person.wait_for_scan(storage)
        ids = sorted(i["id"] for i in person.items())
        person.api("POST", f"/storages/{storage}/scan")
        again = person.wait_for_scan(storage)
        assert (again["files"], again["items"], again["problems"]) == (
            first["files"], first["items"], first["problems"],
        )  # fmt: skip
        assert sorted(i["id"] for i in person.items()) == ids


def test_each_is_told_and_all_can_be_had(tmp_path: Path) -> None:
    hashes = fill(tmp_path / "photos")
    with serving(tmp_path / "data") as at, Person(at) as person:
        person.set_up()
        storage = person.connect(tmp_path / "photos")
        seen = person.wait_for_scan(storage)
        assert seen["state"] == "online"
        assert seen["files"] == len(NAMES) + 1 + len(BROKEN)
        assert seen["problems"] == len(BROKEN)

        told, german = (told_by(person, storage, language) for language in ("en", "de"))
        for name, words in BROKEN.items():
            assert re.search(words, told[name]), (name, told[name])
        assert set(told) == set(german) == set(BROKEN)
        assert [name for name in told if told[name] == german[name]] == []

        names = {i["name"] for i in person.items()}
        assert len(names) >= len(NAMES) + 1
        assert "cut.jpg" in names
        assert "<script>" not in person.http.get("/").text

        secret = person.api("POST", "/tokens", json={"kind": "app", "label": "drive"})["secret"]
        with httpx.Client(base_url=at.address, auth=("anna", secret), timeout=30) as drive:
            listing = drive.request("PROPFIND", "/dav/Storages/Photos/", headers={"Depth": "1"}).text
            hrefs = [h for h in re.findall(r"<D:href>([^<]*)</D:href>", listing) if not h.endswith("/")]
            assert len(hrefs) == len(hashes)
            got = sorted(
                hashlib.sha256(drive.get(h.replace("&amp;", "&")).content).hexdigest() for h in hrefs
            )
        assert got == hashes
        assert all(unicodedata.is_normalized("NFC", unquote(h)) for h in hrefs)
        assert all(len(unquote_to_bytes(h.rpartition("/")[2])) <= 255 for h in hrefs)
