"""Pages in the viewer's language, whole or as a fragment, with the browser's libraries at their addresses."""

import json
import re

import pytest

from tests.web.conftest import Web
from web.rendering import ROOT, icon, import_map, manifest, vendor
from web.words import LANGUAGES

SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr, en", "en"),
        ("fr", "en"),
        ("", "en"),
        ("*;q=x", "en"),
        ("DE", "de"),
    ],
)
def test_the_browsers_language_is_spoken(web: Web, accepts: str, language: str) -> None:
    page = web.client(**{"Accept-Language": accepts}).get("/login").text
    assert f'<html lang="{language}">' in page
    assert ("Willkommen zurück" in page) is (language == "de")


def test_ones_own_language_wins(web: Web) -> None:
    anna = web.client("anna", **SAME_SITE, **{"Accept-Language": "en"})
    assert anna.post("/settings", data={"display": "Anna", "language": "de"}).status_code == 303
    assert "Einstellungen" in anna.get("/settings").text
    assert {"en", "de"} == set(LANGUAGES)


def test_a_script_gets_the_content_alone(web: Web) -> None:
    anna = web.client("anna")
    whole, part = anna.get("/storages"), anna.get("/storages", headers={"HX-Request": "true"})
    assert "<nav" in whole.text
    assert part.status_code == 200
    assert "<nav" not in part.text
    assert 'id="storages"' in part.text
    assert "HX-Request" in part.headers["vary"]


def test_what_people_write_is_escaped(web: Web) -> None:
    anna = web.client("anna", **SAME_SITE)
    evil = '<img src=x onerror="alert(1)">'
    anna.post("/settings", data={"display": evil})
    page = anna.get("/settings").text
    assert evil not in page
    assert "&lt;img src=x onerror=" in page


def test_the_import_map_names_files_that_are_there() -> None:
    imports = json.loads(import_map())["imports"]
    assert {"hypomos/justify", "hypomos/timeline", "photoswipe"} <= set(imports)
    for address in imports.values():
        assert (ROOT / address.removeprefix("/")).is_file()


def test_libraries_and_icons_are_there() -> None:
    assert (ROOT / vendor("htmx.org", "htmx.min.js").removeprefix("/")).is_file()
    sprite = (ROOT / "static/vendor" / str(manifest()["icons"])).read_text(encoding="utf-8")
    drawn = icon("heart")
    assert 'aria-hidden="true"' in drawn
    assert re.search(r"#(\w+)\"", drawn)[1] in re.findall(r'id="([\w-]+)"', sprite)  # type: ignore[index]  # it matches
    assert 'aria-label="&lt;x&gt;"' in icon("heart", "<x>")


def test_the_first_view_needs_little_script() -> None:
    """At most 40 KB packed, without what is loaded on demand."""
    import gzip

    first = ["timeline", "justify", "scroller", "scrubber", "tiles", "shell"]
    ours = sum(len(gzip.compress((ROOT / f"static/js/{name}.js").read_bytes())) for name in first)
    theirs = len((ROOT / (vendor("htmx.org", "htmx.min.js") + ".gz").removeprefix("/")).read_bytes())
    assert ours + theirs < 40_000
