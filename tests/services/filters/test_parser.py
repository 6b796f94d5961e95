"""Parsing: the grammar, every alias and operator, limits at n and n+1, and nothing but FilterError ever."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.filters import FilterError, Tree, fields, from_json, limits, parse, render, to_json
from services.filters.tree import (
    All,
    AtLeast,
    Between,
    Compare,
    Condition,
    Either,
    Empty,
    Node,
    Not,
    Ref,
    Text,
    Word,
    Words,
)
from tests.services.filters.trees import Household, attempt, trees

NAMES = Household()


def read(text: str) -> Node:
    return parse(text, NAMES).where


def canon(text: str) -> str:
    return render(parse(text, NAMES), NAMES)


A, B, C = Words("a"), Words("b"), Words("c")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", All()),
        ("  \n ", All()),
        ("a", A),
        ("a b", All((A, B))),
        ("a AND b", All((A, B))),
        ("a OR b", Either((A, B))),
        ("a b OR c", Either((All((A, B)), C))),
        ("a (b OR c)", All((A, Either((B, C))))),
        ("((a))", A),
        ("-a", Not(A)),
        ("NOT a", Not(A)),
        ("-(a b)", Not(All((A, B)))),
        ("-(-a)", Not(Not(A))),
        ("a or b", All((A, Words("or"), B))),
        ("not a", All((Words("not"), A))),
        ("IMG-2024-07", Words("IMG-2024-07")),
        ('"a b"', Words("a b", whole=True)),
        ('"label:family"', Words("label:family", whole=True)),
        (r'"say \"a\" \\ \n"', Words(r'say "a" \ \n', whole=True)),
        ("2of(a b c)", AtLeast(2, (A, B, C))),
        ("2OF (a b (-c))", AtLeast(2, (A, B, Not(C)))),
        ("onthisday", Condition("onthisday")),
        ('"onthisday"', Words("onthisday", whole=True)),
        ("taken", Words("taken")),
        ("rating:>=4", Condition("rating", (Compare(">=", 4),))),
        ("rating>=4", Condition("rating", (Compare(">=", 4),))),
        ("rating=4", Condition("rating", (Compare("=", 4),))),
        ("rating!=4", Not(Condition("rating", (Compare("=", 4),)))),
        ("-rating:4", Not(Condition("rating", (Compare("=", 4),)))),
        ("rating<2|>4", None),
        ("rating:<2|>4", Condition("rating", (Compare("<", 2), Compare(">", 4)))),
        ("rating:1,2|3", Condition("rating", (Compare("=", 1), Compare("=", 2), Compare("=", 3)))),
        ("rating:none", Condition("rating", (Empty(),))),
        ("seen:never", Condition("seen", (Empty(),))),
        ("label:family|private", Condition("label", (Ref(1), Ref(2)))),
        ('label:"none"', Condition("label", (Ref(5),))),
        ("label:#9", Condition("label", (Ref(9),))),
        ('label:"#7"', Condition("label", (Ref(6),))),
        ("TAG:family", Condition("label", (Ref(1),))),
        ("owner:me", Condition("owner", (Word("me"),))),
        ('owner:"ich"', Condition("owner", (Ref(3),))),
        ("time:18:00..23:00", Condition("time", (Between(1080, 1380),))),
        ("name:IMG_*", Condition("name", (Text("IMG_*", pattern=True),))),
        ('name:"IMG_*"', Condition("name", (Text("IMG_*"),))),
        ("has:rating", Condition("has", (Word("rating"),))),
        ("has:tag", Condition("has", (Word("label"),))),
    ],
)
def test_grammar(text: str, node: Node | None) -> None:
    if node is None:
        with pytest.raises(FilterError):
            read(text)
    else:
        assert read(text) == node


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("taken:2026/7/1", "taken:2026-07-01"),
        ("date:2024", "taken:2024"),
        ("taken:2024..", "taken:2024.."),
        ("taken:..2024-07", "taken:..2024-07"),
        ("taken:<30d", "taken:<30d"),
        ("taken:>30d-ago", "taken:<30d"),
        ("seen:<2y-ago", "seen:>2y"),
        ("last-seen:>2y", "seen:>2y"),
        ("older_than:1y", "taken:>1y"),
        ("newer_than:30d", "taken:<30d"),
        ("after:2024/12/31", "taken:>=2024-12-31"),
        ("before:2024", "taken:<2024"),
        ("after:yesterday", "taken:>=yesterday"),
        ("taken:heute", "taken:today"),
        ("taken:<=1d", "taken:>=yesterday"),
        ("after!=2024", "-taken:>=2024"),
        ("larger:10M", "size:>10M"),
        ("smaller:500k", "size:<500k"),
        ("size:5MiB", "size:5242880"),
        ("size:1.5G", "size:1500M"),
        ("size:>2kb", "size:>2k"),
        ("size:1..2", "size:1..2"),
        ("duration:90", "duration:90s"),
        ("duration:2min", "duration:2min"),
        ("duration:120s", "duration:2min"),
        ("duration:1h", "duration:1h"),
        ("duration:1.5h", "duration:90min"),
        ("exposure:1/250", "exposure:1/250"),
        ("exposure:0.004s", "exposure:1/250"),
        ("shutter:>=2", "exposure:>=2"),
        ("ratio:3:2", "ratio:3:2"),
        ("ratio:1.5", "ratio:3:2"),
        ("ratio:portrait|>2", "ratio:portrait|>2"),
        ("iso:200-400", "iso:200..400"),
        ("f:2.8-4.5", "f:2.8..4.5"),
        ("aperture:4.0", "f:4"),
        ("mm:28..", "mm:28.."),
        ("month:7", "month:july"),
        ("month:nov..feb", "month:november..february"),
        ("weekday:sa|So", "weekday:saturday|sunday"),
        ("time:18", "time:18:00..18:59"),
        ("time:>18", "time:>18:59"),
        ("time:22..3", "time:22:00..03:59"),
        ("near:47.37,8.54,5km", "near:47.37,8.54,5km"),
        ("within:-1,0,300m", "near:-1,0,300m"),
        ("near:1,2,0.5km|3,4,1km", "near:1,2,500m|3,4,1km"),
        ("bbox:47,8,48,9", "bbox:47,8,48,9"),
        ("is:favorite|MINE", "is:favourite|mine"),
        ("type:foto", "type:photo"),
        ("ext:.HEIC", "ext:heic"),
        ("hash:" + "AB" * 32, "hash:" + "ab" * 32),
        ("similar:k3Jv9,8", "similar:k3Jv9,8"),
        ("liked:me|anna", "liked:me|anna"),
        ("sort:-taken a limit:5 per:day", "a sort:-taken limit:5 per:day"),
        ("a OR b sort:random", "a OR b sort:random"),
        ("sort:-random", "sort:random"),
        ("folder:2026/Wedding", "path:2026/Wedding"),
        ("label:family|family", "label:family"),
    ],
)
def test_every_way_to_write_has_one_canonical_form(text: str, same: str) -> None:
    assert canon(text) == same
    assert canon(same) == same


@pytest.mark.parametrize("field", fields.FIELDS, ids=lambda f: f.name)
def test_every_field_understands_its_example(field: fields.Field) -> None:
    class Anything(Household):
        def find(self, kind: str, name: str) -> int:
            return 1

    tree = parse(field.example, Anything())
    assert parse(render(tree, Anything()), Anything()) == tree
    for alias in field.aliases:
        assert parse(field.example.replace(field.name, alias, 1), Anything()) == tree


@pytest.mark.parametrize("field", [f for f in fields.FIELDS if f.words], ids=lambda f: f.name)
def test_every_spelling_of_every_word(field: fields.Field) -> None:
    for word, others in field.words.items():
        for spelling in (word, *others, word.upper()):
            assert canon(f"{field.name}:{spelling}") == canon(f"{field.name}:{word}")


@pytest.mark.parametrize("field", fields.FIELDS, ids=lambda f: f.name)
def test_every_field_takes_its_operators_and_no_others(field: fields.Field) -> None:
    value = field.example.partition(":")[2].lstrip("<>=-").split("|")[0].partition("..")[0]
    if field.kind == "bare" or field.stands_for or ("-" in value and field.kind == "number"):
        return
    for op in (":", "=", "!=", "<", "<=", ">", ">="):
        text = f"{field.name}{op}{value.replace('never', '2024').replace('7d', '2024')}"
        allowed = op in field.operators or op == "="
        try:
            parse(text, type("Any", (Household,), {"find": lambda self, kind, name: 1})())
        except FilterError:
            assert not allowed, text
        else:
            assert allowed, text


GOLDEN = [
    ("labl:family", 0, 4, "There is no field “labl”.", "label"),
    ("a (label:famly)", 9, 5, "There is no label “famly” that you know of.", "family"),
    ("https://x.org", 0, 13, "There is no field “https”.", '"https://x.org"'),
    ("taken:2024-13", 6, 7, "“2024-13” is no value for “taken”.", "2026-07-04..2026-07-18"),
    ("taken:2023-02-29", 6, 10, "“2023-02-29” is no value for “taken”.", "2026-07-04..2026-07-18"),
    ("taken:7d", 6, 2, "“7d” is an age; say whether younger or older than that.", "<7d"),
    ("after:30d", 6, 3, "“30d” is no value for “after”.", "2026-07"),
    ("newer_than:2024", 11, 4, "“2024” is no value for “newer_than”.", "30d"),
    ("taken:2025..2024", 6, 10, "This range ends before it begins.", "2024..2025"),
    ("rating:5..1", 7, 4, "This range ends before it begins.", "1..5"),
    ("is:favorit", 3, 7, "“is” does not know “favorit”.", "favourite"),
    ("type:foo", 5, 3, "“type” does not know “foo”.", None),
    ("label:<family", 6, 7, "“label” cannot be compared with <.", "family"),
    ("(a b", 0, 1, "This bracket is not closed.", None),
    ("a b)", 3, 1, "There is no bracket to close here.", None),
    ("a ()", 3, 1, "There is nothing in these brackets.", None),
    ("a OR", 4, 0, "Something is missing at the end.", None),
    ("OR a", 0, 2, "There is nothing on one side of this OR.", None),
    ("a OR OR b", 5, 2, "There is nothing on one side of this OR.", None),
    ("AND a", 0, 3, "There is nothing on one side of this AND.", None),
    ("a AND", 2, 3, "There is nothing on one side of this AND.", None),
    ("a -OR b", 2, 1, "There is nothing to negate here.", None),
    ("--a", 0, 1, "There is nothing to negate here.", None),
    ('a "b', 2, 2, "The closing quote is missing.", '"b"'),
    ("{a b}", 0, 1, "Braces mean nothing here; alternatives are written (a OR b).", None),
    ("a | b", 2, 1, "“|” has no letter and no digit to search for.", "OR"),
    ("label:", 6, 0, "A value is missing here.", None),
    ("label:family|", 13, 0, "A value is missing here.", None),
    (
        "name:x(1)",
        6,
        1,
        "“(” cannot follow directly: put a space before it, or the whole into quotes.",
        None,
    ),
    ("onthisday:x", 0, 11, "“onthisday” takes no value.", "onthisday"),
    ("(sort:taken)", 1, 10, "“sort” belongs outside of brackets and cannot be negated.", None),
    ("-limit:3", 1, 7, "“limit” belongs outside of brackets and cannot be negated.", None),
    ("sort:taken sort:-taken", 11, 11, "“sort” is there already.", None),
    ("limit:0", 6, 1, "A limit is a number from 1 to 100000.", None),
    ("per:day|burst", 0, 13, "“per” takes one value.", None),
    ("per:year", 4, 4, "“per” does not know “year”.", "burst"),
    ("sort:taken OR a", 11, 2, "There is nothing on one side of this OR.", None),
    ("3of(a b)", 0, 3, "“3of” needs a number from 1 to that of the things in its brackets.", None),
    ("2of(a OR b)", 6, 2, "Inside “of” things stand side by side.", None),
    ("2of(a -b)", 6, 1, "Put what is negated here into brackets.", None),
    ("hash:xyz", 5, 3, "A hash is a SHA-256 of 64 hexadecimal digits.", None),
    ("near:47,8", 5, 4, "A place is a latitude, a longitude and a distance, such as 47.37,8.54,5km.", None),
    (
        "near:91,8,5km",
        5,
        8,
        "A place is a latitude, a longitude and a distance, such as 47.37,8.54,5km.",
        None,
    ),
    ("bbox:1,2,3", 5, 5, "A rectangle is south, west, north and east, such as 47,8,48,9.", None),
    ("name:none", 5, 4, "“name” is never empty.", None),
    ('rating:"4"', 7, 3, "“rating” takes no text in quotes.", None),
    ("rating:>=1..4", 7, 6, "A range takes no operator.", None),
    ("rating:..", 7, 2, "A range needs at least one end.", None),
    ("larger>5M", 0, 9, "“larger” says by itself how to compare.", "larger:5M"),
    ("rating>:4", 7, 2, "“:4” is no value for “rating”.", ">=4"),
    ("rating>>4", 7, 1, "There is an operator already.", None),
    ('name:""', 5, 2, "There is no text to look for.", None),
    ("name:a*ö+", 5, 4, "A pattern has letters, digits, “_”, “-”, “.”, “/”, “*” and “?” only.", None),
    ('label:"a"b', 9, 1, "Something follows the closing quote directly.", None),
    ("a\0b", 1, 1, "This character cannot be searched for.", None),
    ('"!?"', 0, 4, "“!?” has no letter and no digit to search for.", None),
]


@pytest.mark.parametrize(("text", "position", "length", "message", "suggestion"), GOLDEN)
def test_errors_say_where_and_what(
    text: str, position: int, length: int, message: str, suggestion: str | None
) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text, NAMES)
    error = caught.value
    assert (error.message, error.position, error.length) == (message, position, length)
    assert error.field == "q"
    if suggestion is not None:
        assert suggestion in error.suggestions


LIMITS = [
    ("a" * limits.MAX_LENGTH, "b"),
    (" ".join("a" * limits.MAX_TERMS), " b"),
    ("(" * limits.MAX_DEPTH + "a" + ")" * limits.MAX_DEPTH, None),
    ("year:" + "|".join(["2024"] * limits.MAX_VALUES), "|2025"),
]


@pytest.mark.parametrize(("most", "more"), LIMITS)
def test_limits_at_the_last_and_beyond(most: str, more: str | None) -> None:
    parse(most, NAMES)
    with pytest.raises(FilterError, match="at most") as caught:
        parse(f"({most})" if more is None else most + more, NAMES)
    assert 0 <= caught.value.position <= len(most) + len(more or "()")


ALPHABET = st.sampled_from(
    [
        *"ab01(){}\"\\-|,:=<>!*?./&;'# \t%_",
        " OR ",
        " AND ",
        "NOT ",
        "label:",
        "taken:",
        "rating>=",
        "2of(",
        "family",
        "..",
        "sort:",
        "near:",
        "none",
        "2024",
        "time:",
        "size:",
        "5M",
        "'; DROP TABLE item --",
    ]
)


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.lists(ALPHABET, max_size=14).map("".join), st.text(max_size=30)))
def test_any_text_is_understood_or_refused_at_its_place(text: str) -> None:
    found = attempt(lambda: parse(text, NAMES))
    if isinstance(found, FilterError):
        assert 0 <= found.position <= len(text)
        assert 0 <= found.length <= len(text) - found.position
        assert str(found)
        return
    assert parse(render(found, NAMES), NAMES) == found
    assert from_json(to_json(found)) == found


@settings(max_examples=300, deadline=None)
@given(trees())
def test_what_is_written_is_read_again(tree: Tree) -> None:
    found = attempt(lambda: parse(render(tree, NAMES), NAMES))
    if isinstance(found, FilterError):  # a random tree can be larger than a query may be
        assert "at most" in str(found)
        return
    assert found == tree
    assert render(found, NAMES) == render(tree, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE item --",
        'name:"\'; DROP TABLE item --"',
        'camera:"%"',
        'path:"../../etc"',
        "a' OR '1'='1",
    ],
)
def test_injections_are_only_text_or_errors(text: str) -> None:
    try:
        tree = parse(text, NAMES)
    except FilterError:
        return
    assert all(isinstance(node, All | Either | Words | Condition) for node in tree.nodes())
