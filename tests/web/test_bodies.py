"""Bodies as they come: forms with files taken apart piece by piece, and what is wrong with one."""

from collections.abc import Iterator

import pytest

from services.errors import UsageError
from web.bodies import MAX_FIELDS, Parts

KIND = "multipart/form-data; boundary=xyz"


def form(*parts: tuple[str, str | None, bytes], end: bool = True) -> bytes:
    body = b""
    for name, filename, data in parts:
        more = "" if filename is None else f'; filename="{filename}"'
        body += (
            f'--xyz\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + data + b"\r\n"
        )
    return body + (b"--xyz--\r\n" if end else b"")


def cut(body: bytes, size: int) -> Iterator[bytes]:
    return (body[i : i + size] for i in range(0, len(body), size))


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_fields_first_then_files_as_they_come(size: int) -> None:
    data = bytes(range(256)) * 5
    body = form(
        ("csrf", None, b"secret"),
        ("taken", None, "für".encode()),
        ("file", "a.jpg", data),
        ("file", "Grüße.jpg", b""),
    )
    fields, files = Parts(cut(body, size), KIND).fields()
    assert fields == {"csrf": "secret", "taken": "für"}
    assert [(f.name, f.filename, b"".join(f.data)) for f in files] == [
        ("file", "a.jpg", data), ("file", "Grüße.jpg", b""),
    ]  # fmt: skip


def test_what_is_not_read_of_a_file_is_passed_over() -> None:
    body = form(("file", "a", b"x" * 1000), ("file", "b", b"y"))
    _, files = Parts(cut(body, 100), KIND).fields()
    next(next(files).data)
    assert b"".join(next(files).data) == b"y"


def test_a_field_left_empty_is_no_file() -> None:
    fields, files = Parts([form(("file", "", b""), ("other", None, b"x"))], KIND).fields()
    assert (fields, list(files)) == ({}, [])
    assert [*Parts([form(("a", None, b"1"))], KIND).fields()[1]] == []


def test_only_what_was_asked_for_is_received() -> None:
    """A file is not read before somebody wants it."""

    def body() -> Iterator[bytes]:
        yield form(("csrf", None, b"s"), ("file", "a.jpg", b"first"), end=False)[:-2]
        raise AssertionError("more was asked for")

    fields, files = Parts(body(), KIND).fields()
    assert fields == {"csrf": "s"}
    assert next(next(files).data) == b"first"


def read_all(body: list[bytes]) -> list[bytes]:
    _, files = Parts(body, KIND).fields()
    return [b"".join(f.data) for f in files]


def test_a_form_that_breaks_off_is_never_a_whole_file() -> None:
    whole = form(("file", "a.jpg", b"x" * 100))
    for length in (0, 10, 60, 120, len(whole) - 12):
        with pytest.raises(UsageError, match="ended before"):
            read_all([whole[:length]] if length else [])


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"]
)
def test_what_is_no_form_with_files(kind: str) -> None:
    with pytest.raises(UsageError, match="multipart"):
        Parts([], kind)


def test_garbage_and_endless_fields() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Parts([b"no boundary here\r\n"], KIND).fields()
    with pytest.raises(UsageError, match="too long"):
        Parts([form(("a", None, b"x" * (MAX_FIELDS + 1)))], KIND).fields()


def test_headers_named_like_our_own_events_change_nothing() -> None:
    evil = (
        b"--xyz\r\nend: x\r\ndone: x\r\nbegin: x\r\n"
        b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\ndata\r\n--xyz--\r\n'
    )
    _, files = Parts([evil], KIND).fields()
    assert [(f.filename, b"".join(f.data)) for f in files] == [("a", b"data")]
