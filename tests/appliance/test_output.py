"""What commands print, for people and for programs."""

import io
import json
import sys

import pytest

from appliance.output import Output

Captured = pytest.CaptureFixture[str]


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_result_is_a_line_or_json(capsys: Captured) -> None:
    Output(json=False).done({"name": "Fotos ä"}, "Fotos ä is there.")
    Output(json=True).done({"name": "Fotos ä"}, "Fotos ä is there.")
    assert capsys.readouterr().out == 'Fotos ä is there.\n{"name": "Fotos ä"}\n'


def test_a_table_is_aligned_and_says_when_it_is_empty(capsys: Captured) -> None:
    rows: list[dict[str, object]] = [{"name": "a", "n": None}, {"name": "longer", "n": 12}]
    Output(json=False).table(rows, ("name", "n"), "none")
    Output(json=False).table([], ("name", "n"), "Nothing yet.")
    assert capsys.readouterr().out == "name    n\na\nlonger  12\nNothing yet.\n"
    Output(json=True).table(rows, ("name",), "none")
    Output(json=True).table([], ("name",), "none")
    first, second = capsys.readouterr().out.splitlines()
    assert (json.loads(first), json.loads(second)) == (rows, [])


def test_progress_is_json_for_programs_and_nothing_in_a_log(capsys: Captured) -> None:
    Output(json=True).progress({"done": 1}, "1 of 2")
    Output(json=False).progress({"done": 1}, "1 of 2")
    Output(json=False).end_progress()
    said = capsys.readouterr()
    assert (said.out, said.err) == ('{"done": 1}\n', "")


def test_progress_on_a_terminal_is_one_line_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    output = Output(json=False)
    output.progress({}, "x" * 300)
    output.end_progress()
    text = terminal.getvalue()
    assert "\n" not in text
    assert max(len(part) for part in text.split("\r")) < 120


def test_an_error_is_one_line_whatever_it_says(capsys: Captured) -> None:
    Output(json=True).fail("several\nlines  of\twords")
    assert capsys.readouterr().err == "hypomos: several lines of words\n"
