"""Whatever is sent: an answer that the protocol has a word for, soon, and nothing that grows."""

import gc
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, find, given, settings
from hypothesis import strategies as st
from lxml import etree

from services.models import Device
from services.serving import Unsatisfiable, select_range
from tests.virtualfs.dlna.asking import envelope
from tests.virtualfs.dlna.television import Television
from virtualfs.dlna import places, quirks
from virtualfs.dlna.description import SERVICES
from virtualfs.dlna.soap import FAILED

OURS = str(Path(places.__file__).parents[1])
KNOWN = {"401", "402", "701", "706", "708"}
FEW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
XML_TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=60)
NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30).map(str), st.sampled_from(["", "0", "-0", "1e9", "NaN", " 5 ", "0x10", "٣", "+1"]),
    XML_TEXT,
)  # fmt: skip
IDS = st.one_of(
    st.sampled_from(["0", "p", "p.2026", "p.202607", "p.0", "new", "fav", "c", "s.", "V", "16", "p.202607.b1", "ask"]),
    XML_TEXT,
    st.from_regex(r"[0pvacefnws]{1,4}(\.[0-9bi]{0,8}){0,4}", fullmatch=True),
)  # fmt: skip
CRITERIA = st.one_of(
    st.sampled_from(["*", 'upnp:class derivedfrom "object"', 'dc:date > "2026-07-01"', '@parentID = "p.202607"']),
    st.lists(
        st.sampled_from(
            ["(", ")", "and", "or", "dc:title", "upnp:class", "@id", "dc:date", "=", "contains", "exists", '"x"', '"%"']
        ), max_size=25,
    ).map(" ".join),
    XML_TEXT,
)  # fmt: skip
ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "ObjectID": IDS, "ContainerID": IDS,
        "BrowseFlag": st.sampled_from(["BrowseMetadata", "BrowseDirectChildren", "x"]),
        "SearchCriteria": CRITERIA, "Filter": st.one_of(st.just("*"), XML_TEXT), "StartingIndex": NUMBERS,
        "RequestedCount": NUMBERS, "SortCriteria": st.one_of(st.sampled_from(["+dc:title", "-dc:date"]), XML_TEXT),
        "ConnectionID": NUMBERS, "DeviceID": XML_TEXT, "PosSecond": NUMBERS, "Index": NUMBERS,
        "CategoryType": st.one_of(st.sampled_from(["14", "22", "32", "I", "V"]), XML_TEXT), "RID": NUMBERS,
    },
)  # fmt: skip
ACTIONS = [(service.key, action.name) for service in SERVICES for action in service.actions]
PARTS = st.sampled_from(
    ["..", ".", "%2e%2e", "%252e%252e", "..%2f..", "%2F", "%5c..%5c", "%00", "a%00.jpg", "%C0%AE", "%FF", "%", "%zz",
     "a" * 5000, "%20" * 1700, "LRG.jpg", "cds.xml", "48.png", "FHD.jpg"]
)  # fmt: skip
PATHS = st.one_of(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60).map(lambda t: f"/{t}"),
    st.from_regex(r"/(m|ask|icons|scpd|evt|ctl)(/[\w.%-]{0,30}){0,4}", fullmatch=True),
    st.tuples(
        st.sampled_from(["m", "ask", "icons", "scpd", "evt", "ctl", ""]), st.lists(PARTS, max_size=4)
    ).map(lambda t: "/" + "/".join([t[0], *t[1]])),
)
HARD_PATHS = (
    "/icons/../../../../etc/passwd", "/icons/%2e%2e/%2e%2e/etc/passwd", "/icons/%252e%252e%252fpasswd",
    "/scpd/..%2f..%2fcds.xml", "/scpd/%00.xml", "/m/%00/%00/%00", "/ask/..%2fLRG.jpg",
    "/m/" + "a" * 5000 + "/b/LRG.jpg", "/" + "../" * 1600, "/icons/" + "%2e" * 1666, "/evt/cds%00", "/ctl/%2e%2e/cds",
)  # fmt: skip
SIZE = 1000
EDGES = st.sampled_from(
    ["", "0", "1", "999", "1000", "1001", "00", "9" * 18, "9" * 19, "9" * 400, "-1", "+1", "x"]
)
SPANS = st.tuples(
    st.one_of(EDGES, st.integers(0, 1100).map(str)), st.one_of(EDGES, st.integers(0, 1100).map(str))
)
RANGES = st.one_of(
    st.lists(SPANS.map("-".join), min_size=1, max_size=5).map(lambda parts: "bytes=" + ",".join(parts)),
    st.from_regex(r"bytes ?= ?[0-9]{0,4} ?- ?[0-9]{0,4}( ?, ?[0-9]{0,4}-[0-9]{0,4}){0,3}", fullmatch=True),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
)
"""Most are ranges, or nearly."""


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtualfs.dlna.media.WAIT_S", 0.0)


