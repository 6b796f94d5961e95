"""Texts that are looked for: parts of a text, or patterns with `*` and `?`, without case and accents."""

from services.filters.tree import Text
from services.names import plain, shown


def like(test: Text) -> str:
    """The LIKE pattern of a text, for columns in their plain form; its escape character is the backslash."""
    text = plain(test.text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return text.replace("*", "%").replace("?", "_") if test.pattern else f"%{text}%"


def fits(test: Text, text: str) -> bool:
    """The same in Python. Takes time in proportion to the text, whatever the pattern."""
    wanted = plain(test.text)
    return _matches(wanted, text) if test.pattern else wanted in text


def folder_text(path: str) -> str:
    """A folder's path as it is looked for: plain, with a slash at both ends."""
    return f"/{plain(shown(path))}/" if path else "/"


def fits_folder(test: Text, folder: str) -> bool:
    """Whether a folder's text holds what is looked for; a pattern must fit the path without its outer slashes."""
    return fits(test, folder.strip("/") if test.pattern else folder)


def _matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits: what lies between two stars is taken at its first place."""
    first, *rest = pattern.split("*")
    if not _is_at(first, text, 0):
        return False
    if not rest:
        return len(first) == len(text)
    at = len(first)
    for part in rest[:-1]:
        while at + len(part) <= len(text) and not _is_at(part, text, at):
            at += 1
        at += len(part)
        if at > len(text):
            return False
    last = rest[-1]
    return len(text) - len(last) >= at and _is_at(last, text, len(text) - len(last))


def _is_at(part: str, text: str, at: int) -> bool:
    if at + len(part) > len(text):
        return False
    return all(p in {"?", c} for p, c in zip(part, text[at:], strict=False))
