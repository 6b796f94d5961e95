"""Which passwords are refused: too short ones, and those a guesser tries first.

There is no list of leaked passwords to ship. A password is good enough when enough of it is left
after everything predictable is crossed out: common words (also in l33t), the person's own names,
runs of the alphabet and of keyboard rows, dates, and repetition.
"""

import re
import secrets
import unicodedata

from services.errors import UsageError

MIN_LENGTH = 10
MAX_LENGTH = 1000
ENOUGH = 5
"""So many different characters must be left that no rule explains."""

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl",
    "zxcvbnm", "yxcvbnm", "qayxswedcvfr", "1qaz2wsx3edc4rfv", "1q2w3e4r5t6z7u8i9o0p", "1q2w3e4r5t6y7u8i9o0p",
)  # fmt: skip
_RUNS = frozenset(run[i : i + 3] for row in _ROWS for run in (row, row[::-1]) for i in range(len(run) - 2))
_COMMON = """
    password passwort passwd kennwort parole motdepasse contrasena secret geheim letmein welcome willkommen
    bienvenue admin administrator login user test guest master root hypomos iloveyou ichliebedich liebe
    schatz hallo hello hey familie family foto photo bilder pictures video wedding hochzeit love sex god
    internet computer whatever trustno changeme default access server network samsung iphone android google
    facebook youtube windows linux microsoft apple minecraft fortnite pokemon naruto starwars matrix superman
    batman spiderman harry potter gandalf hobbit metallica nirvana slipknot eminem guitar gitarre music musik
    piano money lucky happy smile sweet honey candy sugar cookie banana cheese chocolate schokolade pepper
    ginger flower blume rose butterfly sunshine rainbow thunder lightning phoenix dragon tiger lion eagle
    panther dolphin monkey kitten puppy horse wolf bear snoopy princess prinzessin prince queen king angel
    engel heaven diamond silver golden purple orange yellow green black white blue shadow hunter killer
    warrior ninja pirate soldier ranger freedom freiheit friends freunde forever mama papa baby mother father
    jesus christ bible football fussball baseball basketball volleyball handball hockey soccer tennis golf
    chelsea arsenal liverpool manchester united barcelona juventus madrid bayern dortmund schalke rapid
    cowboys lakers yankees steelers packers jordan mercedes ferrari porsche corvette mustang harley yamaha
    michael daniel andreas thomas charlie jessica jennifer ashley amanda nicole michelle samantha elizabeth
    christopher matthew joshua anthony william robert richard alexander sebastian benjamin stefan peter
    markus martin jonathan christian johannes julia sandra sabine laura lena sarah hannah anna maria emma
    berlin london paris vienna wien hamburg muenchen koeln zuerich basel bern newyork england america
    canada australia austria germany deutschland schweiz switzerland italia espana france
    january february march april june july august september october november december januar februar maerz
    juni juli oktober dezember monday tuesday wednesday thursday friday saturday sunday montag dienstag
    mittwoch donnerstag freitag samstag sonntag winter spring summer autumn sommer herbst
"""
_PLAIN = str.maketrans("013457@$!|+", "oleastasilt")
_DAY, _MONTH = r"(?:3[01]|[12]\d|0?[1-9])", r"(?:1[0-2]|0?[1-9])"
_DATE = rf"{_DAY}[-./ ]?{_MONTH}[-./ ]?(?:19|20)?\d\d|(?:19|20)\d\d(?:[-./ ]?{_MONTH}[-./ ]?{_DAY})?"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that looks like another


def require_strong(password: str, *names: str) -> None:
    """Raise UsageError unless the password is long enough and not predictable.

    `names` are the person's login and display name, which a password must not consist of.
    """
    text = unicodedata.normalize("NFC", password)
    if len(text) < MIN_LENGTH:
        raise UsageError(
            f"The password needs at least {MIN_LENGTH} characters. Some words in a row are easy to remember.",
            field="password",
        )
    if len(text) > MAX_LENGTH:
        raise UsageError(f"The password may have at most {MAX_LENGTH} characters.", field="password")
    if len(set(unexplained(text, *names))) < ENOUGH:
        raise UsageError(
            "This password is easy to guess: it is made of common words, names, dates, rows of keys or "
            "repetitions. Add some unrelated words.",
            field="password",
        )


def suggest_password() -> str:
    """A random password that can be read out and typed: four groups of four, 80 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def unexplained(password: str, *names: str) -> str:
    """The characters of a password that none of the rules covers, in lower case."""
    text = "".join(char.casefold()[0] for char in password)
    plain = text.translate(_PLAIN)
    covered = [False] * len(text)
    for word in (*_COMMON.split(), *_parts(names)):
        for form in {text, plain}:
            _cover_all(covered, re.escape(word), form)
    for start in range(len(text) - 2):
        if text[start : start + 3] in _RUNS or len(set(text[start : start + 3])) == 1:
            covered[start : start + 3] = [True] * 3
    _cover_all(covered, _DATE, text)
    period = _period(text)
    covered[period:] = [True] * (len(text) - period)
    return "".join(char for char, known in zip(text, covered, strict=True) if not known)


def _parts(names: tuple[str, ...]) -> set[str]:
    return {part for name in names for part in re.split(r"[\W_]+", name.casefold()) if len(part) >= 3}


def _cover_all(covered: list[bool], pattern: str, text: str) -> None:
    for found in re.finditer(pattern, text):
        covered[found.start() : found.end()] = [True] * (found.end() - found.start())


def _period(text: str) -> int:
    """The length of the part that the whole text repeats; its own length when there is none."""
    return next((n for n in range(1, len(text) // 2 + 1) if text[n:] == text[:-n]), len(text))
