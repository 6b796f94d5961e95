"""The one table of what a query can ask for. Help, completion, form and documentation are made from it.

A field has a kind, which says how its values are written and compared (`services.filters.kinds`). What
no part of Hypomos records yet says so in `missing`: such a field is understood, but *unknown* for every
item, so a condition on it holds of none, and neither does its opposite.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "date", "number", "month", "weekday", "clock", "text", "token", "word", "ref", "hash", "near", "box",
    "item", "person", "bare", "output",
]  # fmt: skip
Group = Literal[
    "time", "owner", "kind", "state", "camera", "image", "place", "people", "opinions", "statistics",
    "technical", "output",
]  # fmt: skip
Unit = Literal["", "size", "duration", "exposure", "ratio"]

GROUPS: Mapping[Group, str] = {
    "time": "Time", "owner": "Where it lies and whose it is", "kind": "Kind", "state": "State", "camera": "Camera",
    "image": "Picture and sound", "place": "Place", "people": "People and labels", "opinions": "Opinions",
    "statistics": "Statistics", "technical": "Technical", "output": "How the result is put out",
}  # fmt: skip
"""The groups of fields in order, with their headings."""

COMPARED: frozenset[Kind] = frozenset({"date", "number", "month", "weekday", "clock"})
"""Kinds that take `<`, `>` and ranges."""

ANALYSIS = "Nothing analyses pictures yet."
COUNTED = "Nothing counts views and downloads yet."
BY_SHARE = "What is opened is counted for each share, and not for each picture yet."


@dataclass(frozen=True, slots=True)
class Field:
    """What can be asked of an item.

    `words` are those of a closed list with their other spellings. `owner_only`: known of the asking person's
    own items alone. `volatile`: what it finds changes by the clock or by looking. `reads` names the facts of
    an item it depends on. `stands_for` is another field with an operator that it is only a way to write.
    `near` is how much an equal number may be off: relatively, and in the field's unit.
    """

    name: str
    group: Group
    kind: Kind
    help: str
    example: str
    aliases: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unit: Unit = ""
    near: tuple[float, float] = (0.0, 0.0)
    owner_only: bool = False
    volatile: bool = False
    missing: str = ""
    optional: bool = False
    reads: tuple[str, ...] = ()
    stands_for: tuple[str, str] | None = None
    missing_words: Mapping[str, str] = field(default_factory=dict)
    owner_words: frozenset[str] = frozenset()

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators it takes."""
        if self.kind in {"output", "bare"}:
            return (":",) if self.kind == "output" else ()
        return (":", "!=", "<", "<=", ">", ">=") if self.kind in COMPARED else (":", "!=")

    def why_missing(self, word: str = "") -> str:
        """Why nothing is known of it, or of one of its words, yet; empty when something is."""
        return self.missing or self.missing_words.get(word, "")

    def is_owners(self, word: str = "") -> bool:
        """Whether it, or one of its words, is known of one's own items alone."""
        return self.owner_only or word in self.owner_words


def is_place(field: Field, word: str = "") -> bool:
    """Whether it tells where an item was taken, which not everybody who sees it may know."""
    return field.group == "place" or word == "gps"


def _words(*names: str, **others: str) -> dict[str, tuple[str, ...]]:
    """Words of a closed list; those with other spellings come as `word="one two"`."""
    return {name: () for name in names} | {name: tuple(text.split()) for name, text in others.items()}


MONTHS = _words(
    january="jan januar jänner", february="feb februar", march="mar märz", april="apr", may="mai", june="jun juni",
    july="jul juli", august="aug", september="sep sept", october="oct oktober okt", november="nov",
    december="dec dezember dez",
)  # fmt: skip
WEEKDAYS = _words(
    monday="mon mo montag", tuesday="tue di dienstag", wednesday="wed mi mittwoch", thursday="thu do donnerstag",
    friday="fri fr freitag", saturday="sat sa samstag sonnabend", sunday="sun so sonntag",
)  # fmt: skip
SHAPES = _words(landscape="querformat", portrait="hochformat", square="quadratisch", panorama="panoramic")
YES_NO = _words(yes="ja true on", no="nein false off")

