"""What no template may hold, because the content policy would stop it or a script would be needed for it."""

import re
from pathlib import Path

import pytest

from tests.tree import ROOT

TEMPLATES = sorted((ROOT / "web" / "templates").glob("*.html"))
OURS = [*TEMPLATES, *sorted((ROOT / "web" / "static" / "js").glob("*.js"))]

FORBIDDEN = {
    "a handler in markup": r"\s(?:hx-on|on[a-z]+=)",
    "a style in markup": r"\sstyle=",
    "an inline script": r"<script(?![^>]*\b(?:src=|type=\"application/json\"|type=\"importmap\"))",
    "script in a value": r"(?:hx-vals=['\"]js:|javascript:)",
    "another host": r"(?:href|src|action)=\"(?:https?:)?//",
    "switched-off escaping": r"\|\s*safe\b|autoescape\s+false",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(what: str, path: Path) -> None:
    assert re.findall(FORBIDDEN[what], path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_every_form_that_changes_something_carries_the_token(path: Path) -> None:
    """Browsers too old to say where a request comes from are judged by it; before sign-in there is none."""
    forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", path.read_text(encoding="utf-8"), re.DOTALL)
    for form in forms:
        assert 'name="csrf"' in form or path.name in {"login.html", "setup.html", "invitation.html"}, form[
            :200
        ]


@pytest.mark.parametrize("path", OURS, ids=lambda p: p.name)
def test_every_icon_is_in_the_sprite(path: Path) -> None:
    known = set(re.findall(r"\"([\w-]+)\"", (ROOT / "web/vendor.toml").read_text(encoding="utf-8")))
    asked = set(re.findall(r"icon\(\"([\w-]+)\"", path.read_text(encoding="utf-8")))
    assert asked <= known


def test_scripts_evaluate_no_text() -> None:
    for path in OURS:
        assert not re.search(
            r"\beval\(|new Function\(|innerHTML\s*=(?!=)|document\.write", path.read_text("utf-8")
        )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_what_the_domain_says_is_put_into_the_viewers_language(path: Path) -> None:
    """Such texts are English in the domain; see web/sentences.py."""
    shown = re.findall(r"{{([^{}]*)}}", path.read_text(encoding="utf-8"))
    spoken = [s for s in shown if re.search(r"\.(problem|state_reason|damaged|error|detail)\b", s)]
    assert [s for s in spoken if "|said" not in s] == []
