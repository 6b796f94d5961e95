import pytest

from services.accounts.strength import require_strong, suggest_password, unexplained
from services.errors import UsageError


@pytest.mark.parametrize(
    "password",
    [
        "Password123!", "passwort2024", "P@ssw0rd1234", "Pa$$word!!!!", "1234567890", "0987654321",
        "qwertzuiop", "qwerty123456", "aaaaaaaaaaaa", "abcabcabcabc", "hallohallohallo", "24.12.1985 24.12.",
        "19851224 !!", "1q2w3e4r5t6z", "letmein2020!!", "iloveyou1234", "anna1985anna", "annamueller1",
        "abcdefghijklmnop", "familiefamilie", "asdfghjklasdfghjkl", "12121212121212", "          ",
        "Sommer2023!", "hypomos12345", "basketball", "manchester", "charlie123", "mercedes123", "harrypotter",
        "jonathan12", "Butterfly1", "ch0c0late1", "liverpool1", "summer-winter", "dienstag 2025",
    ],
)  # fmt: skip
def test_what_a_guesser_tries_first_is_refused(password: str) -> None:
    with pytest.raises(UsageError) as refusal:
        require_strong(password, "anna", "Anna Mueller")
    assert refusal.value.field == "password"


@pytest.mark.parametrize(
    "password",
    [
        "quite unusual kettle", "correct horse battery staple", "Zugspitze knarrt leise", "xk7-Qp!wz4Lm",
        "żółta łódka płynie", "犬が月に吠えるのは夜だけだ", "lampe-7-fahrrad", "Tr0ub4dor&3xyz",
    ],
)  # fmt: skip
def test_what_nobody_guesses_is_taken(password: str) -> None:
    require_strong(password, "anna", "Anna Mueller")


def test_ten_characters_are_needed_counted_as_people_see_them() -> None:
    with pytest.raises(UsageError, match="at least 10"):
        require_strong("e\u0301" * 5 + "xkqz", "")  # nine, five of them written as two code points
    require_strong("xkqzjwvfpe", "")


def test_there_is_an_end() -> None:
    with pytest.raises(UsageError, match="at most 1000"):
        require_strong("xkqzjwvfpe " * 100, "")


def test_the_own_name_explains_nothing_of_other_people() -> None:
    assert unexplained("kettledrums", "kettledrums") == ""
    assert unexplained("kettledrums", "ben") == "kettledrums"


def test_suggested_passwords_are_strong_and_different() -> None:
    suggested = {suggest_password() for _ in range(50)}
    assert len(suggested) == 50
    for password in suggested:
        require_strong(password, "anna")