_STATE = _words(
    "mine", "stacked", "cover", "damaged", "offline", "missing", "trashed", "withdrawn", "hidden", "shared", "hot",
    "cold", "pinned", "unwanted", "approved", "pending", favourite="favorite", duplicate="dup",
)  # fmt: skip
_NO_TIERS = "There are no tiers yet."
_STATE_MISSING = {
    "hot": _NO_TIERS, "cold": _NO_TIERS, "pinned": _NO_TIERS,
}  # fmt: skip

FIELDS: tuple[Field, ...] = (
    Field("taken", "time", "date", "When it was taken, by the clock at the place.", "taken:2026-07-04..2026-07-18",
          ("date",), optional=True, reads=("taken",)),
    Field("after", "time", "date", "Taken on that day or later.", "after:2026-07", stands_for=("taken", ">=")),
    Field("before", "time", "date", "Taken before that day.", "before:2026", stands_for=("taken", "<")),
    Field("newer_than", "time", "date", "Taken in the last days, weeks, months or years.", "newer_than:30d",
          volatile=True, stands_for=("taken", "<")),
    Field("older_than", "time", "date", "Taken longer ago.", "older_than:1y", volatile=True,
          stands_for=("taken", ">")),
    Field("year", "time", "number", "The year it was taken in.", "year:2024", optional=True, reads=("taken",)),
    Field("month", "time", "month", "The month, in any year.", "month:july", words=MONTHS, optional=True,
          reads=("taken",)),
    Field("day", "time", "number", "The day of the month.", "day:24", optional=True, reads=("taken",)),
    Field("weekday", "time", "weekday", "The day of the week.", "weekday:saturday|sunday", words=WEEKDAYS,
          optional=True, reads=("taken",)),
    Field("time", "time", "clock", "The time of day; it may go past midnight.", "time:22:00..03:00", optional=True,
          reads=("taken",)),
    Field("added", "time", "date", "When it came into the catalogue.", "added:<7d", reads=("added",)),
    Field("changed", "time", "date", "When something about it changed last.", "changed:today", reads=("changed",)),
    Field("onthisday", "time", "bare", "Taken on this day of the year, in any year.", "onthisday", volatile=True,
          reads=("taken",)),
    Field("owner", "owner", "ref", "Whose it is; “me” is yourself.", "owner:me", words=_words(me="mir ich"),
          reads=("owner",)),
    Field("storage", "owner", "ref", "The storage it lies in.", "storage:NAS", owner_only=True, reads=("files",)),
    Field("path", "owner", "text", "Words of the folder it lies in.", "path:2026/Wedding", ("folder",),
          owner_only=True, reads=("files",)),
    Field("name", "owner", "text", "The file's name.", "name:IMG_04*", ("filename",), reads=("name",)),
    Field("ext", "owner", "token", "The ending of the file's name.", "ext:heic", ("extension",), reads=("name",)),
    Field("collection", "owner", "ref", "A collection of yours it is in.", "collection:Holidays", ("album",),
          optional=True, reads=("collections",)),
    Field("event", "owner", "ref", "An event of yours it is in.", "event:Wedding", optional=True,
          reads=("collections",)),
    Field("source", "owner", "word", "How it came: found by a scan, sent here, or dropped at an event.",
          "source:upload", words=_words("scan", "upload", "event", "import"), owner_only=True,
          missing_words={"import": "Nothing is imported yet."}, reads=("source",)),
    Field("type", "kind", "word", "What it is; a live photo is a photo with a video beside or in it.",
          "type:video|live", ("kind",),
          words=_words("raw", "panorama", "screenshot", photo="foto image", video="movie", live="motion",
                       animated="animation", audio="sound"),
          missing_words={"screenshot": "Nothing recognises screenshots yet."}, reads=("kind",)),
    Field("is", "state", "word", "What state it is in.", "is:favourite", words=_STATE, missing_words=_STATE_MISSING,
          owner_words=frozenset({"duplicate", "hot", "cold", "pinned", "unwanted", "missing", "trashed", "shared",
                                 "approved", "pending"}),
          reads=("owner", "state", "files", "assets", "opinions", "collections", "decisions")),
    Field("has", "state", "word", "What is there; any field that can be empty may stand here.", "has:gps",
          words=_words("sidecar", "faces", "audio", "people", gps="location", caption="description title"),
          missing_words={"faces": ANALYSIS, "people": ANALYSIS},
          reads=("place", "assets", "caption", "image", "kind", "meta")),
    Field("camera", "camera", "text", "Maker and model of the camera.", 'camera:"EOS R6"', ("model",), optional=True,
          reads=("camera",)),
    Field("make", "camera", "text", "The camera's maker.", "make:Canon", optional=True, reads=("camera",)),
    Field("lens", "camera", "text", "The lens.", "lens:50mm", optional=True, reads=("camera",)),
    Field("iso", "camera", "number", "Sensitivity.", "iso:200-400", optional=True, reads=("meta",)),
    Field("f", "camera", "number", "Aperture.", "f:2.8", ("aperture",), near=(0.01, 0), optional=True, reads=("meta",)),
    Field("mm", "camera", "number", "Focal length in millimetres.", "mm:28-35", ("focal",), near=(0.01, 0),
          optional=True, reads=("meta",)),
    Field("exposure", "camera", "number", "Exposure time in seconds.", "exposure:<1/250", ("shutter",), unit="exposure",
          near=(0.02, 0), optional=True, reads=("meta",)),
    Field("flash", "camera", "word", "Whether the flash fired.", "flash:yes", words=YES_NO, optional=True,
          reads=("meta",)),
    Field("width", "image", "number", "Width in pixels, upright.", "width:>=4000", optional=True, reads=("image",)),
    Field("height", "image", "number", "Height in pixels, upright.", "height:>=3000", optional=True, reads=("image",)),
    Field("mp", "image", "number", "Megapixels.", "mp:>12", ("megapixels",), near=(0.05, 0), optional=True,
          reads=("image",)),
    Field("size", "image", "number", "Size of the file.", "size:5M..20M", ("filesize",), unit="size", reads=("size",)),
    Field("larger", "image", "number", "Larger than that.", "larger:5M", unit="size", stands_for=("size", ">")),
    Field("smaller", "image", "number", "Smaller than that.", "smaller:500k", unit="size", stands_for=("size", "<")),
    Field("ratio", "image", "number", "Width divided by height, or a shape.", "ratio:3:2", unit="ratio", words=SHAPES,
          near=(0.01, 0), optional=True, reads=("image",)),
    Field("orientation", "image", "word", "The shape of the picture.", "orientation:portrait", ("shape",), words=SHAPES,
          optional=True, reads=("image",)),
    Field("duration", "image", "number", "How long a video or a sound is.", "duration:>2min", ("length",),
          unit="duration", near=(0, 0.5), optional=True, reads=("image",)),
    Field("fps", "image", "number", "Pictures a second.", "fps:>=50", near=(0.02, 0), optional=True, reads=("meta",)),
    Field("codec", "image", "token", "How the video or sound is encoded.", "codec:hevc", optional=True,
          reads=("meta",)),
    Field("color", "image", "token", "The dominant colour.", "color:blue", ("colour",), optional=True,
          missing=ANALYSIS, reads=("analysis",)),
    Field("place", "place", "text", "A place by its name.", "place:Zurich", optional=True,
          missing="Places have no names yet.", reads=("place",)),
    Field("country", "place", "text", "The country.", "country:CH", optional=True,
          missing="Places have no names yet.", reads=("place",)),
    Field("state", "place", "text", "The state or region.", "state:Bavaria", optional=True,
          missing="Places have no names yet.", reads=("place",)),
    Field("city", "place", "text", "The town.", "city:Basel", optional=True,
          missing="Places have no names yet.", reads=("place",)),
    Field("near", "place", "near", "Around a position: latitude, longitude, distance.", "near:47.37,8.54,5km",
          ("within",), optional=True, reads=("place",)),
    Field("bbox", "place", "box", "In a rectangle: south, west, north, east.", "bbox:47,8,48,9", ("box",),
          optional=True, reads=("place",)),
    Field("person", "people", "text", "Who is to be seen.", "person:Anna", ("who",), optional=True, missing=ANALYSIS,
          reads=("analysis",)),
    Field("people", "people", "number", "How many people are to be seen.", "people:>=2", optional=True,
          missing=ANALYSIS, reads=("analysis",)),
    Field("label", "people", "ref", "A label on it.", "label:family", ("tag", "keyword"), optional=True,
          reads=("labels",)),
    Field("text", "people", "text", "Words that are to be read in the picture.", "text:menu", ("ocr",), optional=True,
          missing=ANALYSIS, reads=("analysis",)),
    Field("rating", "opinions", "number", "Your own stars, 0 to 5.", "rating:>=4", ("stars",), optional=True,
          reads=("opinions",)),
    Field("rating.avg", "opinions", "number", "The stars of all who may see it, on average.", "rating.avg:>=4",
          owner_only=True, optional=True, missing="Only your own stars are counted yet.", reads=("opinions",)),
    Field("likes", "opinions", "number", "How many like it.", "likes:>3", owner_only=True, volatile=True,
          missing="There are no likes yet.", reads=("opinions",)),
    Field("dislikes", "opinions", "number", "How many do not like it.", "dislikes:0", owner_only=True, volatile=True,
          missing="There are no likes yet.", reads=("opinions",)),
    Field("liked", "opinions", "person", "Who likes it.", "liked:me", words=_words(me="mir ich"), volatile=True,
          missing="There are no likes yet.", reads=("opinions",)),
    Field("seen", "statistics", "date", "When you looked at it last; “never” if not yet.", "seen:never",
          ("last-seen", "last_seen"), volatile=True, optional=True, missing=COUNTED, reads=("statistics",)),
    Field("opened", "statistics", "number", "How often it was opened.", "opened:>10", owner_only=True, volatile=True,
          missing=BY_SHARE, reads=("statistics",)),
    Field("skipped", "statistics", "number", "How often you skipped it.", "skipped:>3", volatile=True, missing=COUNTED,
          reads=("statistics",)),
    Field("downloaded", "statistics", "number", "How often it was downloaded.", "downloaded:>0", owner_only=True,
          volatile=True, missing=COUNTED, reads=("statistics",)),
    Field("hash", "technical", "hash", "The SHA-256 of its bytes.", "hash:" + "0" * 64, ("sha256",), owner_only=True,
          reads=("assets",)),
    Field("similar", "technical", "item", "What looks like another item.", "similar:k3Jv9,8",
          missing="Nothing compares pictures yet.", reads=("analysis",)),
    Field("dup", "technical", "word", "What is there twice.", "dup:exact", words=_words("exact", "near"),
          owner_only=True, missing_words={"near": "Nothing compares pictures yet."}, reads=("files", "assets")),
    Field("sort", "output", "output", "The order; - turns it round.", "sort:-taken",
          words=_words("taken", "added", "changed", "rating", "size", "likes", "random", "seen")),
    Field("limit", "output", "output", "At most so many.", "limit:200"),
    Field("per", "output", "output", "One of each burst, or of each day.", "per:day", words=_words("burst", "day")),
)  # fmt: skip

