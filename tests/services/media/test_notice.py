"""What an unknown television shows: all of it can be read, and nothing else is on it."""

import io

import pytest
from PIL import Image, ImageFont

from services.media import notice
from services.media.notice import ask_at_home
from services.media.television import PROFILES, Profile
from tests.services.media.test_television import require_conforming

ADDRESS = "http://hypomos.local:4976/screens"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_it_is_a_picture_that_televisions_read(profile: Profile) -> None:
    made = ask_at_home("4711", ADDRESS, profile)
    require_conforming(made, profile)
    assert made == ask_at_home("4711", ADDRESS, profile), "and always the same"


def test_code_and_address_are_on_it() -> None:
    for profile in PROFILES.values():
        assert ask_at_home("4711", ADDRESS, profile) != ask_at_home("4712", ADDRESS, profile)
    large = PROFILES["FHD"]
    assert ask_at_home("4711", ADDRESS, large) != ask_at_home("4711", ADDRESS + "2", large)


def test_the_font_has_every_letter_of_the_words() -> None:
    """It lacks umlauts: a word with one would show boxes."""
    font = ImageFont.load_default(40)
    missing = bytes(font.getmask("\uffff"))
    letters = {letter for _, _, _, words in notice.LINES for letter in words} | set(map(chr, range(33, 127)))
    assert [x for x in sorted(letters - {" "}) if bytes(font.getmask(x)) == missing] == []


def test_both_languages_are_there() -> None:
    words = " ".join(words for _, _, _, words in notice.LINES)
    assert "This television" in words
    assert "Dieser Fernseher" in words


def edges(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours along the four sides."""
    width, height = image.size
    sides = [(x, y) for x in range(width) for y in (0, height - 1)]
    sides += [(x, y) for x in (0, width - 1) for y in range(height)]
    return [image.getpixel(place) for place in sides]  # type: ignore[misc]  # RGB


@pytest.mark.parametrize("name", ["FHD", "TN"])
@pytest.mark.parametrize(
    ("code", "address"),
    [
        ("4711", ADDRESS),
        ("W" * 30, "https://" + "w" * 90 + ".example.org/screens"),
        ("Ünï", "http://müller/"),
        ("", ""),
    ],
)
def test_words_stay_on_the_picture(name: str, code: str, address: str) -> None:
    image = Image.open(io.BytesIO(ask_at_home(code, address, PROFILES[name]).data)).convert("RGB")
    assert all(
        abs(a - b) < 12 for colour in edges(image) for a, b in zip(colour, notice.BACKGROUND, strict=True)
    )
