import errno

import pytest

from services.errors import (
    Conflict,
    Forbidden,
    HypomosError,
    ReadOnly,
    StorageFull,
    StorageNotFound,
    Unavailable,
    UsageError,
)
from services.storages.oserrors import speaking_of, translated

POSITIVELY_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_only_a_positive_answer_is_not_found(number: int) -> None:
    found = translated(OSError(number, "x"), "a.jpg")
    assert isinstance(found, StorageNotFound) == (number in POSITIVELY_ABSENT)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EACCES, Forbidden),
        (errno.EPERM, Forbidden),
        (errno.EIO, Unavailable),
        (errno.ESTALE, Unavailable),
        (errno.ENOTCONN, Unavailable),
        (errno.ETIMEDOUT, Unavailable),
        (errno.EMFILE, Unavailable),
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EFBIG, StorageFull),
        (errno.EROFS, ReadOnly),
        (errno.EEXIST, Conflict),
        (errno.ENOTEMPTY, Conflict),
    ],
)
def test_each_error_has_its_meaning(number: int, expected: type[HypomosError]) -> None:
    for writing in (False, True):
        assert type(translated(OSError(number, "x"), "a.jpg", writing=writing)) is expected


@pytest.mark.parametrize("number", [errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ])
def test_a_name_that_cannot_be_written_is_bad_input(number: int) -> None:
    assert isinstance(translated(OSError(number, "x"), "a.jpg", writing=True), UsageError)


def test_the_message_shows_any_name_safely() -> None:
    with pytest.raises(StorageNotFound) as caught, speaking_of("bad\udcff\n\x1b[31m.jpg"):
        raise FileNotFoundError(errno.ENOENT, "No such file")
    text = str(caught.value)
    assert text.isprintable()
    text.encode("utf-8")
    assert "/" not in text


def test_other_errors_pass_unchanged() -> None:
    with pytest.raises(ZeroDivisionError), speaking_of("a"):
        raise ZeroDivisionError
