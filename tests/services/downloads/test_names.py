import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.downloads.names import MAX_BYTES, Unique, safe
from services.names import fold


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("IMG_1.jpg", "IMG_1.jpg"), ("../../etc/passwd", ".._.._etc_passwd"), ("/abs.jpg", "_abs.jpg"),
        ("C:\\x.jpg", "C__x.jpg"), ("..", "file"), (".", "file"), ("", "file"), ("a. ", "a"), ("con.jpg", "_con.jpg"),
        ("LPT1", "_LPT1"), ("a?b*c.jpg", "a_b_c.jpg"), ("a\u0308.jpg", "\xe4.jpg"), ("   ", "file"),
        ("\u202egpj.exe", "\\x202egpj.exe".replace("\\", "_")),
    ],
)  # fmt: skip
def test_names_that_every_system_takes(name: str, there: str) -> None:
    assert safe(name) == there


@given(st.text(max_size=400))
def test_any_name(name: str) -> None:
    found = safe(name)
    assert found
    assert unicodedata.is_normalized("NFC", found)
    assert not set(found) & set('<>:"/\\|?*\0\n')
    assert found not in {".", ".."}
    assert not found.endswith((" ", "."))
    assert len(found.encode()) <= MAX_BYTES
    assert safe(found) == found


@given(
    st.lists(
        st.sampled_from(["a.jpg", "A.JPG", "a (2).jpg", "b", "b (2)", "ä.jpg", "x" * 300 + ".jpg"]),
        max_size=40,
    )
)
def test_no_two_are_alike(names: list[str]) -> None:
    unique = Unique()
    given_names = [unique.name(safe(name)) for name in names]
    assert len({fold(name) for name in given_names}) == len(names)
    assert all(len(name.encode()) <= MAX_BYTES for name in given_names)


def test_numbers_stand_before_the_ending() -> None:
    unique = Unique()
    assert [unique.name(n) for n in ("a.jpg", "A.jpg", "a.jpg")] == ["a.jpg", "A (2).jpg", "a (3).jpg"]
