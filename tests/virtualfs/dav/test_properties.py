"""Properties as XML: exactly what was asked, in the words of RFC 4918."""

import pytest
from lxml import etree

from virtualfs.dav.bodies import parse_xml
from virtualfs.dav.errors import Refused
from virtualfs.dav.properties import HEAD, MAX_PROPERTIES, TAIL, Rows, Wanted, iso_date, parse_wanted
from virtualfs.nodes import File, Folder, Node, Place

FILE = File("a & <b>.jpg", 12, 1_700_000_000.9, 1_600_000_000.0, "tag", "image/jpeg", None)
FOLDER = Folder("Köln", 1_700_000_000.0, 0.0, "1-2", Place("Library", "year", 2026))
LIVE = [
    "resourcetype",
    "displayname",
    "creationdate",
    "getlastmodified",
    "getetag",
    "supportedlock",
    "lockdiscovery",
]


def body(inner: str) -> Wanted:
    return parse_wanted(etree.fromstring(f'<D:propfind xmlns:D="DAV:">{inner}</D:propfind>'))


def stats(wanted: Wanted, node: Node) -> dict[str, dict[str, str]]:
    """Status -> name -> text, of one rendered response."""
    text = HEAD + Rows(wanted).render("/dav/x", node) + TAIL
    (response,) = etree.fromstring(text.encode())
    assert response[0].text == "/dav/x"
    return {
        (stat.findtext("{DAV:}status") or "").split(" ", 2)[1]: {p.tag: p.text or "" for p in stat[0]}
        for stat in list(response)[1:]
    }


def test_all_properties_of_a_file() -> None:
    found = stats(Wanted(), FILE)
    assert set(found) == {"200"}
    assert {name.removeprefix("{DAV:}"): text for name, text in found["200"].items()} == {
        "resourcetype": "", "displayname": "a & <b>.jpg", "creationdate": "2020-09-13T12:26:40Z",
        "getlastmodified": "Tue, 14 Nov 2023 22:13:20 GMT", "getetag": '"tag"', "supportedlock": "",
        "lockdiscovery": "", "getcontentlength": "12", "getcontenttype": "image/jpeg",
    }  # fmt: skip


def test_all_properties_of_a_folder() -> None:
    text = HEAD + Rows(Wanted()).render("/dav/K/", FOLDER) + TAIL
    assert "<D:resourcetype><D:collection/></D:resourcetype>" in text
    assert set(stats(Wanted(), FOLDER)["200"]) == {"{DAV:}" + name for name in LIVE}


def test_named_ones_are_found_or_404() -> None:
    wanted = body(
        '<D:prop><D:getetag/><D:getcontentlength/><D:quota-used-bytes/><x xmlns="urn:a&amp;b"/><y xmlns=""/></D:prop>'
    )
    file, folder = stats(wanted, FILE), stats(wanted, FOLDER)
    assert file["200"] == {"{DAV:}getetag": '"tag"', "{DAV:}getcontentlength": "12"}
    assert set(file["404"]) == {"{DAV:}quota-used-bytes", "{urn:a&b}x", "y"}
    assert set(folder["200"]) == {"{DAV:}getetag"}
    assert "{DAV:}getcontentlength" in folder["404"]


def test_one_that_nobody_has_and_none_at_all() -> None:
    assert set(stats(body("<D:prop><D:nope/></D:prop>"), FILE)) == {"404"}
    assert stats(body("<D:prop/>"), FILE) == {"200": {}}


def test_a_name_asked_twice_is_answered_once() -> None:
    text = Rows(body("<D:prop><D:getetag/><D:getetag/></D:prop>")).render("/x", FILE)
    assert text.count("<D:getetag>") == 1


def test_names_only() -> None:
    found = stats(body("<D:propname/>"), FILE)["200"]
    assert set(found.values()) == {""}
    assert "{DAV:}getcontentlength" in found
    assert "{DAV:}getcontentlength" not in stats(body("<D:propname/>"), FOLDER)["200"]


def test_include_adds_to_all() -> None:
    found = stats(body("<D:allprop/><D:include><D:supported-report-set/></D:include>"), FILE)
    assert "{DAV:}getetag" in found["200"]
    assert set(found["404"]) == {"{DAV:}supported-report-set"}


@pytest.mark.parametrize("inner", ["", "<D:x/>", "<D:prop/><D:allprop/>", "<D:propname/><D:allprop/>"])
def test_a_body_that_asks_for_nothing_or_too_much(inner: str) -> None:
    with pytest.raises(Refused):
        body(inner)


def test_another_root_or_too_many_names() -> None:
    with pytest.raises(Refused):
        parse_wanted(etree.fromstring('<D:propertyupdate xmlns:D="DAV:"/>'))
    with pytest.raises(Refused):
        body(f"<D:prop>{''.join(f'<D:n{n}/>' for n in range(MAX_PROPERTIES + 1))}</D:prop>")


def test_an_element_never_looks_like_a_place_in_the_template() -> None:
    for text in ('<x xmlns="urn:{0}"/>', '<x xmlns="{braces}"/>', "<x{1}/>"):
        with pytest.raises(Refused):
            parse_xml(f'<D:propfind xmlns:D="DAV:"><D:prop>{text}</D:prop></D:propfind>'.encode())


def test_unknown_elements_and_comments_do_no_harm() -> None:
    assert body("<!-- hello --><x xmlns='urn:x'/><D:prop><!-- a --><D:getetag/></D:prop>").names == (
        ("DAV:", "getetag"),
    )


def test_dates_before_there_were_any() -> None:
    assert iso_date(-5) == "1970-01-01T00:00:00Z"


def test_entries_of_a_folder_end_as_what_they_are() -> None:
    rows = Rows(body("<D:prop/>"))
    assert "<D:href>/dav/a/K%C3%B6ln/</D:href>" in rows.render_entry("/dav/a/", "K%C3%B6ln", FOLDER)
    assert "<D:href>/dav/a/b.jpg</D:href>" in rows.render_entry("/dav/a/", "b.jpg", FILE)
