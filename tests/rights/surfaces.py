"""Every surface by which items or bytes of them go out, declared once, and how each is asked.

A *surface* is asked one question: does this person get this item by it now? What a route of the web, a
folder at the top of the network drive or a service belongs to stands in the tables below, or NONE for
what hands out nothing of anybody's items. `test_surfaces.py` fails for what stands in neither.

What a surface gives is one of four: to `list` (what is listed and counted), to `look` (one item, also one
that waits for its decision), to `read` (the bytes of an original), or to `fetch` it in an archive.
"""

from collections.abc import Callable, Iterator
from typing import Literal
from urllib.parse import quote, unquote

from services import access, catalogue, collections, events, sharing
from services.broker import original_of
from services.catalogue import pages
from services.downloads import plan_items
from services.errors import NotFound
from services.models import Asset, Event, File, Item, ItemLabel, Label
from services.names import fold
from services.viewers import Viewer
from tests.rights.asking import Asking
from tests.virtualfs.dlna.asking import Refusal
from virtualfs.nodes import File as FileNode
from virtualfs.nodes import Folder, Node
from virtualfs.tree import Tree

Gives = Literal["list", "look", "read", "fetch"]
NONE = "none"
"""A route that hands out nothing of anybody's items."""
OWN = "own"
"""A route by which an owner alone gets what is theirs, as `tests/web/test_matrix.py` sees to."""

