"""From tree to text: the canonical way to write a query. Reading it again gives the same tree."""

from services.filters import fields, kinds
from services.filters.names import Names
from services.filters.tree import All, AtLeast, Condition, Either, Node, Not, Tree, Words


def render(tree: Tree, names: Names) -> str:
    """The canonical text of a query."""
    output = (("sort", tree.sort), ("limit", tree.limit), ("per", tree.per))
    where = [] if tree.is_empty else [render_node(tree.where, names)]
    return " ".join([*where, *(f"{name}:{value}" for name, value in output if value is not None)])


def render_node(node: Node, names: Names) -> str:
    """The text of a node as it stands at top level."""
    match node:
        case All(parts):
            return " ".join(_inside(part, names, (Either, All)) for part in parts)
        case Either(parts):
            return " OR ".join(_inside(part, names, (Either,)) for part in parts)
        case Not(part):
            return "-" + _inside(part, names, (Either, All, Not))
        case AtLeast(number, parts):
            return f"{number}of({' '.join(_inside(p, names, (Either, All, Not)) for p in parts)})"
        case Words(text, whole):
            return kinds.quote(text) if whole else text
        case Condition(name, tests):
            field = fields.get_field(name)
            return name if not tests else f"{name}:" + "|".join(kinds.write(field, t, names) for t in tests)


def _inside(node: Node, names: Names, grouped: tuple[type, ...]) -> str:
    text = render_node(node, names)
    return f"({text})" if isinstance(node, grouped) else text
