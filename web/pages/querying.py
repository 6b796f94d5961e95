"""/collections/{id}/query: the query of a collection as a form and as text; /collections/{id}/trust, with one click.

Both are views of one tree. What was changed in one of them counts; the page says so when both were. It needs no script.
"""

from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse, Response

from services import collections
from services.catalogue import ViewerNames
from services.collections import querying
from services.errors import Conflict, NotFound, UsageError
from services.filters import FilterError, parse
from services.filters import render as render_query
from services.models import Collection
from web import query_form
from web.asking import Ask
from web.pages import search
from web.pages.collections import held
from web.query_form import QueryForm
from web.rendering import render

BOTH = "The form and the text say different things. Use the text, or put it back to keep the form."


@dataclass(frozen=True, slots=True)
class _Sent:
    """The query as it was sent: by the form, and as text, which says what the form `was` unless it was changed."""

    form: QueryForm
    typed: str
    was: str

    @property
    def is_typed(self) -> bool:
        """Whether the text was changed."""
        return self.typed != self.was


def form(ask: Ask) -> Response:
    """The query as it is, with what it finds."""
    collection = _dynamic(ask)
    names = ViewerNames(ask.viewer)
    filled, _ = search.form_of(querying.text_of(ask.viewer, collection), names)
    if not filled.root.rows and not filled.groups:
        filled = QueryForm(query_form.Group("all", (query_form.Row(field="label"),)))
    return _page(ask, collection, _both(filled, names))


def save(ask: Ask) -> Response:
    """Keep what was sent; every other button of the form gives the form again."""
    collection, do = _dynamic(ask), ask.form.get("do", "")
    typed, was = (ask.form.get(name, "").strip() for name in ("q", "was"))
    sent, names = _Sent(query_form.of_fields(ask.form), typed, was), ViewerNames(ask.viewer)
    if do == "save":
        return _saved(ask, collection, sent)
    if do == "text" or (do in {"show", "trust"} and sent.is_typed):
        filled, problem = search.form_of(typed, names)
        if problem is not None:
            return _page(ask, collection, sent, problem.message)
        return _page(ask, collection, _both(filled, names))
    changed = query_form.changed(sent.form, do)
    return _page(ask, collection, _Sent(changed, typed, was) if sent.is_typed else _both(changed, names))


def trust(ask: Ask) -> Response:
    """Let the keywords of files count in it from now on."""
    collection = _dynamic(ask)
    collections.edit(ask.viewer, collection.pid, {"trusted": sorted({*collection.trusted, "file"})})
    return RedirectResponse(f"/collections/{collection.pid}", 303)


def _saved(ask: Ask, collection: Collection, sent: _Sent) -> Response:
    if sent.is_typed and _text(sent.form, ViewerNames(ask.viewer)) != sent.was:
        return _page(ask, collection, sent, BOTH)
    text = sent.typed if sent.is_typed else sent.form.text
    changes: dict[str, Any] = held(ask.form)
    if text != querying.text_of(ask.viewer, collection):
        changes["query"] = text
    try:
        collections.edit(ask.viewer, collection.pid, changes)
    except (UsageError, Conflict) as error:
        return _page(ask, collection, sent, error.message if isinstance(error, FilterError) else str(error))
    return RedirectResponse(f"/collections/{collection.pid}", 303)


def _dynamic(ask: Ask) -> Collection:
    collection = collections.own(ask.viewer, ask.path["id"])
    if collection.kind != "dynamic":
        raise NotFound
    return collection


def _both(filled: QueryForm, names: ViewerNames) -> _Sent:
    text = _text(filled, names)
    return _Sent(filled, text, text)


def _text(filled: QueryForm, names: ViewerNames) -> str:
    """What a form says, as text is written everywhere; as it is while it cannot be read."""
    try:
        return render_query(parse(filled.text, names), names)
    except FilterError:
        return filled.text


def _page(ask: Ask, collection: Collection, sent: _Sent, problem: str = "") -> Response:
    given = held(ask.form) if ask.form else {
        "approval": collection.approval, "require_labelled": collection.require_labelled, "trusted": collection.trusted,
    }  # fmt: skip
    values = {
        **search.form_values(sent.form, ViewerNames(ask.viewer)), "c": collection, "given": given,
        "typed": sent.typed, "was": sent.was, "problem": problem,
        **search.kept_preview(ask, given, sent.typed if sent.is_typed else sent.form.text),
    }  # fmt: skip
    return render(ask, "collection_query.html", values, status=422 if problem else 200)
