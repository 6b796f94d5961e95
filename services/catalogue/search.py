"""The words an item is found by: of its names, dates, cameras, labels and titles.

They are made in Python (`names.tokens`) and kept in one column, so that both databases find the same; every
free word of a query must begin one of them (`services.filters.wording`). Names at faces are found by the item's
owner alone: they are kept as words that only that person's searches hold. A date finds its day or month:
`2026-07-01`, `2026-07`, `2026`, `july`.
"""

from collections.abc import Iterable, Iterator, Mapping

from services import names
from services.names import tokens

MONTHS = (
    ("january", "januar"), ("february", "februar"), ("march", "märz"), ("april",), ("may", "mai"),
    ("june", "juni"), ("july", "juli"), ("august",), ("september",), ("october", "oktober"),
    ("november",), ("december", "dezember"),
)  # fmt: skip


def item_tokens(
    texts: Iterable[str | None], day: int, *, private: Mapping[int, Iterable[str]] | None = None
) -> str:
    """The search column of an item with these texts, taken on `day` (yyyymmdd, 0 unknown).

    `private` are texts by the person who alone may find the item by them.
    """
    apart = (names.private(who, token) for who, own in (private or {}).items() for token in tokens(*own))
    return " ".join(sorted({*tokens(*texts), *_date_tokens(day), *apart}))


def _date_tokens(day: int) -> Iterator[str]:
    if day:
        yield from (str(day), str(day // 100), str(day // 10000))
        for name in MONTHS[day // 100 % 100 - 1]:
            yield from tokens(name)
