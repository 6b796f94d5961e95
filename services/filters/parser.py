"""From text to tree. AND binds tighter than OR, a space is AND; what is not understood is an error.

Nothing ever degrades: an unknown field is no free text, and a bad value does not match everything.
"""

from typing import Any

from services.filters import dates, fields, kinds, lexer
from services.filters.errors import FilterError
from services.filters.fields import Field
from services.filters.lexer import Token
from services.filters.limits import require_depth, require_length, require_terms, require_values
from services.filters.names import Names
from services.filters.numbers import parse_number
from services.filters.tree import All, AtLeast, Condition, Node, Not, Tree, Words, all_of, either_of

MAX_LIMIT = 100_000


def parse(text: str, names: Names) -> Tree:
    """The tree of a query. Raises FilterError with the place of what is wrong."""
    require_length(text)
    return parse_rendered(text, names)


def parse_rendered(text: str, names: Names) -> Tree:
    """The same for a text that was made of a tree, and may be longer than what a person may type."""
    return _Parser(text, names).query()


class _Parser:
    """Walks the tokens once. `output` is what the words for the result say, legal at top level only."""

    def __init__(self, text: str, names: Names) -> None:
        self._text = text
        self._names = names
        self._tokens = lexer.tokens_of(text)
        self._at = 0
        self._terms = 0
        self._output: dict[str, Any] = {}

    def query(self) -> Tree:
        """The whole."""
        if self._token.sort == "end":
            return Tree()
        where = self._either(0)
        rest = self._next()
        if rest.sort != "end":
            raise FilterError("There is no bracket to close here.", position=rest.position, length=1)
        return Tree(where, **self._output)

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._token
        self._at += 1
        return token

    def _either(self, depth: int) -> Node:
        require_depth(depth, self._token.position, self._token.length)
        parts = [self._all(depth)]
        while self._token.sort == "or":
            before = self._next()
            found = self._all(depth)
            if All() in (found, parts[-1]):
                raise FilterError(
                    "There is nothing on one side of this OR.", position=before.position, length=before.length
                )
            parts.append(found)
        return either_of(tuple(parts))

    def _all(self, depth: int) -> Node:
        parts: list[Node] = []
        output = False
        while True:
            token = self._token
            if token.sort in {"or", "close", "end"}:
                break
            if token.sort == "and":
                self._next()
                if not (parts or output) or self._token.sort in {"or", "and", "close", "end"}:
                    raise FilterError(
                        "There is nothing on one side of this AND.",
                        position=token.position,
                        length=token.length,
                    )
                continue
            if token.sort == "term" and self._is_output(token):
                self._put_out(self._next(), depth)
                output = True
            else:
                parts.append(self._not(depth))
        if not parts and not output:
            if self._token.sort == "or":
                raise FilterError(
                    "There is nothing on one side of this OR.", position=self._token.position, length=2
                )
            self._missing()
        return all_of(tuple(parts))

    def _missing(self) -> None:
        token = self._token
        message = (
            "Something is missing at the end."
            if token.sort == "end"
            else "There is nothing in these brackets."
        )
        raise FilterError(message, position=token.position, length=token.length)

    def _not(self, depth: int) -> Node:
        token = self._token
        if token.sort in {"minus", "not"}:
            self._next()
            if self._token.sort in {"or", "and", "not", "minus", "close", "end"}:
                raise FilterError(
                    "There is nothing to negate here.", position=token.position, length=token.length
                )
            return Not(self._atom(depth))
        return self._atom(depth)

    def _atom(self, depth: int) -> Node:
        token = self._next()
        if token.sort == "open":
            return self._group(token, depth)
        if token.sort == "count":
            return self._at_least(token, depth)
        self._terms += 1
        require_terms(self._terms, token.position, token.length)
        if token.sort == "term":
            return self._term(token)
        if token.sort == "quoted":
            if not any(c.isalnum() for c in token.value):
                raise FilterError(
                    f"“{token.value}” has no letter and no digit to search for.",
                    position=token.position, length=token.length,
                )  # fmt: skip
            return Words(token.value, whole=True)
        field = fields.find_field(token.value)
        return Condition(field.name) if field and field.kind == "bare" else Words(token.value)

    def _group(self, token: Token, depth: int) -> Node:
        found = self._either(depth + 1)
        self._close(token)
        return found

    def _close(self, opened: Token) -> None:
        if self._token.sort != "close":
            raise FilterError("This bracket is not closed.", position=opened.position, length=opened.length)
        self._next()

    def _at_least(self, token: Token, depth: int) -> Node:
        opened = self._next()
        require_depth(depth + 1, token.position, token.length)
        parts: list[Node] = []
        while self._token.sort not in {"close", "end", "or", "and"}:
            parts.append(self._atom_only(depth + 1))
        if self._token.sort in {"or", "and"}:
            raise FilterError(
                "Inside “of” things stand side by side.",
                position=self._token.position,
                length=self._token.length,
            )
        self._close(opened)
        number = int(token.value) if len(token.value) < 4 else 0
        if not 1 <= number <= len(parts):
            raise FilterError(
                f"“{token.value}of” needs a number from 1 to that of the things in its brackets.",
                position=token.position, length=token.length,
            )  # fmt: skip
        return AtLeast(number, tuple(parts))

    def _atom_only(self, depth: int) -> Node:
        if self._token.sort in {"minus", "not"}:
            raise FilterError(
                "Put what is negated here into brackets.",
                position=self._token.position,
                length=self._token.length,
            )
        return self._atom(depth)

    def _field(self, token: Token) -> Field:
        field = fields.find_field(token.value)
        if field is None:
            near = fields.similar_names(token.value)
            quoted = kinds.quote(self._text[token.position : token.position + token.length].replace('"', ""))
            raise FilterError(
                f"There is no field “{token.value}”.",
                position=token.position, length=len(token.value) if near else token.length,
                suggestions=near or (quoted,),
            )  # fmt: skip
        return field

    def _is_output(self, token: Token) -> bool:
        return self._field(token).kind == "output"

    def _term(self, token: Token) -> Node:
        field, op = self._field(token), token.op
        if field.kind == "output":
            raise _misplaced(token)
        if field.kind == "bare":
            raise FilterError(
                f"“{field.name}” takes no value.", position=token.position, length=token.length,
                suggestions=(field.name,),
            )  # fmt: skip
        require_values(len(token.pieces), token.position, token.length)
        if field.stands_for:
            op = self._stands_for(field, token)
            field = fields.get_field(field.stands_for[0])
        tests = tuple(dict.fromkeys(kinds.read(field, op, piece, self._names) for piece in token.pieces))
        condition = Condition(field.name, tests)
        return Not(condition) if token.op == "!=" else condition

    def _stands_for(self, field: Field, token: Token) -> str:
        """The operator of a field that is only a way to write another one."""
        assert field.stands_for is not None  # noqa: S101  asked by the caller
        if token.op not in {":", "=", "!="}:
            raise FilterError(
                f"“{field.name}” says by itself how to compare.", position=token.position, length=token.length,
                suggestions=(f"{field.name}:{token.pieces[0].text}",),
            )  # fmt: skip
        wants_age = field.name in {"older_than", "newer_than"}
        for piece in token.pieces:
            if piece.op or piece.quoted or ".." in piece.text or (
                field.kind == "date" and (dates.parse_age(piece.text) is None) == wants_age
            ):  # fmt: skip
                raise FilterError(
                    f"“{piece.text}” is no value for “{field.name}”.",
                    position=piece.position, length=piece.length, suggestions=(field.example.partition(":")[2],),
                )  # fmt: skip
        return field.stands_for[1]

    def _put_out(self, token: Token, depth: int) -> None:
        field = self._field(token)
        if depth:
            raise _misplaced(token)
        if field.name in self._output:
            raise FilterError(
                f"“{field.name}” is there already.", position=token.position, length=token.length
            )
        piece = token.pieces[0]
        if len(token.pieces) > 1 or token.op not in {":", "="} or piece.op or piece.quoted:
            raise FilterError(
                f"“{field.name}” takes one value.", position=token.position, length=token.length
            )
        if field.name == "limit":
            number = parse_number(piece.text, "")
            if not isinstance(number, int) or not 1 <= number <= MAX_LIMIT:
                raise FilterError(
                    f"A limit is a number from 1 to {MAX_LIMIT}.",
                    position=piece.position,
                    length=piece.length,
                )
            self._output["limit"] = number
            return
        down = field.name == "sort" and piece.text.startswith("-")
        word = fields.find_word(field, piece.text.removeprefix("-") if down else piece.text)
        if word is None:
            raise FilterError(
                f"“{field.name}” does not know “{piece.text}”.",
                position=piece.position, length=piece.length, suggestions=fields.similar_words(field, piece.text),
            )  # fmt: skip
        self._output[field.name] = f"-{word}" if down and word != "random" else word


def _misplaced(token: Token) -> FilterError:
    return FilterError(
        f"“{token.value}” belongs outside of brackets and cannot be negated.",
        position=token.position, length=token.length,
    )  # fmt: skip
