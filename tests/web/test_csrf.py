"""Who sent an unsafe request, judged by what the browser says: every odd header is a refusal, never an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web import csrf
from web.errors import Forbidden


def allowed(headers: dict[str, str], *, token: str | None = None) -> bool:
    try:
        csrf.require_same_site(headers, expected_token="right", given_token=token)
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
