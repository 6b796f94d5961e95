"""Browse and Search: what a screen finds, page by page, and nothing of what was not shared with it."""

import random
from typing import Any

import pytest
from lxml import etree

from services import clock, events
from services.clock import SECOND, now
from services.identifiers import new_pid
from services.models import Asset, Collection, EventPerson, Grant, Item, Screen, counters, transaction
from services.models import Device as Row
from tests.virtualfs.dlna.asking import DC, DIDL, UPNP, Asker, Refusal
from tests.virtualfs.dlna.television import Television
from virtualfs.dlna import cds, places
from virtualfs.dlna.places import LIST, MAX_CHILDREN, NEWEST


def test_the_top(screen: Television) -> None:
    assert screen.browse().total == 1, "an empty collection"
    screen.share("lake.jpg")
    screen.share("film.mp4", type="video", mime="video/mp4")
    top = screen.browse()
    assert (top.ids, top.titles) == (["new", "p", "v", "c"], ["Newest", "Photos", "Videos", "Collections"])
    assert [each.get("childCount") for each in top.root] == ["2", "1", "1", "1"]
    assert top.root[0].findtext(f"{UPNP}class") == "object.container.storageFolder"
    shelves = screen.browse("c")
    assert shelves.titles == ["Summer & Sun"]
    assert shelves.root[0].findtext(f"{UPNP}class") == "object.container.album.photoAlbum"
    assert screen.browse(shelves.ids[0]).titles == ["lake", "film"]


GERMAN = ["Neueste", "Favoriten", "Fotos", "Videos", "Töne", "Sammlungen"]


def test_names_in_the_language_of_whoever_let_it_in(screen: Television) -> None:
    """Without one in that of the set; what people called something stays as it is."""
    screen.share("a.jpg", None, favourite=True)
    screen.share("b.mp4", type="video", mime="video/mp4")
    screen.share("c.mp3", type="audio", mime="audio/mpeg")
    anna, german = screen.home.anna, {"Accept-Language": "fr, de-DE;q=0.8, en;q=0.1"}
    assert screen.browse(headers=german).titles == GERMAN
    assert screen.browse(headers={"Accept-Language": "fr"}).titles[0] == "Newest"
    Row.update(decided_by=anna).execute()
    assert screen.browse(headers=german).titles == GERMAN, "who let it in says nothing of it"
    for language, title, undated in (("de", "Fotos", "Ohne Datum"), ("en", "Photos", "Undated")):
        type(anna).update(language=language).execute()
        assert screen.browse("p", "BrowseMetadata", headers=german).titles == [title]
        assert screen.browse("p").titles == [undated]
        assert screen.browse("c").titles == ["Summer & Sun"]
    type(anna).update(language="de").execute()
    assert screen.browse(sort="-dc:title").titles == sorted(GERMAN, reverse=True)


def test_by_year_and_month(screen: Television) -> None:
    for name, taken in (("a.jpg", "2024-02-29 23:59"), ("b.jpg", "2026-07-01 00:00"), ("c.jpg", None)):
        screen.share(name, taken)
    years = screen.browse("p")
    assert (years.ids, years.titles) == (["p.2026", "p.2024", "p.0"], ["2026", "2024", "Undated"])
    months = screen.browse("p.2024")
    assert (months.ids, months.titles) == (["p.202402"], ["2024-02"])
    page = screen.browse("p.202402")
    assert page.titles == ["a"]
    assert page.root[0].get("parentID") == "p.202402"
    assert page.root[0].findtext(f"{DC}date") == "2024-02-29T23:59:00"
    assert screen.browse("p.0").root[0].find(f"{DC}date") is None
    (photo,) = page.ids
    again = screen.browse(photo, "BrowseMetadata")
    assert (again.ids, again.total) == ([photo], 1)


