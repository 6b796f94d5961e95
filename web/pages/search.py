"""/search: what a query finds, its conditions as chips; /search/form, the same query as a form; /search/help.

/search/complete is what may be meant while a query is typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from services import catalogue
from services.catalogue import ViewerNames
from services.collections import querying
from services.errors import UsageError
from services.filters import FilterError, Names, Tree, fields, parse
from services.filters.render import render as text_of
from services.filters.tree import All, all_of
from web import query_form
from web.asking import Ask
from web.rendering import render

PAGE = 60
VALUES = 200
"""So many values of a field are offered while typing."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition of the query, and the query without it."""

    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A text in place of the wrong one, and the query it makes."""

    text: str
    query: str


def search(ask: Ask) -> Response:
    """What a query finds; what is wrong with it is shown at its place, and it stays as it was typed."""
    q = ask.query.get("q", "").strip()
    names = ViewerNames(ask.viewer)
    values: dict[str, Any] = {"q": q, "base": "/search", "found": [], "next": None, "total": None, "problem": None,
                              "chips": [], "loosened": (), "repairs": [], "hidden": 0, "unhide": ""}  # fmt: skip
    try:
        tree = parse(q, names)
    except FilterError as error:
        more = {"problem": error, "marked": marked(q, error), "repairs": repairs(q, error)}
        return render(ask, "listing.html", {**values, **more}, status=400)
    page = catalogue.page_of(ask.viewer, tree, limit=PAGE, cursor=ask.query.get("cursor"), count=bool(q))
    values |= {
        "found": catalogue.describe(ask.viewer, page.items), "next": page.next, "total": page.total,
        "hidden": catalogue.count_hidden(ask.viewer, tree) if "cursor" not in ask.query else 0,
        "unhide": text_of(catalogue.among_hidden(tree), names),
        "chips": chips(tree, names), "loosened": () if page.items or not q else catalogue.loosened(ask.viewer, tree),
    }  # fmt: skip
    return render(ask, "listing.html", values)


def form(ask: Ask) -> Response:
    """The query as a form. Its buttons send the whole form, so it needs no script."""
    names, problem = ViewerNames(ask.viewer), None
    if "q" in ask.query:
        found, problem = form_of(ask.query["q"], names)
    else:
        found = query_form.changed(query_form.of_fields(ask.query), ask.query.get("do", ""))
    if ask.query.get("do") == "search":
        return RedirectResponse(f"/search?{urlencode({'q': found.text})}", 303)
    if not found.root.rows and not found.groups:
        found = replace(found, root=query_form.Group(found.root.match, (query_form.Row(),)))
    values = {**form_values(found, names), **_preview(ask, found.text), "problem": problem}
    return render(ask, "query_form.html", values, status=400 if problem else 200)


def preview(ask: Ask) -> Response:
    """How many items the form's query finds, and the newest of them: while it is being filled in.

    `for=collection`: how many a collection by it would hold.
    """
    text = ask.query["q"] if "q" in ask.query else query_form.of_fields(ask.query).text
    held = {
        "trusted": ["file"] if "trusted" in ask.query else [],
        "require_labelled": "require_labelled" in ask.query,
    }
    is_kept = ask.query.get("for") == "collection"
    values = kept_preview(ask, held, text) if is_kept else _preview(ask, text)
    return render(ask, "query_preview.html", values)


def completions(ask: Ask) -> Response:
    """What may be meant where somebody is typing: what a script puts below the field."""
    q = ask.query.get("q", "")
    found = catalogue.complete(ask.viewer, q, ask.number("at", len(q)))
    return render(ask, "completions.html", {"found": found})


def help_page(ask: Ask) -> Response:
    """Every field, made from the table of fields."""
    groups = [
        (title, [f for f in fields.FIELDS if f.group == group]) for group, title in fields.GROUPS.items()
    ]
    return render(ask, "query_help.html", {"groups": groups})


def form_values(found: query_form.QueryForm, names: ViewerNames) -> dict[str, Any]:
    """What the template of the form needs; a collection's page embeds it with the same."""
    form = found.checked(names)
    used = {row.field for group in (form.root, *form.groups) for row in group.rows}
    return {
        "form": form,
        "fields": _choices(),
        "offered": {name: offered(name, names) for name in sorted(used)},
    }


