"""Marks, ratios and tables."""

import pytest

from tests.benchmarks.results import (
    HEADINGS,
    Mark,
    Outcome,
    Row,
    Sample,
    as_json,
    cells,
    markdown_table,
    text_table,
)


def row(ours: float, theirs: float | None, mark: Mark | None) -> Row:
    against = None if theirs is None else Sample((theirs, theirs * 3))
    return Row("work", "ms CPU", Sample((ours, ours * 2)), "peer", against, mark, "a note")


@pytest.mark.parametrize(
    ("ours", "theirs", "mark", "ratio", "verdict"),
    [
        (8, 2, Mark("cost", 4), 4, "met"),
        (10, 2, Mark("cost", 4), 5, "missed by 25 %"),
        (2, 6, Mark("speed", 3), 3, "met"),
        (2, 3, Mark("speed", 3), 1.5, "missed by 50 %"),
        (150, 20, Mark("amount", 150), 7.5, "met"),
        (180, 20, Mark("amount", 150), 9, "missed by 20 %"),
        (2, None, Mark("cost", 4), None, "not compared"),
        (2, None, Mark("amount", 4), None, "met"),
        (2, 4, None, 0.5, ""),
    ],
)
def test_a_row_is_judged_by_its_mark(
    ours: float, theirs: float | None, mark: Mark | None, ratio: float | None, verdict: str
) -> None:
    made = row(ours, theirs, mark)
    assert made.ratio == ratio
    assert made.verdict == verdict


def test_a_sample_is_told_by_its_smallest_value() -> None:
    sample = Sample((3, 1, 2, 10))
    assert (sample.best, sample.median) == (1, 2.5)


def test_cells_have_the_order_of_the_headings() -> None:
    assert dict(zip(HEADINGS, cells("bench", row(1234.5, 2, Mark("cost", 4))), strict=True)) == {
        "benchmark": "bench", "work": "work", "ours": "1,234 ms CPU", "against": "peer", "theirs": "2 ms CPU",
        "ratio": "617.25", "mark": "≤ 4 ×", "": "missed by 15331 %; a note",
    }  # fmt: skip
    assert "peer missing" in cells("bench", row(1, None, Mark("speed", 3)))


def test_tables() -> None:
    line = cells("bench", row(1, 2, Mark("cost", 4)))
    head, first = text_table([line]).splitlines()
    assert head.index("against") == first.index("peer")
    made = markdown_table([("a|b", *line[1:])]).splitlines()
    assert made[1] == "|---|---|---|---|---|---|---|---|"
    assert made[2].startswith("| a\\|b | work | 1 ms CPU |")


def test_all_samples_are_kept_as_json() -> None:
    kept = as_json("bench", Outcome([row(1, 2, Mark("cost", 4))], ["a plan"]))
    assert kept["rows"][0]["ours"] == (1, 2)
    assert kept["rows"][0]["met"] is True
    assert kept["remarks"] == ["a plan"]