@pytest.mark.parametrize(
    "id",
    [
        "x", "p.2027", "p.202601", "p.1", "p.b2", "s.nothing", "p.iNothing", "0.iNothing", "new.2026", "c.b2",
        "p.2026.b1", "0\0", "p.20260", "../0", "p%2e2026", "0" * 5000, "ü", "fav.2026", "e.b1", "-1",
    ],
)  # fmt: skip
def test_what_is_not_there(screen: Television, id: str) -> None:
    screen.share("b.jpg", "2026-07-01 00:00")
    for flag in ("BrowseMetadata", "BrowseDirectChildren"):
        with pytest.raises(Refusal) as refused:
            screen.browse(id.replace("\0", " "), flag)
        assert refused.value.code == 701


def test_every_container_answers_for_itself(screen: Television) -> None:
    screen.share("a.jpg", favourite=True)
    screen.share("b.mp4", None, type="video", mime="video/mp4")
    seen, waiting = [], ["0"]
    while waiting:
        id_ = waiting.pop()
        seen.append(id_)
        children = screen.browse(id_)
        (container,) = screen.browse(id_, "BrowseMetadata").root
        assert container.get("id") == id_
        assert container.get("childCount") == str(children.total) == str(children.returned)
        for child in children.root:
            assert child.get("parentID") == id_
            assert child.get("restricted") == "1"
        waiting += [each.get("id", "") for each in children.root if each.tag == f"{DIDL}container"]
    assert {"0", "new", "fav", "p", "p.2026", "p.202607", "v", "c"} < set(seen)
    assert screen.browse("0", "BrowseMetadata").root[0].get("parentID") == "-1"


def test_aliases(screen: Television) -> None:
    screen.share("a.jpg")
    film = screen.share("b.mp4", type="video", mime="video/mp4")
    for id_ in ("I", "16", "3"):
        assert screen.browse(id_).ids == ["p.2026"]
    for id_ in ("V", "15", "2"):
        assert screen.browse(id_).ids == [f"v.i{film.pid}"]
    for id_ in ("A", "4", "1"):
        assert screen.browse(id_).total == 0
    assert screen.browse("").ids == screen.browse("0").ids


def test_features_name_containers_that_are_there(screen: Television) -> None:
    features = etree.fromstring(screen.act("cds", "X_GetFeatureList")["FeatureList"])
    ids = [each.get("id", "") for each in features.iter("{*}container")]
    assert len(ids) == 3
    for id_ in ids:
        screen.browse(id_)


def nth(asker: Asker, category: object, index: object) -> str:
    return asker.act("cds", "X_GetObjectIDfromIndex", CategoryType=category, Index=index)["ObjectID"]


@pytest.mark.parametrize("category", ["14", "I"])
def test_the_nth_photo_is_the_nth_that_is_found(screen: Television, category: str) -> None:
    screen.share("a.jpg", "2024-02-29 23:59")
    screen.share("b.jpg", "2026-07-01 00:00")
    screen.share("c.jpg", None)
    film = screen.share("d.mp4", type="video", mime="video/mp4")
    found = screen.search('upnp:class derivedfrom "object.item.imageItem"').ids
    assert [nth(screen, category, n) for n in range(3)] == found
    assert len(set(found)) == 3
    assert [nth(screen, each, 0) for each in ("32", "V", " V ")] == [f"v.202607.i{film.pid}"] * 3
    for each, index in (("I", 3), ("I", 2**32), ("A", 0), ("22", 0), ("V", "9" * 400)):
        with pytest.raises(Refusal) as refused:
            nth(screen, each, index)
        assert refused.value.code == 701
    for odd in ("-1", "", "x"):
        with pytest.raises(Refusal) as refused:
            nth(screen, "I", odd)
        assert refused.value.code == 402


def test_a_category_that_nobody_knows_is_the_top(screen: Television) -> None:
    screen.share("a.jpg")
    for category in ("", "0", "99", "p", "object.item"):
        assert screen.browse(nth(screen, category, 0)).ids == screen.browse("0").ids
    assert screen.act("cds", "X_GetIndexfromRID", CategoryType="14", RID="x") == {"Index": "0"}


