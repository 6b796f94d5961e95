import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.minting import digest, kind_of, mint


@pytest.mark.parametrize("kind", ["app", "api", "inv", "ses", "shr", "gst"])
def test_a_secret_has_the_published_form_and_tells_its_kind(kind: str) -> None:
    secret = mint(kind)  # type: ignore[arg-type]  # parametrised text
    assert re.fullmatch(rf"hyp_{kind}_[A-Za-z0-9_-]{{43}}_[0-9a-f]{{8}}", secret)
    assert kind_of(secret) == kind


def test_no_two_are_alike() -> None:
    assert len({mint("app") for _ in range(100)}) == 100


@given(st.integers(0, 59), st.characters(codec="utf-8"))
def test_a_typing_error_anywhere_is_seen(place: int, char: str) -> None:
    secret = mint("api")
    changed = secret[:place] + char + secret[place + 1 :]
    assert kind_of(changed) == ("api" if changed == secret else None)


@pytest.mark.parametrize(
    "text", ["", "hyp_", "password", "hyp_app_", "hyp_xyz_" + "a" * 43 + "_00000000", "\ud800"]
)
def test_other_text_is_no_secret(text: str) -> None:
    assert kind_of(text) is None


def test_whole_words_only() -> None:
    secret = mint("app")
    assert [kind_of(secret + "\n"), kind_of(" " + secret), kind_of(secret[:-1])] == [None, None, None]


def test_stored_is_a_sha256() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
