"""What folders are called on televisions, and the picture that strangers see, for translation.

The names stand where they are given, in `virtualfs.dlna`; a test holds both sides against each other.
"""

from typing import Final

from web.words import marked

FOLDERS: Final = (
    marked("Newest"),
    marked("Favourites"),
    marked("Photos"),
    marked("Videos"),
    marked("Sounds"),
    marked("Collections"),
    marked("Events"),
    marked("Undated"),
)

ASKING: Final = (
    marked("Ask at home: approve this screen"),
    marked("Ask at home: approve this screen, code {code}"),
)