def test_what_is_not_shared_is_not_counted(screen: Television) -> None:
    screen.home.item("hidden.jpg")
    shared = screen.share("a.jpg", "2024-01-01 00:00")
    screen.home.item("hidden2.jpg")
    assert nth(screen, "14", 0) == f"p.202401.i{shared.pid}"
    with transaction():
        Grant.update(state="revoked", ended_at=2).where(Grant.id == screen.grant.id).execute()
        counters.bump_policy()
    for index in (0, 1, 2):
        with pytest.raises(Refusal) as refused:
            nth(screen, "14", index)
        assert refused.value.code == 701


def test_strangers_are_told_of_no_item(television: Television) -> None:
    television.home.item("hidden.jpg")
    assert {nth(television, category, n) for category in ("14", "V", "x") for n in (0, 1, 99)} == {"0"}
    assert television.browse("0").ids == ["ask"]


@pytest.mark.parametrize("width", [1, 20, 200, 5000, 0])
def test_pages_sum_up(screen: Television, width: int) -> None:
    screen.many(60 if width == 1 else 450)
    whole = screen.browse("p.202607")
    found: list[str] = []
    while True:
        page = screen.browse("p.202607", start=len(found), count=width)
        assert page.total == whole.total
        assert page.returned == len(page.ids)
        found += page.ids
        if len(found) >= page.total or not page.ids:
            break
    assert found == whole.ids
    assert len(set(found)) == page.total


def test_pages_while_items_come_and_go(screen: Television) -> None:
    """Who was there all the time is listed once, or the number that says so has moved."""
    screen.many(60)
    draw = random.Random(7)
    before = screen.browse("p.202607")
    found: list[str] = []
    while True:
        page = screen.browse("p.202607", start=len(found), count=10)
        if page.update != before.update:  # as a player does that sees the number move
            before, found = screen.browse("p.202607"), []
            if draw.random() < 0.5:
                continue
        if not page.ids:
            break
        found += page.ids
        if draw.random() < 0.3 and len(found) < 40:
            with transaction():
                some = Item.select(Item.id).order_by(Item.id.desc()).limit(1)
                Item.update(trashed_at=1).where(Item.id.in_(some)).execute()
                counters.bump_policy()
        if len(found) >= page.total:
            break
    assert len(set(found)) == len(found)


def test_too_many_for_one_container(screen: Television) -> None:
    screen.many(2 * MAX_CHILDREN + 100)
    month = screen.browse("p.202607")
    assert month.ids == ["p.202607.b1", "p.202607.b2", "p.202607.b3"]
    assert month.titles == ["1 – 1000", "1001 – 2000", "2001 – 3000"]
    parts = [screen.browse(id_) for id_ in month.ids]
    assert [part.total for part in parts] == [1000, 1000, 100]
    assert [int(each.get("childCount", "")) for each in month.root] == [1000, 1000, 100]
    assert len({id_ for part in parts for id_ in part.ids}) == 2 * MAX_CHILDREN + 100
    shelf = screen.browse("c").ids[0]
    assert screen.browse(shelf).titles == ["2026"]
    assert screen.browse("new").total == NEWEST
    with pytest.raises(Refusal):
        screen.browse("p.202607.b4")
    everything = screen.search("*", start=MAX_CHILDREN)
    assert (everything.returned, everything.total) == (MAX_CHILDREN, 2 * MAX_CHILDREN + 101)
    (found,) = screen.browse(parts[2].ids[0], "BrowseMetadata").root
    assert found.get("parentID") == "p.202607.b3"


def test_an_answer_has_an_end(screen: Television, monkeypatch: pytest.MonkeyPatch) -> None:
    screen.many(50)
    monkeypatch.setattr(cds, "MAX_BYTES", 20_000)
    page = screen.browse("p.202607")
    assert 0 < page.returned < 50
    assert page.total == 50
    assert len(page.result) < 20_000


@pytest.mark.parametrize(
    ("start", "count", "code"),
    [
        ("-1", 0, 402),
        (0, "-5", 402),
        ("x", 0, 402),
        (0, "", 402),
        (0, "1e3", 402),
        (0, "9" * 500, 0),
        ("9" * 500, 1, 0),
    ],
)
def test_odd_numbers(screen: Television, start: object, count: object, code: int) -> None:
    screen.share("a.jpg")
    if code:
        with pytest.raises(Refusal) as refused:
            screen.browse("p.202607", start=start, count=count)
        assert refused.value.code == code
    else:
        page = screen.browse("p.202607", start=start, count=count)
        assert page.total == 1
        assert page.returned == (1 if start == 0 else 0)


