"""The form of a storage's budget: what its fields hold, and from what was posted to a budget.

What was typed stays in the form until it fits; each field has its own error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services import budgets
from services.budgets import Budget
from services.errors import UsageError

NIGHT = (22, 6)
"""What the hours offer to somebody who has none yet."""


@dataclass(frozen=True, slots=True)
class BudgetForm:
    """The fields as text, as a form has them; `problems` by field. `value` is the budget once all of them fit."""

    bandwidth: str
    at_once: str
    all_day: bool
    first: str
    last: str
    problems: Mapping[str, str] = field(default_factory=dict)
    value: Mapping[str, Any] = field(default_factory=dict)


def of_budget(budget: Budget, language: str) -> BudgetForm:
    """The form that shows a budget."""
    first, last = budget.hours or NIGHT
    bandwidth = budgets.typed(budget.bytes_per_second)
    return BudgetForm(
        bandwidth=bandwidth.replace(".", ",") if language == "de" else bandwidth,
        at_once=str(budget.at_once),
        all_day=budget.hours is None or first == last,
        first=str(first),
        last=str(last),
    )


def of_posted(form: Mapping[str, str]) -> BudgetForm:
    """The form as it was posted, with what is wrong in it."""
    problems: dict[str, str] = {}
    value: dict[str, Any] = {}
    all_day = form.get("when", "always") == "always"
    texts = {name: form.get(name, "") for name in ("bandwidth", "at_once", "first", "last")}
    _take(value, problems, "bytes_per_second", lambda: budgets.bandwidth_of(texts["bandwidth"]))
    _take(value, problems, "at_once", lambda: budgets.at_once_of(texts["at_once"]))
    if not all_day:
        _take(value, problems, "hours", lambda: budgets.between(_hour(texts["first"]), _hour(texts["last"])))
    return BudgetForm(**texts, all_day=all_day, problems=problems, value=value)


def _take(value: dict[str, Any], problems: dict[str, str], name: str, read: Callable[[], Any]) -> None:
    try:
        value[name] = read()
    except UsageError as error:
        problems[error.field or name] = str(error)


def _hour(text: str) -> int:
    """The hour that a field chose; -1 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else -1
