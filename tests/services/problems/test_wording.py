"""What is said of problems: every kind and state has its words, and they are whole sentences."""

from services.filing.recovering import _HOW
from services.problems import wording


def sentences() -> list[str]:
    pairs = [*wording.STATES.values(), wording.FULL, wording.FEED, *wording.JOBS.values(), wording.FOLDER]
    plain = [
        wording.TRANSFER_GOES_ON,
        *wording.CHANGES.values(),
        wording.CHANGE_DO,
        wording.FILE,
        wording.PARTLY,
    ]
    return [text for pair in pairs for text in pair] + [*plain, wording.FILE_DO]


def test_they_are_whole_sentences() -> None:
    for text in sentences():
        assert text[0].isupper()
        assert text.endswith(".")


def test_every_change_of_the_journal_has_its_words() -> None:
    assert set(wording.CHANGES) == set(_HOW)
