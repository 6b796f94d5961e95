"""Templates: the Jinja2 environment, the words of the viewer's language, and what every page needs.

Autoescape is always on. All text for people goes through gettext; English is the language of the
sources, other languages are compiled catalogues in `web/locale`.
"""

import json
import logging
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from services import accounts, events, screens, sharing
from services.collections import seeing
from services.problems import MOST
from web import filters
from web.asking import Ask
from web.words import preferred, words

ROOT = Path(str(files("web")))
VENDOR = ROOT / "static" / "vendor"

DEEDS = frozenset({
    "add", "remove", "label", "unlabel", "favourite", "unfavourite", "hide", "unhide", "thrown", "collection", "undone",
    "nothing",
})  # fmt: skip
"""What a page may tell was done: see `_done.html`."""

log = logging.getLogger(__name__)

T = TypeVar("T")


def render(
    ask: Ask, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200
) -> Response:
    """A page, or its content alone when a script asks for a fragment (`HX-Request`)."""
    layout = "_fragment.html" if "hx-request" in ask.request.headers else "base.html"
    found = _environment(language_of(ask)).get_template(template)
    text = found.render({**(values or {}), **_common(ask), "layout": layout})
    return HTMLResponse(text, status, {"Vary": "HX-Request, Accept-Language, Cookie"})


def language_of(ask: Ask) -> str:
    """The person's own language, else the first one the browser names that we have, else English."""
    own = ask.viewer_or_none.language if ask.viewer_or_none else ""
    return preferred(own, ask.request.headers.get("accept-language", ""))


@cache
def manifest() -> dict[str, Any]:
    """The browser libraries that were built in: versions, licences, import map."""
    try:
        return dict(json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {"imports": {}, "packages": {}, "icons": ""}


def import_map() -> Markup:
    """The page's import map as JSON, safe inside a script element."""
    ours = {
        f"hypomos/{p.stem}": f"/static/js/{p.name}" for p in sorted((ROOT / "static" / "js").glob("*.js"))
    }
    imports = {name: f"/static/vendor/{path}" for name, path in manifest()["imports"].items()} | ours
    return Markup(json.dumps({"imports": imports}).replace("<", "\\u003c"))  # noqa: S704  our own file names


def vendor(package: str, name: str) -> str:
    """The address of a file of a browser library."""
    known = manifest()["packages"].get(package)
    return f"/static/vendor/{known['path']}/{name}" if known else f"/static/vendor/{package}/{name}"


def icon(name: str, title: str = "") -> Markup:
    """An icon of the sprite; without a title it is decoration and hidden from screen readers."""
    label = Markup('role="img" aria-label="{}"').format(title) if title else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" {}><use href="{}#{}"/></svg>').format(label, sprite(), name)


def sprite() -> str:
    """The address of the file with all icons."""
    return f"/static/vendor/{manifest()['icons']}"


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(words(language), newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    environment.filters.update(filters.for_language(language))
    environment.globals.update(
        vendor=vendor, icon=icon, icons=sprite(), import_map=import_map, language=language
    )
    return environment


def _common(ask: Ask) -> dict[str, Any]:
    viewer = ask.viewer_or_none
    return {
        "viewer": viewer if viewer is not None and viewer.kind == "person" else None,
        "nonce": ask.nonce,
        "csrf": ask.csrf_token if viewer else "",
        "content_version": ask.content,
        "path": ask.request.scope["path"],
        "version": ask.context.version,
        "deed": _done(ask),
        "everybody": cache(accounts.names),
        "own_collections": lambda: seeing.own_names(ask.viewer),
        "open_events": lambda: events.open_to(ask.viewer),
        "ending_events": lambda: _beside(
            "events that end", lambda: events.ending(ask.viewer), list[events.Card]()
        ),
        "undecided_events": lambda: _beside(
            "what may be freed",
            lambda: events.undecided(ask.viewer),
            list[tuple[events.Card, events.Proposal]](),
        ),
        "prolonged_events": lambda: _beside(
            "events that last longer", lambda: events.prolonged(ask.viewer), list[events.Prolonged]()
        ),
        "count_problems": lambda: _count_problems(ask),
        "count_waiting": lambda: _count_waiting(ask),
    }


def _done(ask: Ask) -> dict[str, str] | None:
    """What a form of the page before did, for the note that offers to undo it."""
    did = ask.query.get("deed", "")
    if did not in DEEDS:
        return None
    number = ask.query.get("n", "")
    undo = ask.query.get("undo", "")
    return {
        "did": did,
        "n": number if number.isascii() and number.isdigit() else "0",
        "undo": undo if undo.isascii() and undo.replace("_", "").replace("-", "").isalnum() else "",
        "back": ask.request.scope["path"],
    }


def _count_problems(ask: Ask) -> str:
    """For the badge in the navigation, empty for none; a page that cannot count still is a page."""
    found = _beside("problems", lambda: ask.context.problems.count(ask.viewer), 0)
    return f"{MOST - 1}+" if found >= MOST else str(found or "")


def asking_screens(ask: Ask) -> list[str]:
    """The codes of televisions that ask an adult to be let in just now."""
    return screens.asking(ask.viewer) if ask.context.settings.dlna_enabled else []


def _count_waiting(ask: Ask) -> int:
    """How many decisions wait, for the badge in the navigation."""
    return _beside("approvals", lambda: sharing.count_waiting(ask.viewer) + len(asking_screens(ask)), 0)


def _beside(what: str, find: Callable[[], T], otherwise: T) -> T:
    """What is told beside a page, which is never in its way: without it the page still is a page."""
    try:
        return find()
    except Exception:
        log.exception("what stands beside a page could not be found: %s", what)
        return otherwise