API = "/api/v1"
ROUTES: dict[str, tuple[str, ...]] = {
    "page of an item": ("GET /item/{id}", "POST /item/{id}"),
    "page of the timeline": ("GET /",),
    "plain timeline": ("GET /timeline",),
    "month of the timeline": ("GET /timeline/b/{month:int}",),
    "page of a search": ("GET /search",),
    "API: items": (f"GET {API}/items",),
    "API: item": (f"GET {API}/items/{{id}}", f"PATCH {API}/items/{{id}}", f"GET {API}/items/{{id}}/assets"),
    "API: timeline": (f"GET {API}/timeline",),
    "API: original": (f"GET {API}/items/{{id}}/original", f"GET {API}/items/{{id}}/assets/{{role}}"),
    "API: subtitles": (f"GET {API}/items/{{id}}/subtitles", f"GET {API}/items/{{id}}/subtitles/{{file}}"),
    "API: collections": (
        f"GET {API}/collections", f"GET {API}/collections/{{id}}", f"GET {API}/collections/{{id}}/items",
        f"PATCH {API}/collections/{{id}}", f"PATCH {API}/collections/{{id}}/items",
        f"GET {API}/collections/{{id}}/why", f"GET {API}/items/{{id}}/collections",
    ),
    "page of a collection": ("GET /collections/{id}",),
    "page of collections": ("GET /collections",),
    "API: what a query finds": (f"POST {API}/collections/preview", f"POST {API}/filters/check"),
    "page of what a query finds": (
        "GET /search/preview", "GET /collections/{id}/query", "POST /collections/{id}/query",
    ),
    "API: completion": (f"GET {API}/filters/complete",),
    "page of completions": ("GET /search/complete",),
    "API: approvals": (f"GET {API}/approvals",),
    "page of approvals": ("GET /approvals",),
    "API: rendition": (f"GET {API}/items/{{id}}/rendition/{{size}}",),
    "guests of a link": (
        "GET /s/{token}", "POST /s/{token}", "GET /guest/{guest}", "GET /guest/{guest}/items/{id}",
        "GET /guest/{guest}/items/{id}/assets/{role}", "GET /guest/{guest}/items/{id}/original",
        "GET /guest/{guest}/items/{id}/subtitles/{file}",
        "GET /guest/{guest}/items/{id}/rendition/{size}", "GET /guest/{guest}/state", "GET /guest/{guest}/leave",
    ),
    "guests of an event": (
        "GET /e/{token}", "POST /e/{token}", "POST /guest/{guest}/take-back", "GET /guest/{guest}/join",
        "POST /guest/{guest}/join",
    ),
    "events": (
        "GET /events", "GET /events/{id}", "GET /events/{id}/board", "POST /events/{id}/board",
        "GET /events/{id}/contribute", "POST /events/{id}/contribute", "POST /events/contribute",
        f"GET {API}/events", f"GET {API}/events/{{id}}", f"PATCH {API}/events/{{id}}",
        f"GET {API}/events/{{id}}/items", f"GET {API}/events/{{id}}/board",
    ),
    "zip": (f"POST {API}/downloads", "POST /downloads", "POST /guest/{guest}/zip"),
    OWN: (
        "GET /collections/{id}/links", "GET /links", "GET /links/{id}/preview", "GET /events/{id}/preview",
        f"GET {API}/items/{{id}}/audience", f"GET {API}/shares", f"GET {API}/shares/{{id}}", f"GET {API}/grants",
        "GET /screens", "GET /screens/{id}", "GET /screens/{id}/preview", f"GET {API}/screens",
        f"GET {API}/screens/{{id}}", f"POST {API}/screens", f"PATCH {API}/screens/{{id}}",
        "GET /shares", "GET /shares/{id}", "GET /shares/received", "GET /shares/preview/{person}",
        "GET /collections/{id}/share", "GET /collections/{id}/contribute", "POST /item/{id}/withdraw",
        "POST /item/{id}/unwithdraw",
        f"POST {API}/items/{{id}}/withdraw", f"POST {API}/items/{{id}}/unwithdraw",
        "POST /item/{id}/trash", "POST /item/{id}/apart", "POST /item/{id}/together",
        "GET /storages/{id}/files", "GET /storages/{id}/files/entry", "GET /problems", "GET /trash",
        "POST /trash/{id}/restore", f"DELETE {API}/items/{{id}}", f"POST {API}/items/{{id}}/apart",
        f"POST {API}/items/{{id}}/together", f"GET {API}/storages/{{id}}/files",
        f"GET {API}/storages/{{id}}/files/{{path:path}}", f"GET {API}/storages/{{id}}/problems",
        f"GET {API}/problems", f"GET {API}/trash", f"POST {API}/trash/{{id}}/restore", f"GET {API}/jobs",
        f"GET {API}/cameras", f"GET {API}/stream", f"GET {API}/uploads", "GET /guest/{guest}/files",
        "GET /guest/{guest}/uploads",
    ),
    NONE: (
        "OPTIONS /",
        f"OPTIONS {API}/uploads", f"POST {API}/uploads", f"HEAD {API}/uploads/{{id}}", f"PATCH {API}/uploads/{{id}}",
        f"DELETE {API}/uploads/{{id}}", "OPTIONS /guest/{guest}/uploads", "POST /guest/{guest}/uploads",
        "HEAD /guest/{guest}/uploads/{id}", "PATCH /guest/{guest}/uploads/{id}",
        "DELETE /guest/{guest}/uploads/{id}", "POST /guest/{guest}/files", "POST /events/{id}/files",
        "POST /screens/approve", "POST /screens/decide", "POST /screens/{id}", "POST /screens/{id}/end",
        f"GET {API}/screens/devices", f"PATCH {API}/screens/devices/{{id}}", f"DELETE {API}/screens/{{id}}",
        "GET /events/new", "POST /events/new", "POST /events/{id}/take-out", "POST /events/{id}/leave",
        "POST /events/{id}/take-back", "POST /events/{id}/board/undo", "GET /events/{id}/people",
        "POST /events/{id}/people", "POST /events/{id}/people/remove",
        "POST /events/{id}/screens", "POST /events/{id}/screens/end", f"GET {API}/events/{{id}}/screens",
        f"POST {API}/events/{{id}}/screens", f"DELETE {API}/events/{{id}}/screens/{{screen}}", "GET /events/{id}/door",
        "POST /events/{id}/door", "GET /events/{id}/poster", "GET /events/{id}/settings",
        "POST /events/{id}/settings", "POST /events/{id}/extend", "GET /events/{id}/close",
        "POST /events/{id}/close", "POST /events/{id}/archive", "GET /events/{id}/after", "POST /events/{id}/after",
        f"POST {API}/events", f"DELETE {API}/events/{{id}}", f"DELETE {API}/events/{{id}}/items",
        f"GET {API}/events/{{id}}/contributions", f"POST {API}/events/{{id}}/contributions",
        f"DELETE {API}/events/{{id}}/contributions/{{grant}}", f"POST {API}/events/{{id}}/leave",
        f"GET {API}/events/{{id}}/door", f"POST {API}/events/{{id}}/door", f"GET {API}/events/{{id}}/people",
        f"POST {API}/events/{{id}}/people", f"DELETE {API}/events/{{id}}/people/{{login}}",
        f"DELETE {API}/events/{{id}}/guests/{{guest}}", f"GET {API}/events/{{id}}/freeing",
        f"POST {API}/events/{{id}}/freeing",
        f"POST {API}/shares/{{id}}/pause", f"POST {API}/shares/{{id}}/renew", "POST /collections/{id}/links",
        "GET /e", "POST /e",
        "POST /guest/{guest}/leave", "POST /links/{id}", "POST /links/{id}/pause", "POST /links/{id}/renew",
        "POST /links/{id}/revoke",
        f"DELETE {API}/collections/{{id}}", f"DELETE {API}/collections/{{id}}/items", f"DELETE {API}/groups/{{id}}",
        f"DELETE {API}/groups/{{id}}/people/{{login}}", f"DELETE {API}/shares/{{id}}", f"GET {API}/groups",
        "GET /collections/new", "GET /groups", "GET /search/form", "GET /search/help",
        f"PATCH {API}/grants/{{id}}", f"PATCH {API}/shares/{{id}}", f"POST {API}/approvals",
        f"POST {API}/approvals/undo/{{id}}", f"POST {API}/collections", f"POST {API}/collections/{{id}}/items",
        f"POST {API}/collections/{{id}}/rules", f"POST {API}/grants/{{id}}/leave", f"POST {API}/groups",
        f"POST {API}/groups/{{id}}/people", f"POST {API}/revocations", f"POST {API}/selection",
        f"POST {API}/shares", f"POST {API}/storages/{{id}}/unwithdraw", f"POST {API}/undo/{{id}}",
        "POST /approvals", "POST /approvals/undo/{id}", "POST /collections/new", "POST /collections/{id}",
        "POST /collections/{id}/contribute",
        "POST /collections/{id}/delete", "POST /collections/{id}/rule", "POST /collections/{id}/share",
        "POST /collections/{id}/trust",
        "POST /grants/{id}/leave", "POST /grants/{id}/timeline", "POST /groups", "POST /groups/{id}/dissolve",
        "POST /groups/{id}/leave", "POST /groups/{id}/people", "POST /selection", "POST /shares/revoke",
        "POST /shares/{id}", "POST /shares/{id}/end", "POST /storages/{id}/release",
        "POST /storages/{id}/withhold", "POST /undo/{id}",
        "GET /setup", "POST /setup", "GET /login", "POST /login", "POST /logout", "GET /invite/{token}",
        "POST /invite/{token}", "GET /storages", "POST /storages", "POST /storages/check",
        "GET /storages/new/{type}", "POST /storages/new/{type}", "GET /storages/new/draft/{id}",
        "POST /storages/new/draft/{id}/poll", "POST /storages/new/draft/{id}/finish",
        "POST /storages/new/draft/{id}/connect", "POST /storages/new/draft/{id}/cancel",
        "GET /storages/signed-in/{provider}", "GET /storages/{id}", "GET /storages/{id}/reconnect",
        "POST /storages/{id}/reconnect", "POST /storages/{id}/scan", "POST /storages/{id}/stop",
        "POST /storages/{id}/confirm",
        "POST /storages/{id}/remove", "GET /storages/{id}/room", "POST /storages/{id}/writing",
        "POST /storages/{id}/budget", "POST /storages/{id}/files/upload", "POST /storages/{id}/files/folder",
        "POST /storages/{id}/files/scan", "POST /storages/{id}/files/rename", "POST /storages/{id}/files/move",
        "POST /storages/{id}/files/delete", "POST /problems/{id}/again", "POST /problems/{id}/dismiss",
        "POST /trash/empty", "POST /trash/{id}/delete", "GET /devices", "POST /devices/passwords",
        "POST /devices/passwords/{id}/revoke", "POST /devices/sessions/{id}/revoke", "GET /people",
        "GET /devices/connection", "POST /devices/connection", "GET /devices/connection/uses", "GET /certificate",
        "GET /certificate/household.crt", "GET /certificate/household.mobileconfig", "GET /certificate/reached",
        "POST /people/invite", "POST /people/invitations/{id}/revoke", "POST /people/{id}/disable",
        "POST /people/{id}/enable", "GET /settings", "POST /settings", "POST /settings/cameras",
        "POST /settings/password", "GET /about", f"GET {API}/openapi.json", f"GET {API}/me", f"PATCH {API}/me",
        f"PATCH {API}/cameras", f"GET {API}/storages", f"POST {API}/storages", f"GET {API}/storages/providers",
        f"GET {API}/storages/providers/{{type}}",
        f"POST {API}/storages/drafts", f"GET {API}/storages/drafts/{{id}}", f"DELETE {API}/storages/drafts/{{id}}",
        f"POST {API}/storages/drafts/{{id}}/poll", f"POST {API}/storages/drafts/{{id}}/finish",
        f"GET {API}/storages/drafts/{{id}}/folders", f"POST {API}/storages/drafts/{{id}}/connect",
        f"GET {API}/storages/{{id}}", f"PATCH {API}/storages/{{id}}", f"DELETE {API}/storages/{{id}}",
        f"POST {API}/storages/{{id}}/scan", f"POST {API}/storages/{{id}}/reconnect",
        f"POST {API}/storages/{{id}}/files", f"PUT {API}/storages/{{id}}/files/{{path:path}}",
        f"PATCH {API}/storages/{{id}}/files/{{path:path}}", f"DELETE {API}/storages/{{id}}/files/{{path:path}}",
        f"POST {API}/problems/{{id}}/again", f"DELETE {API}/problems/{{id}}", f"DELETE {API}/trash",
        f"DELETE {API}/trash/{{id}}", f"POST {API}/jobs/{{id}}/stop", f"GET {API}/sessions",
        f"DELETE {API}/sessions/{{id}}", f"GET {API}/tokens", f"POST {API}/tokens", f"DELETE {API}/tokens/{{id}}",
        f"GET {API}/users", f"PATCH {API}/users/{{id}}", f"POST {API}/invitations", "GET /healthz",
        "GET /metrics",
    ),
}  # fmt: skip
"""The routes of the web by surface."""

