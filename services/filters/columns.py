"""What each field is in an item: as SQL and as Python, side by side, so that the two say the same.

Numbers and dates are columns that lie in intervals, texts are columns that contain something, and states
are flags. What is null or None is empty.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.filters import statement
from services.filters.context import Context
from services.filters.facts import Facts
from services.filters.statement import Part
from services.models.items import UNDATED
from services.names import plain

Number = int | float

DAY_US = 86_400_000_000
SHIFT = 7 * 200_000 * DAY_US
"""Whole weeks that make every time positive, so that division is the same everywhere."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers. `floor` stands for empty, where null does not; `known` is a key of the file's metadata."""

    sql: Callable[[Context], str]
    get: Callable[[Facts, Context], Number | None]
    floor: int | None = None
    known: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """Columns of text of which one must hold the condition."""

    sql: tuple[str, ...]
    get: Callable[[Facts], tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class Flag:
    """A state an item is in or not. `false` says in SQL when it is not, where it may be unknown."""

    sql: Callable[[Context], Part]
    get: Callable[[Facts, Context], bool | None]
    false: Callable[[Context], Part] | None = None


def _column(name: str) -> Numbers:
    return Numbers(lambda c: f"t1.{name}", lambda f, c: getattr(f.item, name))


def _dated(sql: str, get: Callable[[Any], Number]) -> Numbers:
    """A number made of the date, null without one."""
    return Numbers(
        lambda c: f"CASE WHEN t1.taken_local IS NULL THEN NULL ELSE {sql} END",
        lambda f, c: None if f.item.taken_local is None else get(f.item),
    )


def _meta(key: str) -> Numbers:
    cast = "boolean::int" if key == "flash" else "double precision"

    def get(facts: Facts, context: Context) -> Number | None:
        value = (facts.meta or {}).get(key)
        return None if value is None else float(value)

    return Numbers(lambda c: statement.meta(key, cast), get, known=key)


def _ratio(facts: Facts, context: Context) -> Number | None:
    i = facts.item
    return float(i.ratio) if i.width and i.height else None


_TAKEN = Numbers(
    lambda c: "t1.sort_at", lambda f, c: None if f.item.taken_local is None else f.item.sort_at, floor=UNDATED
)
_RATIO = Numbers(lambda c: "CASE WHEN t1.width > 0 AND t1.height > 0 THEN t1.ratio END", _ratio)


def _opinion(column: str, context: Context) -> str:
    """Of one's own items favourite and rating stand at the item, of those of others in the overlay."""
    viewer = int(context.viewer_id)
    other = f"(SELECT o.{column} FROM overlay o WHERE o.user_id = {viewer} AND o.item_id = t1.id)"  # noqa: S608
    return f"CASE WHEN t1.owner_id = {viewer} THEN t1.{column} ELSE {other} END"


def _rating(facts: Facts, context: Context) -> Number | None:
    if _mine(facts, context):
        rating: int | None = facts.item.rating
        return rating
    opinion = facts.opinions.get(context.viewer_id)
    return None if opinion is None else opinion.rating


def _is_favourite(facts: Facts, context: Context) -> bool:
    opinion = facts.opinions.get(context.viewer_id)
    return bool(facts.item.favourite) if _mine(facts, context) else opinion is not None and opinion.favourite


def _is_hidden(facts: Facts, context: Context) -> bool:
    opinion = facts.opinions.get(context.viewer_id)
    return opinion is not None and opinion.hidden


NUMBERS: Mapping[str, Numbers] = {
    "taken": _TAKEN,
    "year": _TAKEN,
    "month": _dated("t1.day / 100 % 100", lambda i: i.day // 100 % 100),
    "day": _dated("t1.day % 100", lambda i: i.day % 100),
    "weekday": _dated(
        f"((t1.sort_at + {SHIFT}) / {DAY_US} + 3) % 7 + 1",
        lambda i: ((i.sort_at + SHIFT) // DAY_US + 3) % 7 + 1,
    ),
    "time": _dated(
        f"(t1.sort_at + {SHIFT}) / 60000000 % 1440", lambda i: (i.sort_at + SHIFT) // 60_000_000 % 1440
    ),
    "added": _column("created_at"),
    "changed": _column("changed_at"),
    "width": _column("width"),
    "height": _column("height"),
    "mp": Numbers(
        lambda c: "t1.width * t1.height",
        lambda f, c: None if f.item.width is None or f.item.height is None else f.item.width * f.item.height,
    ),
    "size": _column("size"),
    "ratio": _RATIO,
    "orientation": _RATIO,
    "duration": _column("duration_ms"),
    "rating": Numbers(lambda c: _opinion("rating", c), _rating),
    **{key: _meta(key) for key in ("iso", "f", "mm", "exposure", "flash", "fps")},
}

TEXTS: Mapping[str, Texts] = {
    "name": Texts(("t1.name",), lambda f: (f.item.name,)),
    "camera": Texts(
        ("t1.model", "t1.make", "COALESCE(t1.make, '') || ' ' || COALESCE(t1.model, '')"),
        lambda f: (f.item.model, f.item.make, f"{f.item.make or ''} {f.item.model or ''}"),
    ),
    "make": Texts(("t1.make",), lambda f: (f.item.make,)),
    "lens": Texts(("t1.lens",), lambda f: (f.item.lens,)),
}

EMPTY_TEXTS: Mapping[str, tuple[str, ...]] = {
    "camera": ("make", "model"), "make": ("make",), "lens": ("lens",), "caption": ("title", "description"),
}  # fmt: skip
"""Fields that are empty when all these columns are."""

_FILES = "FROM file f JOIN storage s ON s.id = f.storage_id WHERE s.removed_at IS NULL"
_REACHABLE = f"{_FILES} AND f.presence = 'present' AND s.state IN ('online', 'slow', 'paused')"
_OFFERED = """EXISTS (
    SELECT 1 FROM collection_item m JOIN "grant" g ON g.collection_id = m.collection_id AND g.owner_id = t1.owner_id
    WHERE m.item_id = t1.id AND m.shown AND g.state = 'active' AND (g.expires_at IS NULL OR g.expires_at > ?)
)"""
_DECIDED = """
    EXISTS (
        SELECT 1 FROM collection_item m JOIN collection k ON k.id = m.collection_id WHERE m.item_id = t1.id
        AND m.approval = ? AND m.matches AND m.rule = '' AND k.owner_id = t1.owner_id AND k.deleted_at IS NULL
    ) OR EXISTS (
        SELECT 1 FROM arrival a JOIN "grant" g ON g.id = a.grant_id
        JOIN collection_item m ON m.collection_id = g.collection_id AND m.item_id = a.item_id AND m.shown
        WHERE a.item_id = t1.id AND a.state = ? AND g.state = 'active' AND (g.expires_at IS NULL OR g.expires_at > ?)
    )
"""
"""That its owner was to decide whether it goes out of a collection, or somebody whether it comes into theirs."""
_PLACES = f"SELECT f.asset_id {_FILES} AND f.presence = 'present' AND f.asset_id = a.id"


def _part(text: str) -> Callable[[Context], Part]:
    return lambda c: Part(text)


def _mine(facts: Facts, context: Context) -> bool:
    return bool(facts.item.owner_id == context.viewer_id)


def _is_away(facts: Facts, context: Context) -> bool:
    i = facts.item
    if i.missing or i.trashed_at is not None or i.withdrawn_at is not None:
        return False
    return bool(i.suspect) or not any(f.reachable and f.asset_id == i.cover_id for f in facts.files)


def _is_twice(facts: Facts, context: Context) -> bool:
    places = [f.asset_id for f in facts.files if f.presence == "present" and not f.removed]
    return len(places) > len(set(places))


def _is_raw(facts: Facts, context: Context) -> bool:
    return any(a.role == "raw" or a.mime.startswith("image/x-") for a in facts.assets)


def _decided(state: str) -> Flag:
    return Flag(
        lambda c: Part(_DECIDED, (state, state, c.now)),
        lambda f, c: any(s == state and (end is None or end > c.now) for s, end in f.decisions),
    )


def _came(source: str) -> Flag:
    """How an item came: unknown of what came before that was noted."""
    return Flag(
        lambda c: Part("COALESCE(t1.source, '') = ?", (source,)),
        lambda f, c: None if f.item.source is None else bool(f.item.source == source),
        lambda c: Part("COALESCE(t1.source, ?) <> ?", (source, source)),
    )


def _has_sound(facts: Facts, context: Context) -> bool | None:
    """A video says whether it has sound once it was read for that; every other kind tells it by itself."""
    if facts.item.type == "video":
        sound: bool | None = (facts.meta or {}).get("audio")
        return sound
    return bool(facts.item.type == "audio")


def _is_unwanted(facts: Facts, context: Context) -> bool | None:
    return True if facts.unwanted else None if is_unread(facts) else False


def is_unread(facts: Facts) -> bool:
    """Whether a file of the item was only listed so far: nobody knows its bytes, nor all that it says."""
    return any(a.sha256 is None and a.role != "sidecar" for a in facts.assets)


UNREAD = """
    EXISTS (SELECT 1 FROM asset a WHERE a.item_id = t1.id AND a.role <> 'sidecar' AND a.sha256 IS NULL)
"""
"""The same as `is_unread`."""
_UNWANTED = """
    EXISTS (
        SELECT 1 FROM asset a CROSS JOIN tombstone x
        WHERE a.item_id = t1.id AND x.sha256 = a.sha256 AND x.owner_id = t1.owner_id
    )
"""
"""CROSS JOIN keeps SQLite from walking all that the owner ever deleted."""


def _sound() -> str:
    """What a video's container says: 1 with sound, 0 without, -1 where nobody has looked."""
    return f"COALESCE({statement.meta('audio', 'boolean::int')}, -1)"


_TWICE = Flag(
    _part(
        f"EXISTS (SELECT 1 FROM asset a WHERE a.item_id = t1.id AND (SELECT COUNT(*) FROM ({_PLACES}) p) > 1)"  # noqa: S608
    ),
    _is_twice,
)

FLAGS: Mapping[tuple[str, str], Flag] = {
    ("type", "photo"): Flag(_part("t1.type = 'photo'"), lambda f, c: f.item.type == "photo"),
    ("type", "video"): Flag(_part("t1.type = 'video'"), lambda f, c: f.item.type == "video"),
    ("type", "audio"): Flag(_part("t1.type = 'audio'"), lambda f, c: f.item.type == "audio"),
    ("type", "live"): Flag(_part("t1.motion"), lambda f, c: bool(f.item.motion)),
    ("type", "raw"): Flag(
        _part(
            "EXISTS (SELECT 1 FROM asset a WHERE a.item_id = t1.id AND (a.role = 'raw' OR a.mime LIKE 'image/x-%'))"
        ),
        _is_raw,
    ),
    ("type", "animated"): Flag(_part("t1.animated"), lambda f, c: bool(f.item.animated)),
    ("type", "panorama"): Flag(_part("t1.panorama"), lambda f, c: bool(f.item.panorama)),
    ("is", "mine"): Flag(lambda c: Part("t1.owner_id = ?", (c.viewer_id,)), _mine),
    ("is", "favourite"): Flag(lambda c: Part(f"COALESCE({_opinion('favourite', c)}, FALSE)"), _is_favourite),
    ("is", "hidden"): Flag(
        lambda c: Part(
            "EXISTS (SELECT 1 FROM overlay o WHERE o.user_id = ? AND o.item_id = t1.id AND o.hidden)",
            (c.viewer_id,),
        ),
        _is_hidden,
    ),
    ("is", "shared"): Flag(
        lambda c: Part(_OFFERED, (c.now,)), lambda f, c: any(end is None or end > c.now for end in f.offers)
    ),
    **{("is", state): _decided(state) for state in ("pending", "approved")},
    ("is", "stacked"): Flag(_part("t1.stack IS NOT NULL"), lambda f, c: f.item.stack is not None),
    ("is", "cover"): Flag(
        _part("t1.stack IS NOT NULL AND t1.stack_cover"),
        lambda f, c: f.item.stack is not None and bool(f.item.stack_cover),
    ),
    ("is", "damaged"): Flag(_part("t1.damaged IS NOT NULL"), lambda f, c: f.item.damaged is not None),
    ("is", "offline"): Flag(
        _part(
            "NOT t1.missing AND t1.trashed_at IS NULL AND t1.withdrawn_at IS NULL "
            f"AND (t1.suspect OR NOT EXISTS (SELECT 1 {_REACHABLE} AND f.asset_id = t1.cover_id))"
        ),
        _is_away,
    ),
    ("is", "missing"): Flag(_part("t1.missing"), lambda f, c: bool(f.item.missing)),
    ("is", "trashed"): Flag(_part("t1.trashed_at IS NOT NULL"), lambda f, c: f.item.trashed_at is not None),
    ("is", "withdrawn"): Flag(
        _part("t1.withdrawn_at IS NOT NULL"), lambda f, c: f.item.withdrawn_at is not None
    ),
    ("is", "unwanted"): Flag(_part(_UNWANTED), _is_unwanted, _part(f"NOT ({_UNWANTED} OR {UNREAD})")),
    ("is", "duplicate"): _TWICE,
    ("dup", "exact"): _TWICE,
    ("has", "gps"): Flag(_part("t1.lat IS NOT NULL"), lambda f, c: f.item.lat is not None),
    ("has", "sidecar"): Flag(
        _part("EXISTS (SELECT 1 FROM asset a WHERE a.item_id = t1.id AND a.role = 'sidecar')"),
        lambda f, c: any(a.role == "sidecar" for a in f.assets),
    ),
    ("has", "audio"): Flag(
        lambda c: Part(f"t1.type = 'audio' OR (t1.type = 'video' AND {_sound()} = 1)"),
        _has_sound,
        lambda c: Part(f"t1.type = 'photo' OR (t1.type = 'video' AND {_sound()} = 0)"),
    ),
    **{("source", word): _came(word) for word in ("scan", "upload", "event")},
}


def text_values(texts: Texts, facts: Facts) -> list[str]:
    """The texts of an item that are there, in their plain form."""
    return [plain(text) for text in texts.get(facts) if text]
