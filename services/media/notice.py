"""The picture that an unknown television shows: how it is approved, in English and in German.

Drawn with the font inside Pillow, which has no umlauts: no word here needs one.
"""

from PIL import Image, ImageDraw, ImageFont

from .renditions import encode_for_television
from .television import Profile
from .types import Rendition

FULL = (1920, 1080)
THUMBNAIL = (160, 90)
BACKGROUND, INK, FAINT, BRIGHT = (18, 28, 38), (238, 242, 245), (148, 166, 180), (255, 205, 96)
MARGIN = 120
SMALLEST = 4
UNDRAWABLE = "?"
NAME = "Hypomos"
LINES = (
    # top, height of the letters, colour, words
    (96, 54, FAINT, NAME),
    (214, 66, INK, "This television is not yet known here."),
    (306, 48, FAINT, "Open this page at home and approve the code:"),
    (454, 72, BRIGHT, "{address}"),
    (600, 190, INK, "{code}"),
    (830, 66, INK, "Dieser Fernseher ist hier noch nicht bekannt."),
    (922, 48, FAINT, "Zu Hause diese Seite aufrufen und den Code freigeben."),
)
CODE_ALONE = ((6, 16, FAINT, NAME), (34, 42, BRIGHT, "{code}"))
"""On a thumbnail nothing else can be read."""


def ask_at_home(code: str, address: str, profile: Profile) -> Rendition:
    """The words as a picture of the profile; `address` is where somebody approves `code`."""
    size, lines = (THUMBNAIL, CODE_ALONE) if profile.name == "TN" else (FULL, LINES)
    image = Image.new("RGB", size, BACKGROUND)
    draw = ImageDraw.Draw(image)
    given = {"code": _drawable(code), "address": _drawable(address)}
    for top, height, colour, words in lines:
        text = words.format_map(given)
        font = _fitting(text, height, size[0] - 2 * MARGIN * size[0] // FULL[0])
        draw.text((size[0] / 2, top + height / 2), text, colour, font, "mm")
    return encode_for_television(image, profile)


def _fitting(text: str, height: int, width: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font in this size, or as large as the text may be to fit the width."""
    font = ImageFont.load_default(height)
    wide = font.getbbox(text)[2]
    if wide <= width:
        return font
    return ImageFont.load_default(max(SMALLEST, int(height * width / wide)))


def _drawable(text: str) -> str:
    """Printable ASCII, which the font has."""
    return "".join(letter if " " <= letter <= "~" else UNDRAWABLE for letter in text)
