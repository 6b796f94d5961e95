"""The query language: text -> tree -> SQL or a function of one item; `fields` is the table of what can be asked."""

from services.filters.errors import FilterError
from services.filters.names import Names, NoNames
from services.filters.parser import parse
from services.filters.render import render
from services.filters.storing import from_json, to_json
from services.filters.tree import Tree

__all__ = ["FilterError", "Names", "NoNames", "Tree", "from_json", "parse", "render", "to_json"]