_BY_NAME: Mapping[str, Field] = {name: f for f in FIELDS for name in (f.name, *f.aliases)}


def find_field(name: str) -> Field | None:
    """The field with this name or alias, in any case."""
    return _BY_NAME.get(name.casefold())


def get_field(name: str) -> Field:
    """The field with exactly this canonical name; raises KeyError."""
    found = _BY_NAME[name]
    if found.name != name or found.stands_for:
        raise KeyError(name)
    return found


def similar_names(name: str) -> tuple[str, ...]:
    """Field names that may have been meant."""
    return tuple(difflib.get_close_matches(name.casefold(), _BY_NAME, n=3, cutoff=0.6))


def find_word(field: Field, text: str) -> str | None:
    """The word of a field's closed list that this is, in any spelling we know."""
    wanted = text.casefold()
    for word, others in field.words.items():
        if wanted in {word, *others}:
            return word
    if field.name == "has":
        other = find_field(text)
        return other.name if other and other.optional else None
    return None


def words_of(field: Field) -> tuple[str, ...]:
    """All words that a field takes."""
    more = tuple(f.name for f in FIELDS if f.optional) if field.name == "has" else ()
    return (*field.words, *more)


def similar_words(field: Field, text: str) -> tuple[str, ...]:
    """Words of a field that may have been meant; all of them when there are few."""
    known = words_of(field)
    near = difflib.get_close_matches(text.casefold(), known, n=3, cutoff=0.5)
    return tuple(near) or (known if len(known) <= 5 else ())
