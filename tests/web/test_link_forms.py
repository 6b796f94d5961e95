import pytest

from services.clock import DAY, now
from services.errors import UsageError
from services.sharing.links import DEFAULT_LIFE
from web.link_forms import from_form, from_json, terms_of


def test_a_form_says_what_is_ticked() -> None:
    assert from_form({}) == {"rights": ["view"], "place": False, "max_uses": None}
    given = from_form(
        {"download": "1", "place": "1", "days": "7", "password": "blue boat", "max_uses": " 5 "}
    )
    assert given.pop("expires") >= now() + 7 * DAY - 60_000_000
    assert given == {"rights": ["view", "download"], "place": True, "password": "blue boat", "max_uses": 5}
    assert from_form({"days": ""})["expires"] is None
    assert "expires" not in from_form({"days": "keep"})
    assert from_form({"open": "1"})["password"] is None


@pytest.mark.parametrize("uses", ["-1", "1.5", "²", "9" * 20])
def test_a_number_of_uses_is_one(uses: str) -> None:
    with pytest.raises(UsageError):
        from_form({"max_uses": uses})


def test_terms() -> None:
    terms = terms_of(from_json({"collection": "x", "to": {"link": True}}))
    assert not terms.download
    assert not terms.place
    assert terms.expires is not None
    assert terms.expires <= now() + DEFAULT_LIFE
    assert terms_of(from_json({"expires": None})).expires is None
