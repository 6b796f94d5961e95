"""Conditions on one field as SQL: when they are true, when false, and whether few items fulfil them.

`services.filters.predicate` says the same in Python; a test holds the two against each other.
"""

from typing import NamedTuple

from services.filters import dates, fields
from services.filters.columns import EMPTY_TEXTS, FLAGS, NUMBERS, TEXTS, Flag
from services.filters.context import Context
from services.filters.fields import Field
from services.filters.globs import fits_folder, folder_text, like
from services.filters.intervals import Interval, intervals_of
from services.filters.places import box_sql, near_sql
from services.filters.statement import FALSE, TRUE, Part, every, meta, meta_known, no, one_of, plain, some
from services.filters.tree import Box, Compare, Condition, Empty, Near, Ref, Test, Text, Word
from services.filters.wording import FEW
from services.models import Folder, Storage, database
from services.models.database import is_sqlite


class Leaf(NamedTuple):
    """When a condition is true and when it is false; `few`: what is true of few items, found by an index."""

    true: Part
    false: Part
    few: bool = False


UNKNOWN = Leaf(FALSE, FALSE)


def condition(node: Condition, context: Context) -> Leaf:
    """One of the tests holds; a thing that is gone makes the whole condition unknown."""
    field = fields.get_field(node.field)
    refs = [t.id for t in node.tests if isinstance(t, Ref)]
    if any((field.name, id) in context.gone for id in refs):
        return UNKNOWN
    if field.kind == "bare":
        return _known(_on_this_day(context))
    found = [_guarded(field, t, context) for t in node.tests if not isinstance(t, Ref)]
    if refs:
        found.append(_owners(field, "", _refs(field, refs, context), context))
    return Leaf(some(t.true for t in found), every(t.false for t in found), all(t.few for t in found))


def _guarded(field: Field, test: Test, context: Context) -> Leaf:
    """A test, unknown where nothing is recorded yet and for what is not the viewer's to know."""
    word = test.word if isinstance(test, Word) else ""
    if field.why_missing(word):
        return UNKNOWN
    return _owners(field, word, _test(field, test, context), context)


def _owners(field: Field, word: str, leaf: Leaf, context: Context) -> Leaf:
    if leaf == UNKNOWN or not (field.is_owners(word) or fields.is_place(field, word)):
        return leaf
    mine = Part("t1.owner_id = ?", (context.viewer_id,))
    if not field.is_owners(word) and context.places is not None:
        mine = some([mine, context.places])
    return Leaf(every([mine, leaf.true]), every([mine, leaf.false]), leaf.few)


def _known(true: Part, few: bool = False) -> Leaf:
    return Leaf(true, no(true), few)


def _test(field: Field, test: Test, context: Context) -> Leaf:
    if isinstance(test, Empty):
        return _empty(field, context)
    if field.name in NUMBERS:
        return _number(field, test, context)
    match test:
        case Word(word) if field.name == "has":
            return _has(word, context)
        case Word(word) if field.name == "owner":
            return _known(Part("t1.owner_id = ?", (context.viewer_id,)))
        case Word(word):
            return _flag(FLAGS[field.name, word], context)
        case Text() if field.name == "path":
            return _known(_in_folders(test, context))
        case Text():
            columns = some(_like(column, like(test)) for column in TEXTS[field.name].sql)
            return _known(every([no(_is_blank(field.name)), columns]))
        case Near():
            return _known(near_sql(test))
        case Box():
            return _known(box_sql(test))
        case Compare(_, value) if field.name == "ext":
            return _known(_like("t1.name", like(Text(f"*.{value}", pattern=True))))
        case Compare(_, value) if field.name == "hash":
            sha = bytes.fromhex(str(value))
            return _known(
                Part("t1.id IN (SELECT a.item_id FROM asset a WHERE a.sha256 = ?)", (sha,)), few=is_sqlite()
            )
        case Compare(_, value):
            column = meta("codec", "text")
            same = every([Part(f"{column} IS NOT NULL"), Part(f"{column} = ?", (value,))])
            return _if_known("codec", same)
    raise AssertionError(f"{field.name} has no such test: {test}")


