"""Text as it may stand in XML for sets that parse it by hand: named entities only, nothing that is not printed.

What goes into a `Result` is XML inside of XML, so it is escaped twice; `twice` does both at once.
"""

import re
import unicodedata

MAX_TITLE = 80

_BARRED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]+")
"""Control characters, what turns the direction of writing, what is no character at all."""


def escape(text: str) -> str:
    """Text for an element; quotes may stand as they are there."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(text: str) -> str:
    """Text for an attribute in double quotes."""
    return escape(text).replace('"', "&quot;")


def twice(text: str) -> str:
    """Text for an element of XML that is itself the text of an element."""
    return escape(escape(text))


def clean(text: str, most: int = MAX_TITLE) -> str:
    """A name as a set can show it: one line of at most so many characters, and never empty."""
    line = " ".join(_BARRED.sub(" ", text).split())
    if len(line) > most:
        line = line[: most - 1].rstrip()
        while line and unicodedata.combining(line[-1]):
            line = line[:-1]
        line += "…"
    return line or "–"