def test_filter(screen: Television) -> None:
    screen.share("a.jpg", width=4000, height=3000)
    least = screen.browse("p.202607", filter="dc:title").root[0]
    assert {each.tag for each in least} == {f"{DC}title", f"{UPNP}class"}
    some = screen.browse("p.202607", filter="dc:title,res@resolution").root[0]
    assert {each.tag for each in some} == {f"{DC}title", f"{UPNP}class", f"{DIDL}res"}
    first = some.find(f"{DIDL}res")
    assert first is not None
    assert first.attrib.keys() == ["protocolInfo", "resolution"]
    assert first.get("resolution") == "2880x2160"
    for everything in ("", " "):
        assert screen.browse("p.202607", filter=everything).result == screen.browse("p.202607").result
    assert screen.browse(filter="dc:title").root[0].get("childCount") is None
    assert screen.browse(filter="@childCount").root[0].get("childCount") == "1"


def test_sort(screen: Television) -> None:
    for name, taken in (
        ("b.jpg", "2026-07-01 01:00"),
        ("a.jpg", "2026-07-02 01:00"),
        ("c.jpg", "2026-07-03 01:00"),
    ):
        screen.share(name, taken)
    assert screen.browse("p.202607").titles == ["b", "a", "c"]
    assert screen.browse("p.202607", sort="+dc:title").titles == ["a", "b", "c"]
    assert screen.browse("p.202607", sort="-dc:date,+dc:title").titles == ["c", "a", "b"]
    assert screen.browse("p.202607", sort="upnp:artist").titles == ["b", "a", "c"]
    assert screen.browse("0", sort="-dc:title").titles == ["Photos", "Newest", "Collections"]


@pytest.mark.parametrize(
    ("criteria", "titles"),
    [
        ('upnp:class derivedfrom "object.item.imageItem"', ["lake", "Trip"]),
        ('upnp:class derivedfrom "object.item.videoItem" and @refID exists false', ["film"]),
        ('dc:title contains "TRI"', ["Trip"]),
        ('dc:date >= "2026-07-02"', ["film", "lake"]),
        ('upnp:class derivedfrom "object.container.album"', ["Summer & Sun"]),
        ('upnp:class derivedfrom "object.container" or dc:title = "lake"', ["Summer & Sun", "lake"]),
        ("*", ["Summer & Sun", "film", "lake", "Trip"]),
        ('@parentID = "p.202607"', ["lake", "Trip"]),
    ],
)
def test_search(screen: Television, criteria: str, titles: list[str]) -> None:
    screen.share("x.jpg", "2026-07-01 12:00", title="Trip")
    screen.share("lake.jpg", "2026-07-02 12:00")
    screen.share("film.mp4", "2026-07-03 12:00", type="video", mime="video/mp4")
    page = screen.search(criteria)
    assert (page.titles, page.total) == (titles, len(titles))
    for child in page.root:
        (again,) = screen.browse(child.get("id", ""), "BrowseMetadata").root
        assert again.get("parentID") == child.get("parentID")
    within = screen.search(criteria, "v")
    assert set(within.titles) <= {"film"}


def test_search_that_is_none(screen: Television) -> None:
    with pytest.raises(Refusal) as refused:
        screen.search('upnp:artist = "x"')
    assert refused.value.code == 708


def test_capabilities(screen: Television) -> None:
    assert "upnp:class" in screen.act("cds", "GetSearchCapabilities")["SearchCaps"]
    assert "dc:date" in screen.act("cds", "GetSortCapabilities")["SortCaps"]
    assert screen.act("cds", "X_SetBookmark", CategoryType="I", RID="0", ObjectID="x", PosSecond="3") == {}
    with pytest.raises(Refusal) as refused:
        screen.act("cds", "DestroyObject", ObjectID="p")
    assert refused.value.code == 401


