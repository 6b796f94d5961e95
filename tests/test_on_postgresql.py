"""Two cases of each test run on PostgreSQL, and all of those whose parameters make statements of their own."""

from typing import Any

from tests.on_postgresql import EACH_IS_SQL_OF_ITS_OWN, samples


class Test:
    """As much of one as is asked for."""

    __test__ = False

    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid


def sampled(*names: str) -> list[str]:
    tests: Any = [Test(name) for name in names]
    found = samples(tests)
    return [test.nodeid for test in tests if test in found]


def test_the_first_case_and_the_last_of_each() -> None:
    assert sampled("a.py::one[1]", "a.py::two", "a.py::one[2]", "a.py::one[3]", "b.py::one[1]") == [
        "a.py::one[1]",
        "a.py::two",
        "a.py::one[3]",
        "b.py::one[1]",
    ]


def test_what_is_sql_of_its_own_is_left_whole() -> None:
    names = [f"{EACH_IS_SQL_OF_ITS_OWN}test_sql.py::empty[{number}]" for number in range(4)]
    assert sampled(*names) == names
