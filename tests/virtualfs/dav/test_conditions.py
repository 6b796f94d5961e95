"""The header If: wsgidav's parser, with its input put right and its resources by canonical address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualfs.dav.conditions import LONGEST, NONE, Conditions, parse
from virtualfs.dav.errors import Refused

HERE, TOKEN, TAG = "/Storages/1/a.jpg", "opaquelocktoken:x", "abc"


def canonical(address: str) -> str | None:
    return HERE if address.endswith("/dav/a") else None


def parsed(text: str) -> Conditions:
    return parse({"if": text}, canonical)


@pytest.mark.parametrize(("text", "holds"), [
    (f"(<{TOKEN}>)", True), (f"( <{TOKEN}> )", True), ("(<opaquelocktoken:other>)", False),
    (f"(Not <{TOKEN}>)", False), ("(Not <DAV:no-lock>)", True), ("(<DAV:no-lock>)", False),
    (f'(["{TAG}"])', True), ('(["other"])', False), (f'(Not ["{TAG}"])', False),
    (f'(<{TOKEN}>["{TAG}"])', True), (f'(<{TOKEN}>["other"])', False), (f'(["other"]) (<{TOKEN}>)', True),
    (f'(<{TOKEN}>Not["{TAG}"])', False), (f'(not<urn:y>["{TAG}"])', True),
    (f"</dav/a> (<{TOKEN}>)", True), ("</dav/a> (<urn:other>)", False), ("<http://host/dav/a>(<urn:other>)", False),
    ("</dav/b> (<urn:other>)", True), (f"</dav/b> (<urn:other>) </dav/a> (<{TOKEN}>)", True),
])  # fmt: skip
def test_whether_it_holds(text: str, holds: bool) -> None:
    assert parsed(text).hold(HERE, {TAG, "older"}, [TOKEN]) == holds


def test_either_tag_will_do() -> None:
    assert parsed('(["older"])').hold(HERE, {TAG, "older"}, [])
    assert not parsed('(["older"])').hold(HERE, set(), [])


def test_tokens_count_wherever_they_stand() -> None:
    assert parsed("</dav/b> (<urn:b>) </dav/a> (Not <urn:a>)").tokens == ["urn:b", "urn:a"]


def test_without_it_everything_holds() -> None:
    assert parse({}, canonical) is NONE
    assert NONE.hold(HERE, set(), [])
    environ: dict[str, object] = {}
    NONE.into(environ)
    assert environ == {"wsgidav.conditions.if": None, "wsgidav.ifLockTokenList": []}


@pytest.mark.parametrize("text", ["", "()", "nonsense", "<x>", "(" * (LONGEST + 1), ")(", "["])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parsed(text)
    assert refused.value.status == 400


@given(st.text(st.sampled_from('()<>[]"* NotW/dav:a\\'), max_size=200))
def test_nothing_breaks_it(text: str) -> None:
    try:
        found = parsed(text)
    except Refused:
        return
    assert found.hold(HERE, {TAG}, [TOKEN]) in {True, False}
