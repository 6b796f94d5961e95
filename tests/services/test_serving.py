"""Conditions and ranges: against the letter of RFC 9110, and against a plain slice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import serving

TAG, MTIME, SIZE = "abc", 1_700_000_000.7, 1000
DATE, LATER, EARLIER = (
    "Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13:21 GMT", "Tue, 14 Nov 2023 22:13:19 GMT",
)  # fmt: skip


def status(method: str = "GET", size: int = SIZE, **headers: str) -> int:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return serving.plan(method, given, etag=TAG, mtime=MTIME, size=size).status


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 200),
        ({"if_none_match": '"abc"'}, 304),
        ({"if_none_match": "abc"}, 304),
        ({"if_none_match": 'W/"abc"'}, 304),
        ({"if_none_match": '"x", "abc"'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"x"'}, 200),
        ({"if_none_match": '"x"', "if_modified_since": DATE}, 200),
        ({"if_modified_since": DATE}, 304),
        ({"if_modified_since": LATER}, 304),
        ({"if_modified_since": EARLIER}, 200),
        ({"if_modified_since": "yesterday"}, 200),
        ({"if_match": '"abc"'}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": '"x"'}, 412),
        ({"if_match": 'W/"abc"'}, 412),
        ({"if_unmodified_since": EARLIER}, 412),
        ({"if_unmodified_since": DATE}, 200),
        ({"range": "bytes=0-0"}, 206),
        ({"range": "bytes=-10"}, 206),
        ({"range": "bytes=5-"}, 206),
        ({"range": "bytes=0-99999"}, 206),
        ({"range": "bytes=1000-"}, 416),
        ({"range": "bytes=-0"}, 416),
        ({"range": "bytes=5-2"}, 200),
        ({"range": "bytes=a-b"}, 200),
        ({"range": "bytes=-"}, 200),
        ({"range": "lines=0-1"}, 200),
        ({"range": "bytes=0-1,2-3"}, 206),
        ({"range": "bytes=0-1,500-600"}, 200),
        ({"range": "bytes=0-1,2000-"}, 206),
        ({"range": "bytes=0-1", "if_range": '"abc"'}, 206),
        ({"range": "bytes=0-1", "if_range": '"x"'}, 200),
        ({"range": "bytes=0-1", "if_range": 'W/"abc"'}, 200),
        ({"range": "bytes=0-1", "if_range": DATE}, 206),
        ({"range": "bytes=0-1", "if_range": LATER}, 200),
        ({"range": "bytes=" + ",".join(["0-1"] * 2000)}, 200),
        ({"range": "bytes=" + "9" * 400 + "-"}, 416),
    ],
)
def test_answers(headers: dict[str, str], expected: int) -> None:
    assert status("GET", SIZE, **headers) == expected


def test_head_ignores_ranges_and_an_empty_file_has_none() -> None:
    assert status("HEAD", range="bytes=0-0") == 200
    assert status(size=0) == 200
    assert status(size=0, range="bytes=0-") == 416


@given(
    first=st.integers(0, 60) | st.none(), last=st.integers(0, 60) | st.none(), size=st.integers(0, 50),
)  # fmt: skip
def test_one_range_is_a_slice(first: int | None, last: int | None, size: int) -> None:
    data = bytes(range(size))
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    plan = serving.plan("GET", {"range": header}, etag=TAG, mtime=0, size=size)
    if plan.status == 206:
        assert plan.span is not None
        begin, end = plan.span
        sent = data[begin : end + 1]
        wanted = (
            data[size - min(last or 0, size) :]
            if first is None
            else data[first : None if last is None else last + 1]
        )
        assert sent == wanted
        assert plan.headers["Content-Range"] == f"bytes {begin}-{end}/{size}"
        assert plan.headers["Content-Length"] == str(len(sent))
    elif plan.status == 416:
        assert (first is not None and first >= size) or (first is None and (last == 0 or size == 0))
    else:
        assert plan.span == (0, size - 1)


@given(st.text(max_size=60))
def test_any_header_is_survived(text: str) -> None:
    for name in (
        "range",
        "if-range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-unmodified-since",
    ):
        plan = serving.plan("GET", {name: text, "range": "bytes=0-1"} if name != "range" else {name: text},
                            etag=TAG, mtime=MTIME, size=SIZE)  # fmt: skip
        assert plan.status in {200, 206, 304, 412, 416}


def test_other_methods_are_never_told_304() -> None:
    for header, expected in (("if-none-match", 412), ("if-match", 200), ("if-modified-since", 200)):
        value = DATE if "since" in header else '"abc"'
        assert serving.conditions("PROPFIND", {header: value}, etag=TAG, mtime=MTIME) == expected
    assert serving.conditions("PUT", {"if-match": '"x"'}, etag=TAG, mtime=MTIME) == 412


def test_a_time_that_is_not_known_is_not_told() -> None:
    plan = serving.plan("GET", {"if-modified-since": LATER}, etag=TAG, mtime=0, size=SIZE)
    assert plan.status == 200
    assert "Last-Modified" not in plan.headers
    assert serving.validators(TAG, MTIME) == {"ETag": '"abc"', "Last-Modified": DATE}


def test_numbers_beyond_any_file() -> None:
    assert status(range="bytes=" + "9" * 6000 + "-") == 416
    assert status(range="bytes=0-" + "9" * 6000) == 206
    assert status(range="bytes=-" + "9" * 6000) == 206


def test_dates_of_http() -> None:
    assert serving.http_date(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert serving.http_date(-1) == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert serving.http_date(10**15).endswith("9999 23:59:59 GMT")


def test_safe_headers_of_a_file() -> None:
    kept = serving.safe_headers("image/svg+xml", 'a"\nb\\é%.svg')
    assert kept["Content-Disposition"] == (
        "attachment; filename=\"a__b___.svg\"; filename*=UTF-8''a%22%0Ab%5C%C3%A9%25.svg"
    )
    assert serving.safe_headers("image/jpeg", "a.jpg")["Content-Disposition"].startswith("inline;")
    assert serving.safe_headers("image/jpeg", "a.jpg", download=True)["Content-Disposition"].startswith(
        "attachment;"
    )


def test_a_range_within_another_adds_nothing() -> None:
    assert serving.select_range("bytes=0-99,10-19", 1000) == (0, 99)
    assert serving.select_range("bytes=10-19,0-99,90-120", 1000) == (0, 120)


@pytest.mark.parametrize("mime", ["image/jpeg", "image/svg+xml", "text/html"])
def test_nothing_in_somebodys_bytes_runs(mime: str) -> None:
    headers = serving.safe_headers(mime, "a b.jpg")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