def test_what_is_not_shared_is_not_there(screen: Television) -> None:
    shared = screen.share("a.jpg")
    hidden = screen.home.item("hidden.jpg")
    hidden_pid = Item.get(Item.name == "hidden.jpg").pid
    assert hidden.asset_id
    for page in (screen.browse("new"), screen.browse("p.202607"), screen.search("*")):
        assert "hidden" not in page.titles
    with pytest.raises(Refusal):
        screen.browse(f"p.202607.i{hidden_pid}", "BrowseMetadata")
    assert screen.search(f'@id = "p.202607.i{hidden_pid}"').total == 0
    assert screen.search(f'@id = "p.202607.i{shared.pid}"').total == 1


def test_a_right_that_ends(screen: Television) -> None:
    screen.share("a.jpg")
    before = screen.browse("p.202607")
    with transaction():
        Grant.update(state="revoked", ended_at=2).where(Grant.id == screen.grant.id).execute()
        counters.bump_policy()
    assert int(screen.act("cds", "GetSystemUpdateID")["Id"]) > before.update
    assert screen.browse().total == 0
    assert screen.search("*").total == 0
    for id_ in (*before.ids, "p.202607", f"s.{screen.collection.pid}"):
        with pytest.raises(Refusal):
            screen.browse(id_, "BrowseMetadata")


def test_events(screen: Television) -> None:
    """Beside the collections, by name, with what is at them; nothing is left of one that is over."""
    own, anna = screen.share("lake.jpg"), screen.home.viewer
    assert "e" not in screen.browse().ids
    wedding = screen.feast()
    ben = screen.home.make.user("ben")
    brought = screen.home.make.item(ben, "cake.jpg", taken=2)
    Item.update(cover_id=screen.home.make.asset(brought).id).where(Item.id == brought.id).execute()
    EventPerson.create(event=wedding, user=ben, role="participant", joined_at=1)
    events.contribute_items(anna, wedding.pid, [own.pid])
    events.contribute_items(screen.home.make.viewer(ben), wedding.pid, [brought.pid])
    top = screen.browse()
    assert (top.ids, top.titles[-2:]) == (["new", "p", "c", "e"], ["Collections", "Events"])
    assert top.root[-1].get("childCount") == "1"
    shelf = screen.browse("e")
    assert (shelf.titles, screen.browse("c").titles) == (["Wedding"], ["Summer & Sun"])
    assert screen.browse(shelf.ids[0]).titles == ["lake"], "what Ben brought waits for her word"
    collection = Collection.get_by_id(wedding.collection_id).pid
    approval = f"in.{collection}.{brought.pid}"
    for decision, titles in (
        ("approve", {"lake", "cake"}),
        ("reject", {"lake"}),
        ("approve", {"lake", "cake"}),
    ):
        events.decide(anna, wedding.pid, [approval], decision)  # type: ignore[arg-type]  # both are decisions
        assert set(screen.browse(shelf.ids[0]).titles) == titles
        assert set(screen.browse("new").titles) == titles
    events.withdraw_items(screen.home.make.viewer(ben), wedding.pid, [brought.pid])
    assert screen.browse(shelf.ids[0]).titles == ["lake"]
    with pytest.MonkeyPatch.context() as later:
        later.setattr(clock, "source", lambda: wedding.expires_at / SECOND)
        assert "e" not in screen.browse().ids
        with pytest.raises(Refusal):
            screen.browse(shelf.ids[0])


def test_two_screens_see_what_is_theirs(screen: Television) -> None:
    """Also when they ask for the same places, one after the other."""
    mine = screen.share("mine.jpg")
    other = Screen.create(pid=new_pid(), name="Kitchen", created_at=1)
    theirs = Asset.get_by_id(screen.home.item("theirs.jpg").asset_id).item
    album = screen.home.make.collection(screen.home.anna, "Theirs", items=[theirs])
    screen.home.make.grant(screen.home.make.share(album, "screen"), screen=other)
    kitchen = Asker(screen.app, screen.key, "127.0.0.9")
    kitchen.loop = screen.loop
    there = Row.pid == kitchen.device.pid
    with transaction():
        Row.update(state="approved", screen=other, version=Row.version + 1).where(there).execute()
        counters.bump_policy()
    for asker, own, foreign in ((screen, mine, theirs), (kitchen, theirs, mine)):
        for page in (asker.browse("new"), asker.browse("p.202607"), asker.search("*")):
            assert own.name.partition(".")[0] in page.titles
            assert foreign.name.partition(".")[0] not in page.titles
        assert asker.browse("c").total == 1
        (shelf,) = asker.browse("c").ids
        assert asker.browse(shelf).total == 1
        with pytest.raises(Refusal):
            asker.browse(f"p.202607.i{foreign.pid}", "BrowseMetadata")
    with pytest.raises(Refusal):
        kitchen.browse(f"s.{screen.collection.pid}")


