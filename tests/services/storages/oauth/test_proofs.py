"""PKCE and state."""

import re

from services.storages.oauth.proofs import challenge, is_same, new_state, new_verifier


def test_the_challenge_of_the_rfc() -> None:
    """RFC 7636, appendix B."""
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_values_are_long_and_differ() -> None:
    verifiers, states = {new_verifier() for _ in range(100)}, {new_state() for _ in range(100)}
    assert len(verifiers) == len(states) == 100
    assert all(re.fullmatch(r"[\w.~-]{43,128}", v) for v in verifiers)
    assert all(len(s) >= 32 for s in states)


def test_comparing() -> None:
    assert is_same("a", "a")
    assert not is_same("a", "b")
    assert not is_same("", "")
    assert not is_same("a", "")
    assert not is_same("\udcff", "a")
