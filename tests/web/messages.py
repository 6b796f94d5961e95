"""The messages of the domain and the web, read out of the sources: what a page may have to show."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.tree import ROOT

TELLING = {"_refusal", "Problem", "Health", "Picture", "Message", "_page", "_one", "_index", "_form"}
"""Besides the errors, what is called with a message."""

NAMES = {"problem", "reason", "said", "words", "hint", "damaged", "refused", "name"}
"""Variables and arguments that hold one, or a part of one."""

WORDS = 3
"""What has fewer words is a key or a name, not a message."""

Consts = Mapping[str, ast.expr]


@dataclass(frozen=True)
class Message:
    """A message with {} in place of its data, and where it is said."""

    text: str
    module: str
    line: int


def messages() -> list[Message]:
    """Every message, each once."""
    paths = [p for top in ("services", "web") for p in sorted((ROOT / top).rglob("*.py"))]
    trees = {p: ast.parse(p.read_text(encoding="utf-8")) for p in paths if p.name != "sentences.py"}
    telling = TELLING | _errors(trees.values())
    found: dict[str, Message] = {}
    for path, tree in trees.items():
        for text, line in _told(tree, telling):
            if len(text.split()) >= WORDS:
                found.setdefault(text, Message(text, path.relative_to(ROOT).as_posix(), line))
    return list(found.values())


def _errors(trees: Iterable[ast.Module]) -> set[str]:
    """The names of all classes that descend from the root of our errors."""
    bases = {
        node.name: {ast.unparse(b).rpartition(".")[2] for b in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    errors = {"HypomosError"}
    while more := {name for name, parents in bases.items() if parents & errors} - errors:
        errors |= more
    return errors


def _told(tree: ast.Module, telling: set[str]) -> Iterator[tuple[str, int]]:
    consts: dict[str, ast.expr] = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        values: list[ast.expr | None] = []
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.rpartition(".")[2] in telling or called == "super().__init__":
                values += node.args
            values += [k.value for k in node.keywords if k.arg in NAMES]
        elif isinstance(node, ast.Return) or (
            isinstance(node, ast.Assign) and {ast.unparse(t) for t in node.targets} & NAMES
        ):
            values.append(node.value)
        prefix = "“{}” " if isinstance(node, ast.Call) and ast.unparse(node.func) == "_refusal" else ""
        for value in values:
            for text in _texts(value, consts):
                yield prefix + text, getattr(node, "lineno", 0)


def _texts(value: ast.expr | None, consts: Consts) -> list[str]:
    """The texts that an expression may be."""
    match value:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)]
        case ast.IfExp(body=one, orelse=other):
            return _texts(one, consts) + _texts(other, consts)
        case ast.BoolOp(values=several) | ast.Tuple(elts=several) | ast.Dict(values=several):
            return [text for part in several for text in _texts(part, consts)]
        case ast.Name(id=name) if name in consts:
            return _texts(consts[name], {})
        case _:
            return []