def offered(name: str, names: ViewerNames) -> Sequence[str]:
    """Values that may be meant while one is typed."""
    field = fields.find_field(name)
    if field is None:
        return ()
    kinds = {
        "label": "label",
        "owner": "user",
        "storage": "storage",
        "collection": "collection",
        "event": "event",
    }
    known = tuple(names.known(kinds[name]).values())[:VALUES] if name in kinds else ()
    return (*fields.words_of(field), *known)


def chips(tree: Tree, names: Names) -> list[Chip]:
    """The conditions of a query that can be taken out one by one."""
    found = []
    parts = () if tree.is_empty else tree.where.parts if isinstance(tree.where, All) else (tree.where,)
    for number, part in enumerate(parts):
        rest = all_of(parts[:number] + parts[number + 1 :])
        found.append(Chip(text_of(Tree(part), names), text_of(replace(tree, where=rest), names)))
    output = (
        (f"sort:{tree.sort}", tree.sort, replace(tree, sort=None)),
        (f"limit:{tree.limit}", tree.limit, replace(tree, limit=None)),
        (f"per:{tree.per}", tree.per, replace(tree, per=None)),
    )
    return found + [
        Chip(text, text_of(without, names)) for text, value, without in output if value is not None
    ]


def marked(q: str, error: FilterError) -> tuple[str, str, str]:
    """The query before the wrong place, there, and after it."""
    end = error.position + error.length
    return q[: error.position], q[error.position : end], q[end:]


def repairs(q: str, error: FilterError) -> list[Repair]:
    """What may have been meant."""
    before, _, after = marked(q, error)
    return [Repair(text, before + text + after) for text in error.suggestions]


def form_of(q: str, names: ViewerNames) -> tuple[query_form.QueryForm, FilterError | None]:
    """The form of a typed query; a query that is wrong or too deep stays text in one row of free words."""
    try:
        tree = parse(q, names)
    except FilterError as error:
        return query_form.QueryForm(query_form.Group("all", (query_form.Row(value=q),))), error
    found = query_form.of_tree(tree, names)
    return found or query_form.QueryForm(query_form.Group("all", (query_form.Row(value=q),))), None


def _preview(ask: Ask, text: str) -> dict[str, Any]:
    try:
        checked = catalogue.check(ask.viewer, text)
    except FilterError as error:
        return {"text": text, "checked": None, "sample": [], "wrong": error, "offers_trust": False}
    sample = catalogue.describe(ask.viewer, checked.sample)
    return {
        "text": checked.canonical,
        "checked": checked,
        "sample": sample,
        "wrong": None,
        "offers_trust": False,
    }


def kept_preview(ask: Ask, given: Mapping[str, Any], text: str) -> dict[str, Any]:
    """What a collection by a query would hold that trusts and waits for what is `given`."""
    trusted = list(given["trusted"])
    try:
        found = querying.preview(
            ask.viewer, text, trusted=trusted, require_labelled=bool(given["require_labelled"])
        )
    except UsageError as error:  # also when it takes too long
        return {"text": text, "checked": None, "sample": [], "wrong": error, "offers_trust": False}
    sample = catalogue.describe(ask.viewer, found.sample)
    offers = bool(found.proposed) and "file" not in trusted
    return {
        "text": found.canonical, "checked": found, "sample": sample, "wrong": None, "offers_trust": offers,
    }  # fmt: skip


def _choices() -> list[tuple[str, list[fields.Field]]]:
    """The fields that a row may have, by the headings of their groups."""
    usable = [f for f in fields.FIELDS if f.kind != "output" and not f.stands_for]
    groups: Mapping[fields.Group, str] = fields.GROUPS
    found = [(title, [f for f in usable if f.group == group]) for group, title in groups.items()]
    return [(title, several) for title, several in found if several]