def require_answer(status: int, body: bytes) -> None:
    """A list, or a fault that says what is wrong with the question."""
    root = etree.fromstring(body)
    if status == 200:
        result = root.find(".//Result")
        if result is not None and (result.text or "").startswith("<"):
            etree.fromstring((result.text or "").encode())
        return
    assert status == 500
    assert root.findtext(".//{*}errorCode") in KNOWN


@FEW
@given(action=st.sampled_from(ACTIONS), arguments=ARGUMENTS, headers=st.dictionaries(
    st.sampled_from(["User-Agent", "X-AV-Client-Info", "SOAPACTION", "FriendlyName.DLNA.ORG"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80), max_size=3,
))  # fmt: skip
def test_actions(
    screen: Television, action: tuple[str, str], arguments: dict[str, str], headers: dict[str, str]
) -> None:
    if not screen.home.make.data.joinpath("shared").exists():
        screen.share("a.jpg")
        screen.share("b.mp4", None, type="video", mime="video/mp4")
        screen.home.make.data.joinpath("shared").touch()
    key, name = action
    service = next(each for each in SERVICES if each.key == key)
    answer = screen.post(key, envelope(service.type, name, arguments), headers)
    if name == "RegisterDevice":
        assert etree.fromstring(answer.content).findtext(".//{*}errorCode") == str(FAILED)
    else:
        require_answer(answer.status_code, answer.content)


@FEW
@given(key=st.sampled_from(["cds", "cm", "mrr", "x"]), body=st.one_of(
    st.binary(max_size=400),
    st.recursive(XML_TEXT.map(lambda t: t.replace("&", "").replace("<", "")), lambda inner: st.tuples(
        st.sampled_from(["Envelope", "Body", "Browse", "ObjectID", "a"]), st.lists(inner, max_size=3)
    ).map(lambda t: f"<{t[0]}>{''.join(t[1])}</{t[0]}>"), max_leaves=12).map(str.encode),
))  # fmt: skip
def test_bodies(screen: Television, key: str, body: bytes) -> None:
    answer = screen.post(key, body)
    assert answer.status_code in {200, 400, 404, 500}
    if answer.status_code in {200, 500}:
        require_answer(answer.status_code, answer.content)


def every_hard_path(test: Callable[..., None]) -> Callable[..., None]:
    for path in HARD_PATHS:
        test = example(path=path, method="GET", value="bytes=0-")(test)
    return test


@FEW
@given(
    path=PATHS,
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "SUBSCRIBE", "UNSUBSCRIBE", "M-SEARCH", "OPTIONS"]),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=100),
)  # fmt: skip
@every_hard_path
def test_addresses(screen: Television, path: str, method: str, value: str) -> None:
    names = (
        "Range", "If-Range", "If-None-Match", "CALLBACK", "NT", "SID", "TIMEOUT", "transferMode.dlna.org",
        "TimeSeekRange.dlna.org",
    )  # fmt: skip
    answer = screen.client().request(method, path, headers=dict.fromkeys(names, value))
    assert answer.status_code in {200, 400, 404, 405, 406, 412, 503}, answer.text
    assert answer.status_code != 503 or "/ask/" in path