SCREEN_ROUTES: dict[str, tuple[str, ...]] = {
    "screen: list": ("POST /ctl/{key}",),
    "screen: picture": ("GET /m/{token}/{item}/{what}",),
    "screen: original": (),
    NONE: (
        "GET /description.xml", "GET /scpd/{key}.xml", "GET /icons/{name}", "SUBSCRIBE UNSUBSCRIBE /evt/{key}",
        "GET /ask/{what}",
    ),
}  # fmt: skip
"""The addresses of the listener for televisions by surface."""

FOLDERS: dict[str, str] = {
    "Library": "drive: library",
    "Storages": "drive: storages",
    "Collections": "drive: own collections",
    "Shared with me": "drive: shared",
    "Events": "drive: events",
    "Events/<event>/Inbox": "drive: inbox",
}
"""The folders at the top of the network drive by surface, and the one that shows something else than the folder
it lies in."""

Probe = Callable[[Asking, Viewer, Item], bool]


def _one_of(items: Iterator[Item] | list[Item], item: Item) -> bool:
    return any(each.id == item.id for each in items)


def visible_by_time(asking: Asking, viewer: Viewer, item: Item) -> bool:
    return _one_of(list(access.visible_items(viewer, plan="time")), item)


def visible_by_rights(asking: Asking, viewer: Viewer, item: Item) -> bool:
    return _one_of(list(access.visible_items(viewer, plan="rights")), item)


