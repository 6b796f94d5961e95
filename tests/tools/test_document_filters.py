"""docs/filters.md lists the fields as they are."""

from services.filters import fields, limits
from tools import document_filters


def test_the_page_is_current() -> None:
    page = document_filters.PAGE.read_text(encoding="utf-8")
    assert document_filters.renewed(page) == page, "run: .venv/bin/python -m tools.document_filters"


def test_every_field_and_limit_is_on_the_page() -> None:
    page = document_filters.PAGE.read_text(encoding="utf-8")
    assert all(f"| `{f.name}`" in page for f in fields.FIELDS)
    told = (
        f"At most {limits.MAX_LENGTH:,} characters, {limits.MAX_TERMS} conditions, {limits.MAX_DEPTH} levels"
    )
    assert told in page
    assert f"{limits.MAX_VALUES} values" in page
