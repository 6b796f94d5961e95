"""What folders are called on televisions: all of them can be translated, and nothing else is."""

from virtualfs.dlna.places import TITLES, UNDATED
from web.screen_words import FOLDERS
from web.words import words


def test_every_folder_has_a_name_in_each_language() -> None:
    assert set(FOLDERS) == {*TITLES.values(), UNDATED} - {"Hypomos"}
    assert words("de").gettext("Favourites") == "Favoriten"
    assert len({words("de").gettext(name) for name in FOLDERS}) == len(FOLDERS)
