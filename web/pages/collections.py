"""/collections: cards of them, one with its items, a new one, and what its owner changes."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import RedirectResponse, Response

from services import catalogue, collections
from services.catalogue import ViewerNames
from services.collections import Draft, querying, seeing, selecting
from services.errors import Conflict, UsageError
from web import query_form
from web.api.views import day
from web.asking import Ask
from web.pages import search
from web.pages.selection import local
from web.rendering import render

PAGE = 60
_AT_FIRST = {
    "starts": "", "ends": "", "arrivals": "none", "approval": "none", "require_labelled": True, "trusted": [],
}  # fmt: skip
"""What the form of a new collection says before anybody changes it."""


def index(ask: Ask) -> Response:
    """One's own, then those that others share."""
    found = collections.cards(ask.viewer)
    values = {"mine": [c for c in found if c.own], "theirs": [c for c in found if not c.own]}
    return render(ask, "collections.html", values)


def new(ask: Ask) -> Response:
    """The form of a new collection: a name, and for one by a query its conditions."""
    return _new(ask, query_form.QueryForm(query_form.Group("all", (query_form.Row(field="label"),))))


def create(ask: Ask) -> Response:
    """Make it; every other button of the form gives the form again. It needs no script."""
    name, do = ask.form.get("name", ""), ask.form.get("do", "")
    if ask.query.get("kind") != "dynamic":
        try:
            made = collections.create(ask.viewer, Draft(name), settings(ask.form, "static"))
        except (UsageError, Conflict) as error:
            return _new(ask, query_form.QueryForm(), problem=str(error), status=422)
        return RedirectResponse(f"/collections/{made.pid}", 303)
    typed = ask.form.get("q", "").strip()
    form = query_form.of_fields(ask.form)
    if do == "text" or (typed and not form.text):
        form, problem = search.form_of(typed, ViewerNames(ask.viewer))
        if problem is not None and do != "create":
            return _new(ask, form, problem=problem.message, typed=typed, status=422)
    elif do not in {"create", "show", "trust"}:
        return _new(ask, query_form.changed(form, do), typed=typed)
    if do != "create":
        return _new(ask, form, shown=True)
    try:
        made = collections.create(ask.viewer, Draft(name, query=form.text), settings(ask.form, "dynamic"))
    except (UsageError, Conflict) as error:
        return _new(ask, form, problem=getattr(error, "message", str(error)), typed=typed, status=422)
    return RedirectResponse(f"/collections/{made.pid}", 303)


def show(ask: Ask) -> Response:
    """One collection with its items."""
    return _page(ask)


def edit(ask: Ask) -> Response:
    """What its owner's form says."""
    collection = collections.own(ask.viewer, ask.path["id"])
    form = ask.form
    changes = {name: form.get(name, "") for name in ("name", "description")}
    changes |= settings(form, collection.kind)
    if collection.kind == "dynamic" and form.get("query", "") != querying.text_of(ask.viewer, collection):
        changes["query"] = form.get("query", "")
    try:
        collections.edit(ask.viewer, collection.pid, changes)
    except (UsageError, Conflict) as error:
        return _page(ask, getattr(error, "message", str(error)), 422)
    return RedirectResponse(f"/collections/{collection.pid}", 303)


def delete(ask: Ask) -> Response:
    """Throw it away; the cards then offer the way back."""
    collections.delete(ask.viewer, ask.path["id"])
    undo = selecting.keep_deletion(ask.viewer, ask.path["id"])
    return RedirectResponse(f"/collections?deed=collection&undo={undo}", 303)


def rule(ask: Ask) -> Response:
    """Always or never in here, or left to the query again."""
    back = local(ask.form.get("back", f"/collections/{ask.path['id']}"))
    wanted = ask.form.get("rule", "")
    collections.decide_rule(ask.viewer, ask.path["id"], ask.form.get("item", ""), wanted)  # type: ignore[arg-type]  # it says what is wrong
    return RedirectResponse(back, 303)


def settings(form: Mapping[str, str], kind: str) -> dict[str, Any]:
    """What the forms of a new collection and of one that is there say alike."""
    found: dict[str, Any] = {name: form.get(name, "") for name in ("starts", "ends")}
    found["arrivals"] = "owner" if "arrivals" in form else "none"
    return found | (held(form) if kind == "dynamic" else {})


def held(form: Mapping[str, str]) -> dict[str, Any]:
    """What a form says of a dynamic one: what is asked about, held back and trusted. One of its buttons trusts."""
    return {
        "approval": "owner" if "approval" in form else "none",
        "require_labelled": "require_labelled" in form,
        "trusted": ["file"] if "trusted" in form or form.get("do") == "trust" else [],
    }


def _new(
    ask: Ask, form: query_form.QueryForm, *, problem: str = "", typed: str = "", shown: bool = False,
    status: int = 200,
) -> Response:  # fmt: skip
    kind = "dynamic" if ask.query.get("kind") == "dynamic" else "static"
    given = settings(ask.form, "dynamic") if ask.form else _AT_FIRST
    asks = kind == "dynamic" and bool(form.text or shown) and not problem
    found = search.kept_preview(ask, given, form.text) if asks else {}
    if shown and found["wrong"] is not None:
        status = 422
    values = {
        **search.form_values(form, ViewerNames(ask.viewer)), "kind": kind, "name": ask.form.get("name", ""),
        "problem": problem, "typed": typed, "given": given, "asks": asks, **found,
    }  # fmt: skip
    return render(ask, "collection_new.html", values, status=status)


def _page(ask: Ask, problem: str = "", status: int = 200) -> Response:
    card = collections.get(ask.viewer, ask.path["id"])
    page = collections.page(ask.viewer, card, limit=PAGE, cursor=ask.query.get("cursor"))
    values = {
        "card": card, "c": card.collection, "found": catalogue.describe(ask.viewer, page.items), "next": page.next,
        "query": querying.text_of(ask.viewer, card.collection) if card.own else "", "problem": problem,
        "starts": day(card.collection.starts_on) or "", "ends": day(card.collection.ends_on) or "",
        "never": seeing.never(ask.viewer, card) if card.own else [],
        "rejected": seeing.rejected(ask.viewer, card) if card.own else [],
        "proposed": seeing.count_proposed(card.collection) if card.own else 0,
    }  # fmt: skip
    return render(ask, "collection.html", values, status=status)
