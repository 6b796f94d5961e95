"""A query as a function of one item: for what changed, when it is held against many stored queries.

`services.filters.sql` says the same in SQL; a test holds the two against each other. Truth has three values:
None is unknown.
"""

from collections.abc import Iterable

from services.filters import dates, fields, wording
from services.filters.columns import EMPTY_TEXTS, FLAGS, NUMBERS, TEXTS, text_values
from services.filters.context import Context
from services.filters.facts import Facts, LabelFact
from services.filters.fields import Field
from services.filters.globs import fits, fits_folder
from services.filters.intervals import intervals_of
from services.filters.places import is_inside, is_near
from services.filters.tree import (
    All,
    AtLeast,
    Box,
    Compare,
    Condition,
    Either,
    Empty,
    Near,
    Node,
    Not,
    Ref,
    Test,
    Text,
    Tree,
    Word,
    Words,
)
from services.names import plain


def matches(tree: Tree, facts: Facts, context: Context) -> bool:
    """Whether the query holds of the item: what is unknown does not."""
    return truth(tree.where, facts, context) is True


def truth(node: Node, facts: Facts, context: Context) -> bool | None:
    """Whether a node holds of the item; None when that is unknown."""
    match node:
        case Words():
            wanted = wording.wanted(node, context)
            return wording.holds(wanted, facts.tokens) if wanted else None
        case Condition():
            return _condition(node, facts, context)
        case Not(part):
            return _not(truth(part, facts, context))
        case All(parts):
            return _not(_some(_not(truth(p, facts, context)) for p in parts))
        case Either(parts):
            return _some(truth(p, facts, context) for p in parts)
        case AtLeast(number, parts):
            found = [truth(p, facts, context) for p in parts]
            if found.count(True) >= number:
                return True
            return False if len(found) - found.count(False) < number else None


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _some(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    return True if True in found else None if None in found else False


def _condition(node: Condition, facts: Facts, context: Context) -> bool | None:
    field = fields.get_field(node.field)
    if any((field.name, t.id) in context.gone for t in node.tests if isinstance(t, Ref)):
        return None
    if field.kind == "bare":
        return facts.item.day % 10000 in dates.days_like(context.today)
    return _some(_guarded(field, test, facts, context) for test in node.tests)


def _guarded(field: Field, test: Test, facts: Facts, context: Context) -> bool | None:
    word = test.word if isinstance(test, Word) else ""
    if field.why_missing(word):
        return None
    if facts.item.owner_id != context.viewer_id and (
        field.is_owners(word) or (fields.is_place(field, word) and not facts.shows_place)
    ):
        return None
    return _test(field, test, facts, context)


def _test(field: Field, test: Test, facts: Facts, context: Context) -> bool | None:
    if isinstance(test, Empty):
        return _empty(field, facts, context)
    if field.name in NUMBERS:
        return _number(field, test, facts, context)
    match test:
        case Word(word) if field.name == "has":
            return _has(word, facts, context)
        case Word(word) if field.name == "owner":
            return bool(facts.item.owner_id == context.viewer_id)
        case Word(word):
            return FLAGS[field.name, word].get(facts, context)
        case Ref(id):
            return _ref(field, id, facts, context)
        case Text() if field.name == "path":
            return any(
                fits_folder(test, f.folder) for f in facts.files if f.presence != "missing" and not f.removed
            )
        case Text():
            return not _is_blank(field.name, facts) and any(
                fits(test, t) for t in text_values(TEXTS[field.name], facts)
            )
        case Near():
            return facts.item.lat is not None and is_near(test, facts.item.lat, facts.item.lon)
        case Box():
            return facts.item.lat is not None and is_inside(test, facts.item.lat, facts.item.lon)
        case Compare(_, value) if field.name == "ext":
            return plain(facts.item.name).endswith(f".{value}")
        case Compare(_, value) if field.name == "hash":
            return any(a.sha256 is not None and a.sha256.hex() == value for a in facts.assets)
        case Compare(_, value):
            return bool(facts.meta["codec"] == value) if facts.meta and "codec" in facts.meta else None
    raise AssertionError(f"{field.name} has no such test: {test}")


def _number(field: Field, test: Test, facts: Facts, context: Context) -> bool | None:
    column = NUMBERS[field.name]
    if column.known and column.known not in (facts.meta or {}):
        return None
    value = column.get(facts, context)
    return value is not None and any(each.holds(value) for each in intervals_of(field, test, context))


def _empty(field: Field, facts: Facts, context: Context) -> bool | None:
    key = NUMBERS[field.name].known if field.name in NUMBERS else "codec" if field.name == "codec" else ""
    if key and key not in (facts.meta or {}):
        return None
    if field.name in NUMBERS:
        return NUMBERS[field.name].get(facts, context) is None
    if field.name in EMPTY_TEXTS:
        return _is_blank(field.name, facts)
    if field.name == "codec":
        return (facts.meta or {})["codec"] is None
    if field.name == "label":
        return not any(_counts(label, facts, context) for label in facts.labels)
    if field.name in {"collection", "event"}:
        return not _gathered(field, facts, context)
    return facts.item.lat is None


def _has(word: str, facts: Facts, context: Context) -> bool | None:
    if word == "caption":
        return not _is_blank("caption", facts)
    if ("has", word) in FLAGS:
        return FLAGS["has", word].get(facts, context)
    return _not(_guarded(fields.get_field(word), Empty(), facts, context))


def _is_blank(name: str, facts: Facts) -> bool:
    columns = EMPTY_TEXTS.get(name)
    return columns is not None and not any(getattr(facts.item, column) for column in columns)


def _ref(field: Field, id: int, facts: Facts, context: Context) -> bool:
    if field.name == "owner":
        return bool(facts.item.owner_id == id)
    if field.name == "storage":
        return any(f.storage_id == id and f.presence != "missing" and not f.removed for f in facts.files)
    if field.name in {"collection", "event"}:
        return id in _gathered(field, facts, context)
    return any(label.id == id and _counts(label, facts, context) for label in facts.labels)


def _gathered(field: Field, facts: Facts, context: Context) -> set[int]:
    """The viewer's own collections, or the events they organise or joined, that show the item."""
    if field.name == "collection":
        return {id for id, owner in facts.collections.items() if owner == context.viewer_id}
    return {id for id, people in facts.events.items() if context.viewer_id in people}


def _counts(label: LabelFact, facts: Facts, context: Context) -> bool:
    """Which labels count: in a share those that the owner set by hand, or of a source they trusted."""
    owner = facts.item.owner_id
    if context.for_share:
        trusted = label.source in context.trusted - {"hand"}
        return trusted or (label.source == "hand" and label.author_id == owner)
    return label.source != "hand" or label.author_id in {owner, context.viewer_id}
