"""Names as people see them and compare them: one rule for the whole catalogue.

The storage's own bytes are kept beside them for opening a file; nothing here is used for that.
"""

import re
import unicodedata

_TOKEN = re.compile(r"[^\W_]+")
_PRIVATE = "\ue000"
_LONGEST_ENDING = 20
DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(?=\.|$)", re.IGNORECASE)
"""The beginning of a name that Windows takes for a device of its own, whatever its ending."""


def shown(raw: str) -> str:
    """The name for people: NFC, bytes that are no UTF-8 and control characters escaped as `\\xNN`."""
    text = raw.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    text = unicodedata.normalize("NFC", text)
    return "".join(_visible(c) for c in text)


def fold(name: str) -> str:
    """The form in which names are compared and sorted: NFC, case folded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def plain(text: str) -> str:
    """The form in which texts are searched: no accents, no case. Both databases make it of their columns too."""
    if text.isascii():
        return text.lower()
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return bare.casefold()


def split_ending(name: str) -> tuple[str, str]:
    """A file name and its ending with the dot; one that is too long for an ending is none."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > _LONGEST_ENDING:
        return name, ""
    return stem, dot + ending


def tokens(*texts: str | None) -> list[str]:
    """The words of some texts as search tokens: case folded, accents stripped, each once, sorted.

    Made here and not in the database, so that SQLite and PostgreSQL find the same: `IMG_0412.jpg`
    gives `0412`, `img` and `jpg` in both.
    """
    found: set[str] = set()
    for text in filter(None, texts):
        folded = "".join(
            c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c)
        )
        found.update(word[:64] for word in _TOKEN.findall(folded) if word.isalnum())
    return sorted(found)


def private(owner: int, token: str) -> str:
    """A search token that only its owner's searches hold: no text a person types can become one.

    Its mark is of the private use area, which both databases take for a letter and `tokens` never gives.
    """
    return f"{_PRIVATE}{owner}{_PRIVATE}{token}"


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in {"Cc", "Cf", "Zl", "Zp", "Cs"} and char not in "\u200d\ufe0f":  # joined emoji stay
        return f"\\x{ord(char):02x}"
    return char
