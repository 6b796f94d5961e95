"""Planting bugs: the list fits the sources, copies are where it happens, and what survives is a failure."""

from pathlib import Path

import pytest

from tests import tree
from tools import mutations
from tools.mutations import Mutation, Stale

LISTED = mutations.read(tree.ROOT)


@pytest.mark.parametrize("mutation", LISTED, ids=lambda m: m.name)
def test_each_bug_of_the_list_can_be_planted(mutation: Mutation) -> None:
    """A bug whose text was changed away must be listed anew, or dropped with a reason."""
    planted = mutation.planted(tree.ROOT)
    compile(planted, mutation.file, "exec")
    assert mutation.tests
    assert [test for test in mutation.tests if not (tree.ROOT / test).is_file()] == []


def test_the_modules_that_matter_most_are_in_the_list() -> None:
    needed = {
        "services/access/visible.py", "services/access/reading.py", "services/access/paths.py", "services/broker.py",
        "services/storages/absence.py", "services/serving.py",
        "services/accounts/lookups.py", "services/accounts/sessions.py", "services/jobs/leases.py",
        "web/csrf.py", "web/hosts.py",
    }  # fmt: skip
    assert needed <= {mutation.file for mutation in LISTED}
    assert len({mutation.name for mutation in LISTED}) == len(LISTED), "each has a reason of its own"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with one module and one test, which looks at `more` and not at `less`."""
    root = tmp_path / "root"
    (root / "services").mkdir(parents=True)
    (root / "services/__init__.py").touch()
    (root / "tests").mkdir()
    (root / "services/sums.py").write_text(
        "def more(n):\n    return n + 1\n\n\ndef less(n):\n    return n - 1\n"
    )
    (root / "tests/test_sums.py").write_text(
        "from services.sums import less, more\n\n\ndef test_more():\n    assert more(1) == 2\n    less(1)\n"
    )
    (root / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = ["--import-mode=importlib"]\n'
    )
    return root


def bug(find: str, put: str, tests: str = "tests/test_sums.py") -> Mutation:
    return Mutation("services/sums.py", find, put, f"{find} is {put}", (tests,))


def verdicts(root: Path, *bugs: Mutation, budget_s: float = 120.0) -> dict[str, str]:
    said: list[str] = []
    results = mutations.run(bugs, root, budget_s=budget_s, say=said.append)
    assert len(said) in {0, len(bugs)}
    return {result.mutation.find: result.verdict for result in results}


def test_noticed_and_survived_and_neither(root: Path) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    found = verdicts(
        root,
        bug("n + 1", "n + 2"),
        bug("n - 1", "n - 2"),
        bug("return n", "return m"),
        bug("def more", "def most"),
    )
    assert found["n + 1"] == "noticed"
    assert found["n - 1"].startswith("SURVIVED")
    assert "2 times, not once" in found["return n"]
    assert found["def more"].startswith("no verdict"), "a module that cannot be imported proves nothing"
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_a_tree_whose_tests_fail_anyway_proves_nothing(root: Path) -> None:
    (root / "tests/test_sums.py").write_text("def test_no():\n    assert False\n")
    assert "without any bug" in verdicts(root, bug("n + 1", "n + 2"))["n + 1"]


def test_what_does_not_fit_into_the_time_is_no_success(root: Path) -> None:
    assert verdicts(root, bug("n + 1", "n + 2"), budget_s=-1.0) == {"n + 1": "there was no time left for it"}


def test_tests_that_hang_are_ended(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutations, "ONE_S", 8.0)
    hang = bug("return n + 1", "import time; time.sleep(600)")
    assert verdicts(root, hang) == {"return n + 1": "the tests did not end in time"}


def test_a_stale_bug_is_named(root: Path) -> None:
    with pytest.raises(Stale, match="0 times, not once"):
        bug("n * 1", "n").planted(root)


def test_the_command_sums_up(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = bug("a", "b"), bug("c", "d")
    results = {
        "a": mutations.Result(good, "noticed"),
        "c": mutations.Result(bad, "SURVIVED: no test noticed it"),
    }
    monkeypatch.setattr(mutations, "read", lambda root: [good, bad])
    monkeypatch.setattr(mutations, "run", lambda wanted: [results[m.find] for m in wanted])
    assert mutations.main([]) == 1
    out = capsys.readouterr().out
    assert "FAILED services/sums.py: c is d: SURVIVED" in out
    assert out.endswith("1 of 2 bugs were noticed\n")
    assert mutations.main(["a is"]) == 0
    assert mutations.main(["nothing like it"]) == 1
