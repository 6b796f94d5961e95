"""What a benchmark measured: samples, rows with their mark, and how they are told.

A row compares our cost with that of a peer (another program that does the same) or a floor (the least
the work can cost), measured in the same run. Costs are compared by their smallest sample: on a machine
that others use too, whatever comes on top is theirs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

HEADINGS = ("benchmark", "work", "ours", "against", "theirs", "ratio", "mark", "")


@dataclass(frozen=True, slots=True)
class Sample:
    """Costs of the same work, measured several times."""

    values: tuple[float, ...]

    @property
    def best(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is to be reached.

    `cost`: our cost is at most `limit` times theirs. `speed`: theirs is at least `limit` times ours.
    `amount`: ours is at most `limit`, in the row's unit.
    """

    kind: Literal["cost", "speed", "amount"]
    limit: float

    def __str__(self) -> str:
        sign = {"cost": "≤", "speed": "≥", "amount": "≤"}[self.kind]
        return f"{sign} {self.limit:g}" + ("" if self.kind == "amount" else " ×")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `theirs` is None when the peer is not on this machine."""

    work: str
    unit: str
    ours: Sample
    peer: str
    theirs: Sample | None
    mark: Mark | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours to theirs, or theirs to ours where the mark is a speed."""
        if self.theirs is None:
            return None
        if self.mark is not None and self.mark.kind == "speed":
            return self.theirs.best / self.ours.best
        return self.ours.best / self.theirs.best

    @property
    def met(self) -> bool | None:
        """Whether the mark is reached; None when there is none, or nothing to compare with."""
        if self.mark is None:
            return None
        if self.mark.kind == "amount":
            return self.ours.best <= self.mark.limit
        if self.ratio is None:
            return None
        return self.ratio >= self.mark.limit if self.mark.kind == "speed" else self.ratio <= self.mark.limit

    @property
    def verdict(self) -> str:
        """The last cell: met or missed, and by how much."""
        if self.mark is None:
            return ""
        if self.met is None:
            return "not compared"
        if self.met:
            return "met"
        reached = self.ours.best if self.mark.kind == "amount" else self.ratio or 0.0
        return f"missed by {abs(reached / self.mark.limit - 1) * 100:.0f} %"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a benchmark gives back: rows, and remarks such as query plans."""

    rows: Sequence[Row]
    remarks: Sequence[str] = ()


def cells(name: str, row: Row) -> tuple[str, ...]:
    """A row as text, in the order of HEADINGS."""
    theirs = f"{row.peer} missing" if row.theirs is None else _cost(row.theirs, row.unit)
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    verdict = "; ".join(filter(None, (row.verdict, row.note)))
    mark = "" if row.mark is None else str(row.mark)
    return (name, row.work, _cost(row.ours, row.unit), row.peer, theirs, ratio, mark, verdict)


def text_table(lines: Sequence[tuple[str, ...]]) -> str:
    """Lines of cells below HEADINGS, aligned for a terminal."""
    table = [HEADINGS, *lines]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in table
    )


def markdown_table(lines: Iterable[tuple[str, ...]]) -> str:
    """Lines of cells below HEADINGS, in Markdown."""
    rule = "|".join(["---"] * len(HEADINGS))
    return "\n".join([_line(HEADINGS), f"|{rule}|", *map(_line, lines)])


def as_json(name: str, outcome: Outcome) -> dict[str, Any]:
    """Everything that was measured, for whoever compares runs."""
    rows = [
        {
            "work": r.work, "unit": r.unit, "ours": r.ours.values, "peer": r.peer,
            "theirs": r.theirs and r.theirs.values, "ratio": r.ratio, "mark": r.mark and str(r.mark),
            "met": r.met, "note": r.note,
        }
        for r in outcome.rows
    ]  # fmt: skip
    return {"benchmark": name, "rows": rows, "remarks": list(outcome.remarks)}


def _cost(sample: Sample, unit: str) -> str:
    best = f"{sample.best:.3g}" if sample.best < 1000 else f"{sample.best:,.0f}"
    return f"{best} {unit}"


def _line(line: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