def _number(field: Field, test: Test, context: Context) -> Leaf:
    column = NUMBERS[field.name]
    sql = column.sql(context)
    true = some(_inside(sql, each, column.floor) for each in intervals_of(field, test, context))
    return _if_known(column.known, true)


def _inside(sql: str, interval: Interval, floor: int | None) -> Part:
    parts = []
    if interval.low is not None:
        parts.append(Part(f"{sql} {'>' if interval.low_open else '>='} ?", (interval.low,)))
    elif floor is not None:
        parts.append(Part(f"{sql} > ?", (floor,)))
    if interval.high is not None:
        parts.append(Part(f"{sql} {'<' if interval.high_open else '<='} ?", (interval.high,)))
    if floor is None:
        parts.insert(0, Part(f"({sql}) IS NOT NULL"))
    return every(parts)


def _if_known(key: str, true: Part) -> Leaf:
    """What a file's metadata tell is unknown until it was read for that."""
    if not key:
        return _known(true)
    known = meta_known(key)
    return Leaf(every([known, true]), every([known, no(true)]))


def _empty(field: Field, context: Context) -> Leaf:
    if field.name in NUMBERS:
        column = NUMBERS[field.name]
        if column.floor is not None:
            return _known(Part("t1.taken_local IS NULL"))
        return _if_known(column.known, Part(f"({column.sql(context)}) IS NULL"))
    if field.name in EMPTY_TEXTS:
        return _known(_is_blank(field.name))
    if field.name == "codec":
        return _if_known("codec", Part(f"{meta('codec', 'text')} IS NULL"))
    if field.name == "label":
        return _known(no(_labelled_at_all(context)))
    if field.name in {"collection", "event"}:
        return _known(no(_gathered(field, TRUE, context)))
    assert field.group == "place"  # noqa: S101  nothing else can be empty
    return _known(Part("t1.lat IS NULL"))


def _has(word: str, context: Context) -> Leaf:
    if word == "caption":
        return _known(no(_is_blank("caption")))
    if ("has", word) in FLAGS:
        return _flag(FLAGS["has", word], context)
    field = fields.get_field(word)
    empty = _guarded(field, Empty(), context)
    return Leaf(empty.false, empty.true)


def _flag(flag: Flag, context: Context) -> Leaf:
    true = flag.sql(context)
    return Leaf(true, no(true) if flag.false is None else flag.false(context))


def _is_blank(name: str) -> Part:
    columns = EMPTY_TEXTS.get(name)
    if columns is None:
        return FALSE
    return every(Part(f"COALESCE(t1.{column}, '') = ''") for column in columns)


def _like(column: str, pattern: str) -> Part:
    text = plain(f"COALESCE({column}, '')")
    return Part(f"({text.text}) LIKE ? ESCAPE '\\'", (*text.values, pattern))


def _refs(field: Field, ids: list[int], context: Context) -> Leaf:
    if field.missing:
        return UNKNOWN
    if field.name == "owner":
        return _known(one_of("t1.owner_id", ids))
    if field.name == "storage":
        return _known(_with_file("storage_id", ids))
    if field.name in {"collection", "event"}:
        return _known(_gathered(field, one_of("k.id", ids), context))
    assert field.name == "label"  # noqa: S101  what else points to something is missing
    wanted = one_of("l.label_id", ids)
    if _are_few(wanted):
        sql = f"SELECT l.item_id FROM item_label l JOIN item i ON i.id = l.item_id WHERE {wanted.text}"  # noqa: S608
        counts = _counting("i.owner_id", context)
        part = Part(f"t1.id IN ({sql} AND ({counts.text}))", (*wanted.values, *counts.values))
        return Leaf(part, no(part), few=True)
    return _known(_labelled(wanted, context))


