"""What folders are called on televisions, for translation.

The names stand where they are given, in `virtualfs.dlna.places`; a test holds both sides against each other.
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
