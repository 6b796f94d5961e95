"""Names of uploaded files: what strangers send, made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.storages import paths
from services.storages.patterns import is_skipped
from services.uploads.names import MAX_BYTES, clean, media_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("IMG_1.jpg", "IMG_1.jpg"),
        ("Strand & Meer (2).jpg", "Strand & Meer (2).jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\IMG_1.jpg", "IMG_1.jpg"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("   ", "file"),
        ("a\0b.jpg", "ab.jpg"),
        ("a\nb\r.jpg", "ab.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ('"><img src=x onerror=alert(1)>.jpg', "___img src=x onerror=alert(1)_.jpg"),
        ("u\u0308ber.jpg", "über.jpg"),
        (".hidden.jpg", "hidden.jpg"),
        (".hypomos-root", "hypomos-root"),
        ("film.mp4.part", "film_mp4_part"),
        ("Thumbs.db", "Thumbs_db"),
        ("@eaDir", "_@eaDir"),
        ("con.jpg", "_con.jpg"),
        ("name. ", "name"),
        ("\ud800.jpg", "jpg"),
        ("👩\u200d👧.jpg", "👩\u200d👧.jpg"),
    ],
)
def test_names_are_cleaned(sent: str, kept: str) -> None:
    assert clean(sent) == kept


def test_a_long_name_keeps_its_ending() -> None:
    name = clean("ü" * 255 + ".jpg")
    assert len(name.encode()) <= MAX_BYTES
    assert name.endswith("ü.jpg")


@given(
    st.text(st.characters()), st.sampled_from(["image/jpeg", "video/mp4", "image/x-sony-arw", "image/x-none"])
)
def test_whatever_is_sent_becomes_one_legal_name(sent: str, mime: str) -> None:
    for name in (clean(sent), media_name(clean(sent), mime)):
        assert paths.parts(name) == [name]
        assert len(name.encode()) <= MAX_BYTES
        assert not is_skipped(name)
        assert name == name.strip()
        assert not set(name) & set('<>:"/\\|?*\0')


@pytest.mark.parametrize(
    ("name", "mime", "kept"),
    [
        ("IMG_1.jpg", "image/jpeg", "IMG_1.jpg"),
        ("IMG_1.JPEG", "image/png", "IMG_1.JPEG"),
        ("page.html", "image/jpeg", "page.html.jpg"),
        ("run.exe", "video/mp4", "run.exe.mp4"),
        ("file", "image/heic", "file.heic"),
        ("page.html", "image/x-unknown", "page_html"),
    ],
)
def test_a_picture_never_lies_there_as_something_else(name: str, mime: str, kept: str) -> None:
    assert media_name(name, mime) == kept