def _are_few(wanted: Part) -> bool:
    if not is_sqlite():
        return False
    sql = f"SELECT 1 FROM item_label l WHERE {wanted.text} LIMIT 1 OFFSET ?"  # noqa: S608
    return not database.rows(sql, *wanted.values, FEW)


def _labelled(wanted: Part, context: Context) -> Part:
    counts = _counting("t1.owner_id", context)
    return Part(
        f"EXISTS (SELECT 1 FROM item_label l WHERE l.item_id = t1.id AND ({wanted.text}) AND ({counts.text}))",  # noqa: S608
        (*wanted.values, *counts.values),
    )


def _labelled_at_all(context: Context) -> Part:
    """With any label; asked for both kinds of source, of which each has its index by item."""
    kinds = (Part("l.source = 'hand'"), Part("l.source <> 'hand'"))
    return some(_labelled(kind, context) for kind in kinds)


def _counting(owner: str, context: Context) -> Part:
    """Which labels count: in a share those that the owner set by hand, or of a source they trusted."""
    if context.for_share:
        trusted = some(Part("l.source = ?", (source,)) for source in sorted(context.trusted - {"hand"}))
        return some([Part(f"l.source = 'hand' AND l.author_id = {owner}"), trusted])
    return Part(f"l.source <> 'hand' OR l.author_id = {owner} OR l.author_id = ?", (context.viewer_id,))


def _gathered(field: Field, wanted: Part, context: Context) -> Part:
    """In one of the viewer's own collections, or shown at an event they organise or joined."""
    if field.name == "collection":
        sql = (
            "SELECT 1 FROM collection_item m JOIN collection k ON k.id = m.collection_id WHERE m.item_id = t1.id "
            "AND m.shown AND k.owner_id = ? AND k.purpose = 'own' AND k.deleted_at IS NULL"
        )
        return Part(f"EXISTS ({sql} AND ({wanted.text}))", (context.viewer_id, *wanted.values))
    sql = (
        "SELECT 1 FROM event k WHERE (k.owner_id = ? OR EXISTS (SELECT 1 FROM event_person p WHERE p.event_id = k.id "
        "AND p.user_id = ? AND p.left_at IS NULL)) AND (EXISTS (SELECT 1 FROM collection_item m "
        "WHERE m.collection_id = k.collection_id AND m.item_id = t1.id AND m.shown) OR EXISTS (SELECT 1 FROM arrival a "
        "WHERE a.collection_id = k.collection_id AND a.item_id = t1.id AND a.state = 'approved'))"
    )
    return Part(f"EXISTS ({sql} AND ({wanted.text}))", (context.viewer_id, context.viewer_id, *wanted.values))


def _in_folders(test: Text, context: Context) -> Part:
    """In one of the viewer's folders whose path fits; there are few of them, so they are looked at here."""
    rows = (
        Folder.select(Folder.id, Folder.path)
        .join(Storage)
        .where((Storage.owner == context.viewer_id) & Storage.removed_at.is_null())
        .tuples()
    )
    found = [id for id, path in rows if fits_folder(test, folder_text(path))]
    return _with_file("folder_id", found)


def _with_file(column: str, ids: list[int]) -> Part:
    """With a file there. The plus keeps SQLite from walking all files there for each item."""
    wanted = one_of(f"+f.{column}" if is_sqlite() else f"f.{column}", ids)
    if wanted == FALSE:
        return FALSE
    files = "SELECT 1 FROM file f JOIN asset a ON a.id = f.asset_id JOIN storage s ON s.id = f.storage_id"
    there = "a.item_id = t1.id AND s.removed_at IS NULL AND f.presence <> 'missing'"
    return Part(f"EXISTS ({files} WHERE {there} AND ({wanted.text}))", wanted.values)


def _on_this_day(context: Context) -> Part:
    days = dates.days_like(context.today)
    return every([Part("t1.taken_local IS NOT NULL"), one_of("t1.day % 10000", days)])