def test_what_was_listed_before_a_right_ended_is_not_kept(screen: Television) -> None:
    """Of two things in one place one is left; also when the clock ended it, of which nothing is written."""
    screen.share("a.jpg")
    other = Asset.get_by_id(screen.home.item("b.jpg").asset_id).item
    album = screen.home.make.collection(screen.home.anna, "Short", items=[other])
    grant = screen.home.make.grant(screen.home.make.share(album, "screen"), screen=screen.screen)
    with transaction():
        Grant.update(expires_at=now() + 3600 * SECOND).where(Grant.id == grant.id).execute()
        counters.bump_content()
    assert screen.browse("p.202607").titles == ["a", "b"]
    began = now()
    with pytest.MonkeyPatch.context() as later:
        later.setattr(clock, "source", lambda: began / SECOND + 3601)
        assert screen.browse("p.202607").titles == ["a"]
        assert screen.browse("c").titles == ["Summer & Sun"]
        assert screen.search("*").titles == ["Summer & Sun", "a"]


def test_what_has_changed_is_listed_as_it_is(screen: Television) -> None:
    photo = screen.share("a.jpg")
    assert screen.browse("p.202607").titles == ["a"]
    with transaction():
        Item.update(title="By the lake").where(Item.id == photo.id).execute()
        counters.bump_content()
    assert screen.browse("p.202607").titles == ["By the lake"]


def test_searches_that_find_nothing_are_forgotten_too(
    screen: Television, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "KEPT_IDS", 5 * LIST)
    for n in range(12):
        assert screen.search(f'dc:title = "{n}"').total == 0
    router: Any = screen.app._app  # type: ignore[attr-defined]  # a gate before a router
    assert len(router.routes[0].endpoint.__self__._content._places._ids) == 5


def test_who_was_refused_shows_no_code(television: Television) -> None:
    """Another device that waits may have the same by now, and would be taken for this one."""
    Row.update(state="refused").where(Row.pid == television.device.pid).execute()
    assert television.browse().titles == ["Ask at home: approve this screen"]


def test_a_stranger_sees_one_picture(television: Television) -> None:
    television.share("secret.jpg", title="Secret")
    code = television.device.code
    for id_ in ("0", "p", "I", "V", "c", "new", "p.202607"):
        page = television.browse(id_)
        assert (page.ids, page.total) == (["ask"], 1)
        assert page.titles == [f"Ask at home: approve this screen, code {code}"]
        german = television.browse(id_, headers={"Accept-Language": "de"})
        assert german.titles == [f"Zu Hause fragen: diesen Bildschirm einlassen, Code {code}"]
        assert all("/ask/" in address for address in page.resources())
        assert page.update == 0, "how often a household changes something is a number, too"
    assert television.act("cds", "GetSystemUpdateID") == {"Id": "0"}
    assert television.search("*").ids == ["ask"]
    assert television.search('upnp:class derivedfrom "object.item.videoItem"').ids == ["ask"]
    assert television.browse(start=1, count=10).returned == 0
    assert television.browse("0", "BrowseMetadata").root[0].get("childCount") == "1"
    for id_ in (f"s.{television.collection.pid}", f"p.202607.i{Item.get().pid}"):
        with pytest.raises(Refusal):
            television.browse(id_, "BrowseMetadata")
    television.approve()
    assert television.browse("p.202607").titles == ["Secret"]
    assert television.browse("p.202607").update > 0
