"""What folders are called on televisions: all of them can be translated, and nothing else is."""

from virtualfs.dlna.app import APPROVE, APPROVE_CODE
from virtualfs.dlna.places import TITLES, UNDATED
from web.screen_words import ASKING, FOLDERS
from web.words import words


def test_every_folder_has_a_name_in_each_language() -> None:
    assert set(FOLDERS) == {*TITLES.values(), UNDATED} - {"Hypomos"}
    assert words("de").gettext("Favourites") == "Favoriten"
    assert len({words("de").gettext(name) for name in FOLDERS}) == len(FOLDERS)


def test_so_has_the_picture_that_strangers_see() -> None:
    assert ASKING == (APPROVE, APPROVE_CODE)
    assert words("de").gettext(APPROVE_CODE) == "Zu Hause fragen: diesen Bildschirm einlassen, Code {code}"
    assert words("de").gettext(APPROVE) == "Zu Hause fragen: diesen Bildschirm einlassen"