def one_item(asking: Asking, viewer: Viewer, item: Item) -> bool:
    try:
        return access.get_item(viewer, item.pid).id == item.id
    except NotFound:
        return False


def rights_of_item(asking: Asking, viewer: Viewer, item: Item) -> bool:
    return item.id in access.rights_of(viewer, [item])


def described(asking: Asking, viewer: Viewer, item: Item) -> bool:
    return bool(catalogue.describe(viewer, [item]))


def page_of_catalogue(asking: Asking, viewer: Viewer, item: Item) -> bool:
    return _one_of(catalogue.page(viewer, limit=500).items, item)


def search_in_catalogue(asking: Asking, viewer: Viewer, item: Item) -> bool:
    found = catalogue.page(viewer, item.name, count=True)
    listed = _one_of(found.items, item)
    assert found.total == len(found.items), "the number tells of others"
    return listed


def bucket(asking: Asking, viewer: Viewer, item: Item) -> bool:
    return _one_of(catalogue.bucket(viewer, item.day // 100).items, item)


def counted_day(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """Each item of the household has a day of its own."""
    return any(day == item.day and n for day, n, _ in access.visible_days(viewer))


def next_of_neighbour(asking: Asking, viewer: Viewer, item: Item) -> bool:
    everything = list(Item.select().order_by(Item.sort_at.desc(), Item.id.desc()))
    return any(item.pid in pages.neighbours(viewer, each) for each in everything if each.id != item.id)


def card_of_collection(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """By any collection: its page, its number and its cover say the same."""
    seen: set[str] = set()
    for card in collections.cards(viewer):
        inside = {each.pid for each in collections.page(viewer, card).items}
        assert card.size == len(inside), (card.collection.name, "its number tells something else")
        assert card.cover is None or card.cover in inside, "its cover is not in it"
        seen |= inside
    return item.pid in seen


def api_items(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.api(viewer, f"{API}/items?limit=500&count=true")
    if answer is None:
        return False
    listed = [each["id"] for each in answer["items"]]
    assert answer["total"] == len(listed)
    return item.pid in listed


def api_search(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.api(viewer, f"{API}/items?q={item.name}")
    return answer is not None and item.pid in [each["id"] for each in answer["items"]]


def api_item(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.api(viewer, f"{API}/items/{item.pid}")
    assert (answer is None) == (asking.api(viewer, f"{API}/items/{item.pid}/assets") is None)
    return answer is not None and answer["id"] == item.pid


def api_subtitles(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """Of what is seen that there are none; their bytes are those of an original, see `tests/web/test_subtitles.py`."""
    answer = asking.api(viewer, f"{API}/items/{item.pid}/subtitles")
    return answer is not None and answer["items"] == []


def api_collections(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """By the items of any collection; the covers of the list are among what it holds."""
    seen: set[str] = set()
    for card in (asking.api(viewer, f"{API}/collections") or {"items": []})["items"]:
        answer = asking.api(viewer, f"{API}/collections/{card['id']}/items")
        assert answer is not None, "a collection that is listed does not open"
        inside = {each["id"] for each in answer["items"]}
        assert card["cover"] is None or card["cover"] in inside
        seen |= inside
    return item.pid in seen


def page_of_collection(asking: Asking, viewer: Viewer, item: Item) -> bool:
    return any(f'data-key="{item.pid}"' in text for text in pages_of_collections(asking, viewer))


def page_of_collection_at_most(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """What its owner ruled out, or did not let out, is named there as well."""
    return any(item.pid in text for text in pages_of_collections(asking, viewer))


def pages_of_collections(asking: Asking, viewer: Viewer) -> list[str]:
    """The text of each page."""
    pids = [card.collection.pid for card in collections.cards(viewer)]
    answers = [asking.page(viewer, f"/collections/{pid}") for pid in pids]
    return [answer.text for answer in answers if answer.status_code == 200]


def page_of_collections(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """What is on their covers is in them."""
    answer = asking.page(viewer, "/collections")
    assert answer.status_code == 200
    gathered = card_of_collection(asking, viewer, item)
    assert gathered or item.pid not in answer.text
    return gathered


def name_apart(item: Item) -> None:
    """Give an item a camera and a label that no other has, by which it is known in completions."""
    camera, name = camera_of(item), label_of(item)
    Item.update(make=camera, model=camera, lens=camera).where(Item.id == item.id).execute()
    label = Label.create(name=name, name_fold=fold(name))
    ItemLabel.create(item=item, label=label, source="hand", author=item.owner_id, created_at=0)


def completion(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """By the camera and the label that no other item of the household has; each says the same."""
    queries = (f"camera:{camera_of(item)[:-1]}", f"label:{label_of(item)[:-1]}", camera_of(item)[:-1])
    told = {bool(catalogue.complete(viewer, q, len(q)).offers) for q in queries}
    assert len(told) == 1, queries
    return told.pop()


def api_completion(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.api(viewer, f"{API}/filters/complete?q=camera:{camera_of(item)[:-1]}")
    return answer is not None and answer["total"] == 1


def page_of_completions(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.page(viewer, f"/search/complete?q=lens:{camera_of(item)[:-1]}")
    return answer.status_code == 200 and camera_of(item) in answer.text


def camera_of(item: Item) -> str:
    """The camera that took this item of the household, and no other."""
    return f"cam{item.pid}"


def label_of(item: Item) -> str:
    """The label that its owner set on this item, and on no other."""
    return f"lab{item.pid}"


def api_preview(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """What a query finds before it is a collection: only of what is listed."""
    answer = asking.post(viewer, f"{API}/collections/preview", {"query": f"type:{item.type}"})
    assert answer.status_code == 200, answer.text
    return item.pid in answer.text


def page_of_preview(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.page(viewer, f"/search/preview?for=collection&q=type:{item.type}")
    return answer.status_code == 200 and item.pid in answer.text


def page_of_searching(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.page(viewer, f"/search/preview?q=type:{item.type}")
    return answer.status_code == 200 and item.pid in answer.text


def api_approvals(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.api(viewer, f"{API}/approvals")
    return answer is not None and item.pid in str(answer)


def page_of_approvals(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.page(viewer, "/approvals")
    return answer.status_code == 200 and item.pid in answer.text


def waits_with(asking: Asking, viewer: Viewer, item: Item) -> set[str]:
    """The collections out of which an item goes only when this person says so: the inbox, its page and its number."""
    waiting = sharing.waiting(viewer)
    found = {each.collection_pid for each in waiting if each.side == "out" and each.item.id == item.id}
    page = asking.page(viewer, "/approvals").text
    assert sharing.count_waiting(viewer) == len(waiting) + len(sharing.offered(viewer))
    assert all(f"out.{pid}.{item.pid}" in page for pid in found)
    return found


def api_rendition(asking: Asking, viewer: Viewer, item: Item) -> bool:
    return asking.get(viewer, f"{API}/items/{item.pid}/rendition/320").status_code == 200


def api_timeline(asking: Asking, viewer: Viewer, item: Item) -> bool:
    day = f"{item.day:08}"
    answer = asking.api(viewer, f"{API}/timeline")
    return answer is not None and f"{day[:4]}-{day[4:6]}-{day[6:]}" in [
        each["day"] for each in answer["items"]
    ]


def page_of_item(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.page(viewer, f"/item/{item.pid}")
    return answer.status_code == 200 and item.name in answer.text


def page_of_timeline(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.page(viewer, "/")
    return answer.status_code == 200 and item.pid in answer.text


def plain_timeline(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.page(viewer, "/timeline")
    return answer.status_code == 200 and item.pid in answer.text


def page_of_search(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.page(viewer, f"/search?q={item.name}")
    return answer.status_code == 200 and item.pid in answer.text


def month_of_timeline(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answer = asking.page(viewer, f"/timeline/b/{item.day // 100}")
    return answer.status_code == 200 and item.pid in answer.json()["id"]


def broker(asking: Asking, viewer: Viewer, item: Item) -> bool:
    try:
        stream = asking.broker.open(viewer, original_of(viewer, item))
    except NotFound:
        return False
    stream.close()
    return True


def broker_by_chunks(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """By the id of the file, as whoever knew it before would."""
    file = File.get(File.asset == item.cover_id)
    return access.may_read(viewer, file.id)


def api_original(asking: Asking, viewer: Viewer, item: Item) -> bool:
    answers = [
        asking.get(viewer, f"{API}/items/{item.pid}/{way}").status_code for way in ("original", "assets/original")
    ]  # fmt: skip
    assert answers[0] == answers[1]
    return answers[0] == 200


MOUNTED = ("Shared with me", "Collections", "Library", "Events")
"""The folders of the drive where items are shown as such."""


def drive_open(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """Every file of the item that the drive gives out, wherever it shows it, is read whole."""
    etag = tag_of(item)
    tops = [quote(top) for top in MOUNTED]
    found = [href for top in tops for href, tag in asking.walk(viewer, f"/dav/{top}/") if tag == etag]
    answers = {asking.dav(viewer, "GET", href).status_code for href in found}
    assert answers <= {200}, "what the drive lists cannot be opened"
    return bool(answers)


def addresses_of(asking: Asking, viewer: Viewer, item: Item) -> set[str]:
    """Where the drive shows an item's original to somebody as such, or what masks leave of it."""
    files = (found for top in MOUNTED for found in paths_in(asking.tree, viewer, top))
    paths = [path for path, file in files if file.etag.removesuffix("-masked") == tag_of(item)]
    return {"/dav/" + "/".join(map(quote, path)) for path in paths}


def inboxes_with(asking: Asking, viewer: Viewer, item: Item) -> set[str]:
    """The events in whose inbox somebody finds an item on the drive; what is listed there is opened."""
    found = set()
    for href, tag in asking.walk(viewer, "/dav/Events/"):
        event, inbox, *_ = href.removeprefix("/dav/Events/").split("/")
        if inbox == "Inbox" and tag == tag_of(item):
            assert asking.dav(viewer, "GET", href).status_code == 200, "what the drive lists cannot be opened"
            folder = asking.tree.resolve(viewer, ["Events", unquote(event)])
            assert isinstance(folder, Folder)
            found.add(Event.get(Event.collection == folder.place.within).pid)
    return found


def drive_inbox(asking: Asking, viewer: Viewer, item: Item) -> bool:
    return bool(inboxes_with(asking, viewer, item))


def drive_storages(asking: Asking, viewer: Viewer, item: Item) -> bool:
    return tag_of(item) in [tag for _, tag in asking.walk(viewer, "/dav/Storages/")]


def tree_library(asking: Asking, viewer: Viewer, item: Item) -> bool:
    return any(tag_of(item) == file.etag for file in files_in(asking.tree, viewer, "Library"))


def tag_of(item: Item) -> str:
    """The entity tag of its original: each item's bytes are its own."""
    return bytes(Asset.get_by_id(item.cover_id).sha256).hex()[:32]


def files_in(tree: Tree, viewer: Viewer, top: str) -> Iterator[FileNode]:
    for _, file in paths_in(tree, viewer, top):
        yield file


def paths_in(tree: Tree, viewer: Viewer, top: str) -> Iterator[tuple[tuple[str, ...], FileNode]]:
    folders: list[tuple[tuple[str, ...], Node]] = [((top,), tree.resolve(viewer, [top]))]
    while folders:
        path, folder = folders.pop()
        assert isinstance(folder, Folder)
        for node in tree.children(viewer, folder):
            if isinstance(node, Folder):
                folders.append(((*path, node.name), node))
            else:
                yield (*path, node.name), node


def archived(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """By the plan of an archive, which is what is packed."""
    try:
        plan = plan_items(viewer, [item.pid], "Archive")
    except NotFound:
        return False
    return bool(plan.entries)


def feasts_with(viewer: Viewer, item: Item) -> set[str]:
    """The events at which somebody finds an item: its page, its number and its cover say the same."""
    found = set()
    for card in events.cards(viewer):
        inside = {each.pid for each in events.page(viewer, card, limit=500).items}
        assert card.size == len(inside), (card.event.name, "its number tells something else")
        assert card.cover is None or card.cover in inside, "its cover is not in it"
        if item.pid in inside:
            found.add(card.event.pid)
    return found


def boards(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """By the board of any event, whose numbers are of what is on it."""
    found = False
    for card in events.cards(viewer):
        if card.role != "organiser":
            continue
        for state in ("pending", "approved", "rejected"):
            board = events.board(viewer, card.event.pid, state, limit=500)
            listed = {each.described.item.id for each in board.arrived}
            assert board.counts[state] == len(listed), (card.event.name, "its number tells of others")
            assert state != "pending" or card.waiting == len(listed)
            found = found or item.id in listed
    return found


def stream_of_bytes(asking: Asking, viewer: Viewer, item: Item) -> bool:
    """One whole stream, to its end."""
    try:
        stream = asking.broker.open(viewer, original_of(viewer, item))
    except NotFound:
        return False
    try:
        data = asking.loop.run_until_complete(_all_of(stream))
    finally:
        stream.close()
    return len(data) == item.size


async def _all_of(stream: object) -> bytes:
    return b"".join([chunk async for chunk in stream])  # type: ignore[attr-defined]  # a Stream


PROBES: dict[str, tuple[Gives, Probe]] = {
    "access: by time": ("list", visible_by_time),
    "access: by rights": ("list", visible_by_rights),
    "access: one item": ("look", one_item),
    "access: rights": ("look", rights_of_item),
    "catalogue: description": ("look", described),
    "catalogue: page": ("list", page_of_catalogue),
    "catalogue: search": ("list", search_in_catalogue),
    "catalogue: month": ("list", bucket),
    "catalogue: completion": ("list", completion),
    "API: completion": ("list", api_completion),
    "page of completions": ("list", page_of_completions),
    "catalogue: days": ("list", counted_day),
    "catalogue: neighbours": ("list", next_of_neighbour),
    "page of an item": ("look", page_of_item),
    "page of the timeline": ("list", page_of_timeline),
    "plain timeline": ("list", plain_timeline),
    "month of the timeline": ("list", month_of_timeline),
    "page of a search": ("list", page_of_search),
    "API: items": ("list", api_items),
    "API: search": ("list", api_search),
    "API: item": ("look", api_item),
    "API: subtitles": ("look", api_subtitles),
    "API: timeline": ("list", api_timeline),
    "API: rendition": ("look", api_rendition),
    "API: original": ("read", api_original),
    "broker: open": ("read", broker),
    "broker: check": ("read", broker_by_chunks),
    "broker: whole stream": ("read", stream_of_bytes),
    "downloads: plan": ("fetch", archived),
}
"""How each surface is asked whose answer is a right to the item, however it is reached."""

BY_PLACE: dict[str, Probe] = {
    "collections": card_of_collection,
    "API: collections": api_collections,
    "page of a collection": page_of_collection,
    "page of collections": page_of_collections,
    "drive: own collections": drive_open,
    "drive: shared": drive_open,
    "drive: events": drive_open,
    "drive: inbox": drive_inbox,
    "drive: library": tree_library,
    "drive: storages": drive_storages,
}
"""How those are asked where the place decides too: what is in no collection is not in their folders."""

ELSEWHERE: dict[str, str] = {
    "events": "tests/web/test_event_matrix.py",
    "guests of a link": "tests/web/test_guest_matrix.py",
    "guests of an event": "tests/web/test_event_guest_matrix.py",
    "zip": "tests/web/test_downloads.py",
}
"""Those that are not asked here, and the test that asks them."""

SERVICES = tuple(name for name in PROBES if name.partition(":")[0] in {"access", "broker", "downloads"})
"""Those of them that guests and screens have too."""

GuestProbe = Callable[[Asking, str, str, Item], bool]


def guest_page(asking: Asking, guest: str, secret: str, item: Item) -> bool:
    answer = asking.visit(guest, secret, "")
    return answer.status_code == 200 and item.pid in answer.text


def guest_item(asking: Asking, guest: str, secret: str, item: Item) -> bool:
    answer = asking.visit(guest, secret, f"/items/{item.pid}")
    return answer.status_code == 200 and item.name in answer.text


def guest_rendition(asking: Asking, guest: str, secret: str, item: Item) -> bool:
    return asking.visit(guest, secret, f"/items/{item.pid}/rendition/320").status_code == 200


def guest_original(asking: Asking, guest: str, secret: str, item: Item) -> bool:
    ways = ("original", "assets/original")
    answers = [asking.visit(guest, secret, f"/items/{item.pid}/{way}").status_code for way in ways]
    assert answers[0] == answers[1]
    return answers[0] == 200


GUEST_PROBES: dict[str, tuple[Gives, GuestProbe]] = {
    "guest: page": ("list", guest_page),
    "guest: item": ("look", guest_item),
    "guest: rendition": ("look", guest_rendition),
    "guest: original": ("read", guest_original),
}
"""What a guest asks in a browser, by the cookie of their visit."""

ScreenProbe = Callable[[Asking, int, Item], bool]


def screen_lists(asking: Asking, screen: int, item: Item) -> bool:
    """By search and by month alike; the numbers that are told are those of what is listed."""
    found = asking.television(screen).search('@parentID = "new" or upnp:class derivedfrom "object.item"')
    assert found.total == found.returned == len(found.ids)
    by_month = f"{'p' if item.type == 'photo' else 'v'}.{item.day // 100}"
    try:
        page = asking.television(screen).browse(by_month)
    except Refusal:  # no such month
        page = None
    is_there = any(each.endswith(f".i{item.pid}") for each in found.ids)
    assert is_there == (page is not None and f"{by_month}.i{item.pid}" in page.ids)
    return is_there


def screen_picture(asking: Asking, screen: int, item: Item) -> bool:
    """By an address that is signed as it should be, for an item that may never have been listed."""
    return asking.television(screen).fetch(item.pid, "TN.jpg") == 200


def screen_plays(asking: Asking, screen: int, item: Item) -> bool:
    return asking.television(screen).fetch(item.pid, "original.mp4") == 200


SCREEN_PROBES: dict[str, tuple[Literal["list", "look", "play"], ScreenProbe]] = {
    "screen: list": ("list", screen_lists),
    "screen: picture": ("look", screen_picture),
    "screen: original": ("play", screen_plays),
}
"""What a television asks, by the address that its device is known by. It plays films; photos it gets as pictures."""

AT_MOST: dict[str, tuple[Gives, Probe]] = {
    "API: what a query finds": ("list", api_preview),
    "page of what a query finds": ("list", page_of_preview),
    "page of what a search finds": ("list", page_of_searching),
    "API: approvals": ("look", api_approvals),
    "page of approvals": ("look", page_of_approvals),
    "events: board": ("look", boards),
    "all of the page of a collection": ("list", page_of_collection_at_most),
}
"""Those that show less than the right gives, and never more."""

BY_QUERY = {
    "API: what a query finds": True,
    "page of what a query finds": True,
    "page of what a search finds": False,
}
"""Those of them that find whatever one owns; true for those by which it would go out, which is not for what waits."""
