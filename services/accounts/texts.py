"""Short texts that people (and browsers) give: one line, no invisible characters, not too long."""

import unicodedata

from services.errors import UsageError

_JOINERS = "\u200d\ufe0f"  # they hold one emoji together
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})


def one_line(text: str) -> str:
    """The text in NFC on one line, without control and formatting characters."""
    kept = (c if c in _JOINERS or unicodedata.category(c) not in _UNSEEN else " " for c in text)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def checked(text: str, *, field: str, limit: int) -> str:
    """One line of at most `limit` characters; raises UsageError naming the field."""
    line = one_line(text)
    if len(line) > limit:
        raise UsageError(f"This is too long: at most {limit} characters.", field=field)
    return line
