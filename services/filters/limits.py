"""How large a query may be, whether it comes as text, as a tree or from a form: here and only here."""

from services.filters.errors import FilterError

MAX_LENGTH = 2000
MAX_TERMS = 64
MAX_DEPTH = 8
MAX_VALUES = 200
MAX_NUMBER = 10**15


def require_length(text: str) -> None:
    """Raise FilterError when the text is too long."""
    if len(text) > MAX_LENGTH:
        raise FilterError(
            f"A query has at most {MAX_LENGTH} characters; this one has {len(text)}.",
            position=MAX_LENGTH,
            length=len(text) - MAX_LENGTH,
        )


def require_terms(number: int, position: int = 0, length: int = 0) -> None:
    """Raise FilterError when there are too many conditions."""
    if number > MAX_TERMS:
        raise FilterError(f"A query has at most {MAX_TERMS} conditions.", position=position, length=length)


def require_depth(depth: int, position: int = 0, length: int = 0) -> None:
    """Raise FilterError when groups are nested too deep."""
    if depth > MAX_DEPTH:
        raise FilterError(f"Groups can be nested at most {MAX_DEPTH} deep.", position=position, length=length)


def require_values(number: int, position: int = 0, length: int = 0) -> None:
    """Raise FilterError when a list is too long."""
    if number > MAX_VALUES:
        raise FilterError(f"A list has at most {MAX_VALUES} values.", position=position, length=length)
