"""What a person should know of a query that is legal: what finds nothing yet, what is gone, what changes by itself."""

from services.filters import dates, fields
from services.filters.context import Context
from services.filters.errors import FilterError
from services.filters.tree import Between, Compare, Condition, Ref, Tree, Word, Words

UNSORTED = {"likes", "seen"}
"""Orders there is nothing to sort by yet."""


def warnings(tree: Tree, context: Context) -> tuple[str, ...]:
    """Sentences about a query that is searched with."""
    found: list[str] = []
    for condition in tree.conditions():
        found += _missing(condition)
        if any((condition.field, t.id) in context.gone for t in condition.tests if isinstance(t, Ref)):
            found.append(f"“{condition.field}” names something that was deleted, so it finds nothing.")
    if (tree.sort or "").lstrip("-") in UNSORTED:
        found.append(f"There is no order by “{(tree.sort or '').lstrip('-')}” yet: the newest come first.")
    return tuple(dict.fromkeys(found))


def share_warnings(tree: Tree) -> tuple[str, ...]:
    """Sentences about a query that is to feed a share. Raises FilterError for one that asks for nothing."""
    if tree.is_empty:
        raise FilterError("A share needs a condition: an empty query would share everything.")
    found = list(moving(tree))
    if any(isinstance(node, Words) for node in tree.nodes()):
        found.append("Free words find nothing in a share: say which field is meant, such as label:family.")
    if Condition("is", (Word("trashed"),)) in tree.conditions():
        found.append("What lies in the trash is in no collection.")
    return tuple(found)


def moving(tree: Tree) -> tuple[str, ...]:
    """Sentences about what a query asks that changes by itself."""
    told = "“{}” changes by itself: items may come and go without anybody deciding."
    return tuple(told.format(name) for name in volatile(tree))


def volatile(tree: Tree) -> tuple[str, ...]:
    """What a query asks that changes by the clock or by looking."""
    names = [c.field for c in tree.conditions() if fields.get_field(c.field).volatile or _is_relative(c)]
    names += ["sort:random"] if tree.sort == "random" else []
    return tuple(dict.fromkeys([*names, *(["limit"] if tree.limit is not None else [])]))


def reads(tree: Tree) -> frozenset[str]:
    """Which facts of an item a query depends on: a change of others cannot change its answer."""
    found = {name for c in tree.conditions() for name in fields.get_field(c.field).reads}
    for condition in tree.conditions():
        for test in condition.tests:
            other = (
                fields.find_field(test.word) if condition.field == "has" and isinstance(test, Word) else None
            )
            found |= set(other.reads) if other else set()
    return frozenset(found | ({"words"} if any(isinstance(n, Words) for n in tree.nodes()) else set()))


def _missing(condition: Condition) -> list[str]:
    field = fields.get_field(condition.field)
    if field.missing:
        return [f"“{field.name}” finds nothing yet: {field.missing}"]
    words = [t.word for t in condition.tests if isinstance(t, Word)]
    found = [
        f"“{field.name}:{w}” finds nothing yet: {field.missing_words[w]}"
        for w in words
        if w in field.missing_words
    ]
    if field.name == "has":
        others = [(w, fields.find_field(w)) for w in words if w not in field.words]
        found += [f"“has:{w}” finds nothing yet: {f.missing}" for w, f in others if f and f.missing]
    return found


def _is_relative(condition: Condition) -> bool:
    if fields.get_field(condition.field).kind != "date":
        return False
    values = [v for t in condition.tests if isinstance(t, Between) for v in (t.low, t.high)]
    values += [t.value for t in condition.tests if isinstance(t, Compare)]
    return any(isinstance(v, str) and dates.is_relative(v) for v in values)
