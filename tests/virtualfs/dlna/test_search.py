"""SearchCriteria and SortCriteria as players send them, and as nobody should."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.models.items import UNDATED
from services.showing import Either, Every, IsItem, Narrowing, OfKinds, OnDays, Taken, Titled
from virtualfs.dlna import search
from virtualfs.dlna.places import ALBUM, FOLDER, Container, Spot
from virtualfs.dlna.search import ANYTHING, holds, narrowing, order, parse
from virtualfs.dlna.soap import BAD_SEARCH, Fault

PHOTOS, VIDEOS = OfKinds(frozenset({"photo"})), OfKinds(frozenset({"video"}))
ALBUMS = Container("s.x", "c", "Summer", ALBUM, 3)
JULY, DAY = 1_782_864_000_000_000, 24 * 3600 * 1_000_000


def meant(text: str) -> Narrowing:
    return narrowing(parse(text), lambda spot: Titled("is", spot.id))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*", Every()),
        ("", Every()),
        ('upnp:class derivedfrom "object.item.imageItem"', PHOTOS),
        ('upnp:class derivedfrom "object.item"', OfKinds(frozenset({"photo", "video", "audio"}))),
        ('upnp:class = "object.item.imageItem"', OfKinds(frozenset())),
        ('upnp:class derivedfrom "object.container"', OfKinds(frozenset())),
        (
            '(upnp:class derivedfrom "object.item.videoItem") and (@refID exists false)',
            Every((VIDEOS, Every())),
        ),
        ('dc:title contains "a \\"b\\" c"', Titled("holds", 'a "b" c')),
        ('dc:title != "x"', Titled("is", "x", negated=True)),
        ('dc:date >= "2026-07-01"', Taken(">=", JULY)),
        ('dc:date > "2026-07-01"', Taken(">=", JULY + DAY)),
        ('dc:date <= "2026-07-01T00:00:01"', Taken("<", JULY + 2_000_000)),
        ("dc:date exists true", Taken(">", UNDATED)),
        ("dc:date exists false", OnDays(0, 0)),
        ('@id = "p.202607.iAbc"', IsItem("Abc")),
        ('@id = "p.202607"', Either()),
        ('@parentID = "p.202607"', Titled("is", "p.202607")),
        ('@parentID = "0"', Either()),
        ('@parentID = "no & id"', Either()),
    ],
)
def test_what_is_meant(text: str, found: Narrowing) -> None:
    assert meant(text) == found


def test_and_binds_closer_than_or() -> None:
    a, b, c = (f'dc:title contains "{x}"' for x in "abc")
    one = Titled("holds", "a"), Every((Titled("holds", "b"), Titled("holds", "c")))
    assert meant(f"{a} or {b} AND {c}") == Either(one)
    assert meant(f"{a} or ({b} and {c})") == Either(one)
    assert meant(f"({a} or {b}) and {c}") == Every(
        (Either((Titled("holds", "a"), Titled("holds", "b"))), Titled("holds", "c"))
    )


@pytest.mark.parametrize(
    "text",
    [
        "x", "(", ")", "()", '"a"', "upnp:class", "upnp:class =", "upnp:class = object", 'upnp:class like "x"',
        'upnp:artist = "x"', 'dc:title < "x"', 'dc:date contains "2026"', 'dc:date = "2026-13-01"',
        'dc:date = "0000-00-00"', '@id != "0"', "dc:title exists perhaps", 'dc:title = "x" and',
        'dc:title = "x" dc:title = "y"', 'dc:title = "unended', "(" * 17 + 'dc:title = "x"' + ")" * 17,
        " or ".join(['dc:title = "x"'] * 41), 'dc:title = "' + "x" * 2000 + '"',
    ],
)  # fmt: skip
def test_what_is_no_criterion(text: str) -> None:
    with pytest.raises(Fault) as raised:
        meant(text)
    assert raised.value.code == BAD_SEARCH


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("*", True),
        ('upnp:class derivedfrom "object.container.album"', True),
        ('upnp:class derivedfrom "object.container.alb"', False),
        ('upnp:class derivedfrom "object.item"', False),
        ('dc:title contains "SUMM"', True),
        ('dc:title contains "x" or upnp:class contains "album"', True),
        ('dc:title contains "x" and upnp:class contains "album"', False),
        ("@refID exists false", True),
    ],
)
def test_containers(text: str, is_found: bool) -> None:
    assert holds(parse(text), ALBUMS) is is_found
    assert holds(ANYTHING, Container("p", "0", "Photos", FOLDER, 1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "taken"), ("+dc:title", "name"), ("-dc:title", "-name"), ("dc:date", "taken"), ("-dc:date", "-taken"),
        ("+upnp:artist,-dc:date,+dc:title", "-taken"), ("rubbish", "taken"), (",,,", "taken"), ("+" * 9000, "taken"),
    ],
)  # fmt: skip
def test_order(text: str, found: str) -> None:
    assert order(text, "taken") == found


WORDS = ["(", ")", "and", "or", "exists", "true", "false", '"x"', '"', "\\", "=", "contains", "derivedfrom",
         "upnp:class", "dc:title", "dc:date", "@id", "@refID", "@parentID", "*", "ü"]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join) | st.text(max_size=200))
def test_any_text(text: str) -> None:
    with suppress(Fault):
        criteria = parse(text)
        narrowing(criteria, lambda spot: Every())
        holds(criteria, ALBUMS)


def test_what_is_said_to_be_searched_is() -> None:
    for name in search.SEARCHED.split(","):
        parse(f"{name} exists true")
        meant(f"{name} exists true")
    assert Spot("0").id == "0"
