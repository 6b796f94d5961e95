"""The tree of errors: what its docstring draws is what there is, and each carries its data."""

import inspect
import re

from services import errors


def classes() -> dict[str, type]:
    return {
        name: each
        for name, each in inspect.getmembers(errors, inspect.isclass)
        if each.__module__ == errors.__name__
    }


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    path: dict[int, str] = {0: "HypomosError"}
    drawn = {"HypomosError": "Exception"}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│ ]*)[├└]── (\w+)", line)
        if found:
            depth = len(found[1]) // 4 + 1
            path[depth] = found[2]
            drawn[found[2]] = path[depth - 1]
    assert drawn == {name: each.__bases__[0].__name__ for name, each in classes().items()}


def test_errors_carry_data() -> None:
    assert errors.UsageError("no", field="name").field == "name"
    assert errors.Conflict("taken").field is None
    assert errors.StorageThrottled("wait", retry_after=2.5).retry_after == 2.5
    assert str(errors.DecoderKilled("it used too much memory")) == "it used too much memory"


def test_a_wait_is_told_in_whole_seconds_and_never_as_none() -> None:
    assert str(errors.Throttled(0.2)) == "Too many tries. Try again in 1 seconds."
    assert "90 seconds" in str(errors.Throttled(89.6))


def test_absence_says_nothing_of_what_is_absent() -> None:
    assert str(errors.NotFound()) == "Nothing here"
