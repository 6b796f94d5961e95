"""The form of a budget: what it shows, and what is made of what was posted."""

import pytest

from services.budgets import Budget, checked
from web.budget_forms import of_budget, of_posted

FITS = {"bandwidth": "2,5", "at_once": "3", "when": "hours", "first": "22", "last": "6"}


def test_it_shows_a_budget_in_the_persons_language() -> None:
    form = of_budget(Budget(2_500_000, 3, (1, 5)), "de")
    assert (form.bandwidth, form.at_once, form.all_day, form.first, form.last) == (
        "2,5",
        "3",
        False,
        "1",
        "5",
    )
    assert of_budget(Budget(2_500_000), "en").bandwidth == "2.5"


def test_no_limit_is_empty_and_the_night_is_offered() -> None:
    form = of_budget(Budget(bytes_per_second=0), "en")
    assert (form.bandwidth, form.all_day, form.first, form.last) == ("", True, "22", "6")
    assert of_budget(Budget(hours=(5, 5)), "en").all_day


def test_what_fits_is_a_budget() -> None:
    form = of_posted(FITS)
    assert form.problems == {}
    assert form.value == {"bytes_per_second": 2_500_000, "at_once": 3, "hours": [22, 6]}
    assert checked(form.value) == form.value


def test_all_day_needs_no_hours() -> None:
    form = of_posted({"bandwidth": "", "at_once": "2", "when": "always", "first": "x", "last": ""})
    assert (form.problems, form.value) == ({}, {"bytes_per_second": 0, "at_once": 2})


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [("bandwidth", "fast", "bandwidth"), ("at_once", "9", "at_once"), ("first", "", "hours"), ("last", "24", "hours"),
     ("last", "22", "hours"), ("first", "²", "hours")],
)  # fmt: skip
def test_each_field_has_its_own_error_and_keeps_what_was_typed(field: str, value: str, wrong: str) -> None:
    form = of_posted({**FITS, field: value})
    assert list(form.problems) == [wrong]
    assert getattr(form, field) == value


def test_all_that_is_wrong_is_told_at_once() -> None:
    form = of_posted({"when": "hours"})
    assert set(form.problems) == {"at_once", "hours"}
    assert form.bandwidth == ""
