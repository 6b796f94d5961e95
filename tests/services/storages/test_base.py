import inspect

import pytest

from services.errors import Changed, ReadOnly
from services.storages.base import Storage, require_as_expected
from services.storages.memory import MemoryStorage
from services.storages.values import Entry

ENTRY = Entry("2026/a.jpg", "a.jpg", False, 5, 1, None, "key")


def test_an_expected_file_passes() -> None:
    require_as_expected(ENTRY, size=None, key=None)
    require_as_expected(ENTRY, size=5, key="key")


@pytest.mark.parametrize(("size", "key"), [(4, None), (None, "other"), (5, "other"), (0, "key")])
def test_another_file_is_changed(size: int | None, key: str | None) -> None:
    with pytest.raises(Changed, match=r"2026/a\.jpg"):
        require_as_expected(ENTRY, size=size, key=key)


def test_writing_is_refused_until_the_owner_allows_it() -> None:
    with pytest.raises(ReadOnly, match="owner can allow"):
        MemoryStorage().require_writable()
    MemoryStorage(writable=True).require_writable()


def test_every_part_of_the_contract_is_explained() -> None:
    public = [each for name, each in inspect.getmembers(Storage, inspect.isfunction) if name[0] != "_"]
    assert len(public) > 10
    assert all(inspect.getdoc(each) for each in public)
    assert "MUST NOT" in (Storage.__doc__ or "")
