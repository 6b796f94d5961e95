"""The table of fields: no name means two things, and everything in it is complete."""

import pytest

from services.filters import fields


def test_no_name_means_two_things() -> None:
    names = [name for f in fields.FIELDS for name in (f.name, *f.aliases)]
    assert len(names) == len(set(names))
    assert all(name == name.casefold() for name in names)
    for field in fields.FIELDS:
        spellings = [s for word, others in field.words.items() for s in (word, *others)]
        assert len(spellings) == len(set(spellings)), field.name


@pytest.mark.parametrize("field", fields.FIELDS, ids=lambda f: f.name)
def test_each_is_complete(field: fields.Field) -> None:
    assert field.group in fields.GROUPS
    assert field.help.endswith(".")
    assert field.example.startswith(field.name)
    assert field.reads or field.kind == "output" or field.stands_for
    assert set(field.missing_words) | field.owner_words <= set(field.words)
    assert field.kind not in {"word", "output"} or field.words or field.name == "limit"
    assert field.stands_for is None or not (field.optional or field.words)


def test_names_and_words_are_found_in_any_case_and_spelling() -> None:
    tag, state = fields.find_field("TAG"), fields.get_field("is")
    assert tag
    assert tag.name == "label"
    assert fields.find_word(state, "Favorite") == "favourite"
    assert fields.find_word(fields.get_field("has"), "stars") == "rating"
    assert fields.find_word(fields.get_field("has"), "size") is None, "it is never empty"
    assert fields.find_word(state, "rating") is None


@pytest.mark.parametrize("name", ["nobody", "tag", "after", "Label"])
def test_a_tree_holds_canonical_names_only(name: str) -> None:
    with pytest.raises(KeyError):
        fields.get_field(name)


def test_suggestions() -> None:
    assert fields.similar_names("labl")[0] == "label"
    assert fields.similar_words(fields.get_field("is"), "favorit")[0] == "favourite"
    assert fields.similar_words(fields.get_field("dup"), "zzz") == ("exact", "near")


def test_what_is_missing_or_the_owners_alone() -> None:
    kind, state = fields.get_field("type"), fields.get_field("is")
    assert kind.why_missing("screenshot")
    assert not kind.why_missing("photo")
    assert fields.get_field("person").why_missing("anything")
    assert state.is_owners("missing")
    assert not state.is_owners("offline")
    assert fields.get_field("path").is_owners()
