"""/about: version and licences."""

from importlib import metadata

import pytest

from tests.web.pages.conftest import Browser
from web.pages import about


def test_versions_and_licences_are_listed(browser: Browser) -> None:
    page = browser("anna").get("/about").text
    assert "Hypomos test" in page
    for name in ("htmx.org", "photoswipe", "lucide-static", "thumbhash"):
        assert f"<td>{name}</td>" in page
    assert "/static/vendor/photoswipe@" in page


def test_licences_of_python_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["starlette>=1", "segno>=1 ; extra == 'x'", "surely-not-installed>=1"]
    monkeypatch.setattr(metadata, "requires", lambda name: needs)
    found = {name.lower(): licence for name, _, licence in about._licences()}
    assert set(found) == {"starlette", "segno"}
    assert "BSD" in found["starlette"]
    assert "BSD" in found["segno"]


def test_a_bare_checkout_knows_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", absent)
    assert about._licences() == set()