@FEW
@given(value=RANGES)
@example(value="bytes=0-0")
@example(value="bytes=-1")
@example(value="bytes=999-")
@example(value="bytes=1000-")
@example(value="bytes=5-2")
@example(value="bytes=-0")
@example(value="bytes=0-,0-,0-")
@example(value="bytes=0-1,500-501")
@example(value=f"bytes={'9' * 400}-")
@example(value="bytes=0-" + ",0-" * 2000)
def test_ranges_of_a_film(screen: Television, value: str) -> None:
    """What comes is what its header says, out of the film; nothing is made up."""
    film = b"0123456789" * (SIZE // 10)
    if not screen.home.make.data.joinpath("film").exists():
        screen.share("film.mp4", data=film, type="video", mime="video/mp4", size=SIZE)
        screen.home.make.data.joinpath("film").touch()
    (address,) = screen.browse("v").resources()
    answer = screen.get(address, Range=value)
    assert answer.status_code in {200, 206, 416}
    assert len(answer.content) == int(answer.headers.get("content-length", 0))
    if answer.status_code == 206:
        first, last, size = map(int, re.findall(r"\d+", answer.headers["content-range"]))
        assert (answer.content, size) == (film[first : last + 1], SIZE)
    elif answer.status_code == 200:
        assert answer.content == film
    else:
        assert answer.headers["content-range"] == f"bytes */{SIZE}"


def gives(value: str) -> str:
    """What a range makes of the film."""
    try:
        return "the whole" if select_range(value, SIZE) is None else "a part"
    except Unsatisfiable:
        return "no byte"


@pytest.mark.parametrize("kind", ["the whole", "a part", "no byte"])
def test_ranges_of_every_kind_are_drawn(kind: str) -> None:
    """Else the test above would only ever see the whole film."""
    unhurried = settings(FEW, max_examples=1000, database=None)
    assert find(RANGES, lambda value: value.startswith("bytes=") and gives(value) == kind, settings=unhurried)


@pytest.mark.long
def test_nothing_grows(television: Television, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines, what they say of themselves, filters, searches: all of it is bounded."""
    monkeypatch.setattr(places, "KEPT_IDS", 100 * places.LIST)  # reached before it is looked
    television.many(3)
    television.approve()

    def ask(n: int) -> None:
        headers = {"User-Agent": f"Kodi {n}"}
        television.browse("p.202607", headers=headers, filter=f"res,x{n}")
        television.search(f'dc:title contains "{n}"')
        television.search(f'dc:date > "2026-07-01" and dc:title contains "{n}"', start=n)

    for n in range(200):
        ask(n)
    gc.collect()
    tracemalloc.start()
    for n in range(200, 260):
        ask(n)
    gc.collect()
    before = tracemalloc.take_snapshot()
    for n in range(260, 460):
        ask(n)
    gc.collect()
    after = tracemalloc.take_snapshot()
    tracemalloc.stop()
    ours = [each for each in after.compare_to(before, "filename") if str(each).startswith(OURS)]
    grown = sum(each.size_diff for each in ours)
    assert grown < 200_000


def test_strangers_in_a_flood(television: Television) -> None:
    for n in range(300):
        client = television.client(f"127.1.{n // 200}.{n % 200}")
        body = envelope(SERVICES[0].type, "Browse", {"ObjectID": "0", "BrowseFlag": "BrowseDirectChildren"})
        assert client.post("/ctl/cds", content=body, headers={"User-Agent": f"Kodi {n}"}).status_code == 200
    assert Device.select().count() <= 21
    assert len(quirks.CLIENTS) < 20
