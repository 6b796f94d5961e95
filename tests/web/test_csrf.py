"""Who sent an unsafe request, judged by what the browser says: every odd header is a refusal, never an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.peers import Peer, judge_peer
from web import csrf
from web.errors import Forbidden

PLAIN = Peer("10.0.0.9")


def allowed(
    headers: dict[str, str], *, token: str | None = None, peer: Peer = PLAIN, public_url: str = ""
) -> bool:
    try:
        csrf.require_same_site(headers, peer, public_url, expected_token="right", given_token=token)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize(
    "origin",
    ["http://[", "http://[::1", "http://localhost:port", "http://localhost:99999", "localhost", "", " ",
     "javascript:alert(1)", "file:///", "http://localhost@evil.example", "https://localhost.evil.example"],
)  # fmt: skip
def test_an_odd_origin_is_a_strangers(origin: str) -> None:
    assert not allowed({"origin": origin, "host": "localhost:4976"})


def test_the_port_counts_where_we_have_one() -> None:
    assert allowed({"origin": "http://localhost:4976", "host": "localhost:4976"})
    assert not allowed({"origin": "http://localhost:8080", "host": "localhost:4976"})
    assert allowed({"origin": "http://[::1]:4976", "host": "[::1]:4976"})


@pytest.mark.parametrize(
    ("origin", "host", "https", "ours"),
    [
        ("http://photos.lan", "photos.lan", False, True), ("http://photos.lan:80", "photos.lan", False, True),
        ("http://photos.lan", "photos.lan:80", False, True), ("http://photos.lan:81", "photos.lan", False, False),
        ("https://photos.lan", "photos.lan", False, False), ("http://photos.lan:443", "photos.lan", False, False),
        ("http://photos.lan:0", "photos.lan", False, False), ("https://photos.lan", "photos.lan", True, True),
        ("https://photos.lan", "photos.lan:443", True, True), ("http://photos.lan", "photos.lan", True, False),
        ("https://photos.lan:4978", "photos.lan:4978", True, True), ("HTTP://Photos.LAN", "photos.lan", False, True),
        ("http://photos.lan:4978", "photos.lan:4978", True, False),
        ("https://photos.lan:80", "photos.lan", True, False), ("https://photos.lan:4978", "photos.lan", True, False),
    ],
)  # fmt: skip
def test_scheme_and_port_are_part_of_an_origin(origin: str, host: str, https: bool, ours: bool) -> None:
    peer = Peer("10.0.0.9", https=https)
    assert allowed({"origin": origin, "host": host}, token="right", peer=peer) is ours
    assert allowed({"referer": f"{origin}/item/x", "host": host}, token="right", peer=peer) is ours


@pytest.mark.parametrize("named", [True, False])
def test_behind_a_proxy_for_https(named: bool) -> None:
    """Of one that is not named it is not known by which scheme the browser came; by which port it is."""
    headers = {"host": "photos.example.org", "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    peer = judge_peer("172.17.0.2", "http", headers, ["172.17.0.0/16"] if named else [])
    assert allowed({**headers, "origin": "https://photos.example.org"}, peer=peer)
    assert allowed({**headers, "origin": "http://photos.example.org"}, peer=peer) is not named
    for stranger in ("https://photos.example.org:8443", "https://evil.example", "null"):
        assert not allowed({**headers, "origin": stranger}, peer=peer)


def test_the_public_address_is_ours_whatever_a_proxy_makes_of_the_host() -> None:
    inside = {"host": "localhost"}
    public = "https://photos.example.org:8443/"
    assert allowed({**inside, "origin": "https://photos.example.org:8443"}, public_url=public)
    for stranger in (
        "https://photos.example.org",
        "http://photos.example.org:8443",
        "https://evil.example:8443",
    ):
        assert not allowed({**inside, "origin": stranger}, public_url=public)
    assert not allowed({"origin": "localhost", "host": ""}, public_url="")


def test_the_browsers_word_counts_before_everything_else() -> None:
    ours = {"origin": "http://localhost", "host": "localhost"}
    assert not allowed({"sec-fetch-site": "cross-site", **ours}, token="right")
    assert not allowed({"origin": "http://evil.example", "host": "localhost"}, token="right")


@pytest.mark.parametrize(
    ("site", "expected"),
    [("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False), ("", False)],
)
def test_only_our_own_pages_and_the_person_act(site: str, expected: bool) -> None:
    """`same-site` is another host below the same domain: somebody else's page."""
    assert allowed({"sec-fetch-site": site}, token="right") == expected


def test_leaving_the_token_out_is_no_way_in() -> None:
    assert not allowed({}, token=None)


def test_without_any_word_the_token_decides() -> None:
    assert allowed({}, token="right")
    assert not allowed({}, token="wrong")
    assert not allowed({}, token="")


@given(st.dictionaries(st.sampled_from(["origin", "referer", "host"]), st.text(max_size=30)))
def test_any_headers_are_survived(headers: dict[str, str]) -> None:
    assert allowed(headers) in {True, False}


def test_tokens_belong_to_one_session_of_one_appliance() -> None:
    tokens = {csrf.token_for(key, session) for key in (b"k", b"l") for session in ("s", "t")}
    assert len(tokens) == 4
