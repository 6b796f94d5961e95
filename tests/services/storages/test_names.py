import pytest

from services.errors import UsageError
from services.storages.names import MAX_NAME, checked_storage_name


@pytest.mark.parametrize("name", ["NAS", "Füße & Fotos", "x" * MAX_NAME, "..."])
def test_a_name_that_a_folder_can_have_is_kept(name: str) -> None:
    assert checked_storage_name(f"  {name} ") == name


@pytest.mark.parametrize("name", ["", "   ", "a/b", "a\\b", ".", "..", " .. ", "x" * (MAX_NAME + 1)])
def test_a_name_that_no_folder_can_have_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        checked_storage_name(name)
    assert refused.value.field == "name"
