"""Sentences of the domain: all have German words, each is still said somewhere, and is recognised with its data."""

import ast
import os
import re
from pathlib import Path

import av
import PIL.Image
import PIL.ImageFile
import pytest

from services.storages.rclone.faults import from_text
from tests.tree import ROOT
from tests.web.messages import Message, messages
from web.sentences import FOREIGN, SENTENCES, said

ELSEWHERE = {
    "services/certificates/household.py": "said at the start, by the command",
    "services/certificates/reading.py": "said by doctor",
    "services/secrets.py": "said at the start, by the command",
    "services/queues.py": "said at the start, by the command",
    "services/models/schema.py": "said at the start, by the command",
    "services/accounts/authenticating.py": "answers to app passwords and tokens, which no page takes",
    "services/accounts/lookups.py": "SQL",
    "services/accounts/scopes.py": "kinds and scopes are chosen by commands and the API only",
    "services/storages/memory.py": "a storage for tests",
    "services/storages/registry.py": "kinds and options are chosen by commands only",
    "services/jobs/leases.py": "ends a job without being recorded",
    "services/jobs/run.py": "ends a job without being recorded",
    "services/masks.py": "whoever asks goes on without, or asks again",
    "services/serving.py": "headers",
    "services/access/paths.py": "SQL",
    "services/filters/statement.py": "SQL",
    "services/filters/columns.py": "SQL",
    "services/filters/wording.py": "SQL",
    "services/renditions.py": "an answer to a media address",
    "services/pictures/giving.py": "answers to televisions",
    "services/slots.py": "answers to clients of the network drive; pages have a sentence of their own",
    "services/handing/putting.py": "answers to clients of the network drive",
    "services/handing/referring.py": "answers to clients of the network drive",
    "services/drive/locks.py": "answers to clients of the network drive",
    "services/drive/properties.py": "answers to clients of the network drive",
    "web/media.py": "an answer to a media address",
    "web/filters.py": "a form of dates",
    "web/mounting.py": "commands",
    **{f"web/api/{name}.py": "the API speaks English" for name in
       ("approvals", "cameras", "drafts", "events", "files", "filters", "groups", "me", "openapi", "screens",
        "sessions", "shares", "storages", "users", "views")},
}  # fmt: skip
"""Modules whose messages no page shows, and why."""

NOT_ON_PAGES = {
    "Nothing can be moved over the folder it lies in.": "said to clients of the network drive",
    "There is no user “{}”.": "commands name people by login; pages by id",
    "There is no storage “{}/{}”.{}": "commands name storages so; pages by id",
    " Did you mean “{}/{}”?": "the same",
    "There is no such invitation.": "absent: pages say one and the same of everything absent",
    "There is no such session.": "the same",
    "There is no such token.": "the same",
    "There is no such provider.": "the same",
    "This job is gone.": "the same",
    "The picture is not in the catalogue any more.": "of a job no page shows",
    "No storage that holds this picture can be reached.": "the same",
    "A token belongs to a person: say for whom it is.": "commands only",
    "The token would have expired already.": "expiry is chosen by commands and the API only",
    "A token cannot make credentials beyond its own scopes.": "API only: pages have no token",
    "limit must be from 1 to {}, not {}.": "API only: pages have one size",
    "sort must be one of {}, or - and one of them, not “{}”.": "API only",
    "{} must be a text.": "API only: a form holds nothing else",
    "{} must be true or false.": "API only: a form holds nothing else",
    "“{}” is no kind of storage that can be connected.{}": "API and commands: pages have a card for each",
    "{} has no option “{}”.{}": "API and commands: a form has a field for each",
    " Did you mean “{}”?": "the same",
    " There are: {}.": "the same",
    "Signing in to {} gives no “{}”.": "between our own modules",
    "What becomes of its items is “keep” or “forget”, not “{}”.": "API and commands: a page offers both",
    "A budget has bytes_per_second, at_once and hours, not {}.": "API only: pages have a form",
    "bytes_per_second is 0 (no limit) or a number from {} on.": "API only: the form takes megabytes",
    "at_once is a number from 1 to {}.": "API only",
    "hours are two hours of the day, such as [22, 6] for the night.": "API only",
    "Hours are written as 22-6, or “always”.": "commands only: the form has two lists",
    "The decision is “approve” or “reject”.": "API only: a page has a button for each",
    "“{}” cannot be revoked; name one of grant, user, event, screen or storage.": "API only: pages have buttons",
    "“{}” of a screen cannot be set to this.": "API only: a page has a field for each",
    "“{}” is no address.": "between our own modules",
    "An event has no “{}” to be set.": "API only: a page has a field for each",
    "The approval of an event is “organiser” or “none”.": "API only: a page has a box for it",
    "The end of an event is a moment, or nothing.": "between our own modules",
    "There is no right “{}”; there are {}.": "API only: a page has a box for each",
    "“{}” of a share cannot be set to this.": "API only: a page has a field for each",
    "Nothing can be shared with “{}”.": "API only: a page lists whom one may choose",
    "A share goes to one recipient: user, group, screen, collection or event.": "the same",
    "The owner of this collection has not asked for contributions from you.": "API only as yet",
    "This is contributed to “{}” already.": "API only as yet",
    "The body must be a JSON object.": "API only",
    "The body is not JSON: {}.": "API only",
    "This form must be sent as multipart/form-data.": "the pages' own forms are sent so",
    "no file came with the request": "between our own processes",
    "the rclone daemon does not answer": "its caller says it in other words",
    "The worker closes down.": "ends a job without being recorded",
    "The lease of this job lapsed and went to somebody else.": "the same",
    "{}: “{}” is neither a host name such as nas.lan nor a network such as 192.168.1.0/24.{}": "said at the start",
    " Did you mean {}?": "the same",
    " It takes no port, no https:// and no *.": "the same",
    "database_url must begin with postgresql://, not “{}”.": "said at the start, by the command",
    "does not answer: {}": "part of what the health check says to machines",
}
"""Messages that no page shows, and why."""


@pytest.fixture(scope="module")
def found() -> list[Message]:
    """Every message of the sources."""
    return messages()


def texts_of(path: Path) -> set[str]:
    """Every text of a module, with {} in place of data."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            found.add("".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def test_messages_are_found(found: list[Message]) -> None:
    texts = {m.text for m in found}
    assert len([m for m in found if is_shown(m)]) > 120
    assert "the file is empty" in texts, "a returned reason"
    assert "“{}” does not exist. Check how it is written, and that its disk is mounted." in texts, "a refusal"
    assert "the decoder crashed ({})" in texts, "a cause"


def test_no_exception_is_left_over(found: list[Message]) -> None:
    assert set(NOT_ON_PAGES) - {m.text for m in found} == set()
    assert set(ELSEWHERE) - {m.module for m in found} == set()


def is_shown(message: Message) -> bool:
    """Whether some page may show it."""
    return message.module not in ELSEWHERE and message.text not in NOT_ON_PAGES


def test_a_german_page_shows_them_in_german(found: list[Message]) -> None:
    """Whatever the domain says of a file, a storage or a form, with any data in it, and keeps the data."""
    unmarked, lost, changed = [], [], []
    for message in filter(is_shown, found):
        data = [f"Q{n}x" for n in range(message.text.count("{}"))]
        text = message.text
        for datum in data:
            text = text.replace("{}", datum, 1)
        german, where = said(text, "de"), f"{message.module}:{message.line}: {message.text}"
        unmarked += [where] * (german == text)
        lost += [f"{where}: {d}" for d in data if d not in german]
        changed += [where] * (said(text, "en") != text)
    assert unmarked == [], "mark them in web/sentences.py"
    assert lost == []
    assert changed == []


def test_the_system_or_a_decoder_still_says_them() -> None:
    spoken = {os.strerror(n) for n in range(1, 134)}
    spoken |= {str(ffmpeg_error(tag).strerror) for tag in (b"INDA", b"EOF ")}
    spoken |= texts_of(Path(str(PIL.ImageFile.__file__)))
    status = PIL.Image.core.getcodecstatus  # type: ignore[attr-defined]  # there, without a stub
    spoken |= {f"{status(n)} when reading image file" for n in (-2, -3)}
    assert [s for s in FOREIGN if re.sub(r"{\w+}", "{}", s) not in spoken] == []


def ffmpeg_error(tag: bytes) -> av.FFmpegError:
    with pytest.raises(av.FFmpegError) as caught:
        av.error.err_check(-int.from_bytes(tag, "little"))
    return caught.value


def test_the_domain_still_says_them() -> None:
    """A refusal of a folder, and what happened to a path, are put together from a name and the rest."""
    modules = [
        p for top in ("services", "web") for p in (ROOT / top).rglob("*.py") if p.name != "sentences.py"
    ]
    said_somewhere = set().union(*map(texts_of, modules))
    unsaid = []
    for sentence in SENTENCES:
        bare = re.sub(r"{\w+}", "{}", sentence)
        rest = re.sub(r"^“{}” ", "", bare)
        forms = {bare, rest, rest.strip(), "{} " + rest, bare.replace("“{}”", "{}")}
        unsaid += [sentence] * (not forms & said_somewhere)
    assert unsaid == []


def test_data_stay_as_they_are() -> None:
    assert said(
        "“/srv/a {b} %s” does not exist. Check how it is written, and that its disk is mounted.", "de"
    ) == ("„/srv/a {b} %s“ gibt es nicht. Prüfe die Schreibweise und ob das Laufwerk eingehängt ist.")


def test_what_the_system_says_inside_is_said_too() -> None:
    text = "Hypomos may not open “a/b”: Permission denied. Check its permissions."
    assert (
        said(text, "de")
        == "„a/b“: Hypomos darf das nicht öffnen (keine Berechtigung). Prüfe die Zugriffsrechte."
    )
    text = "The storage's top folder could not be reached: Stale file handle."
    assert said(text, "de").startswith("Der oberste Ordner des Speichers war nicht erreichbar: veralteter")
    text = "only partly readable: image file is truncated (16 bytes not processed)"
    assert (
        said(text, "de")
        == "nur teilweise lesbar: die Bilddatei ist abgeschnitten (16 Bytes nicht verarbeitet)"
    )


@pytest.mark.parametrize(
    ("text", "german"),
    [
        (
            "this picture cannot be decoded: invalid AVIF item 7",
            "dieses Bild lässt sich nicht dekodieren: "
            "ein seltenerer Grund, im Wortlaut des Programms „invalid AVIF item 7“",
        ),
        (
            "only partly readable: tile 3 is {broken}",
            "nur teilweise lesbar: ein seltenerer Grund, im Wortlaut des Programms „tile 3 is {broken}“",
        ),
    ],
)
def test_what_is_rarer_is_quoted_in_a_german_sentence(text: str, german: str) -> None:
    assert said(text, "de") == german
    assert said(text, "en") == text


def test_a_reason_inside_is_said_too() -> None:
    text = "The folder “/srv” is not the one that was added: another folder or disk is in its place"
    assert said(text, "de").endswith(": an seiner Stelle ist ein anderer Ordner oder ein anderes Laufwerk")


@pytest.mark.parametrize(
    "fault",
    [
        "dial tcp 127.0.0.1:1: connect: connection refused",
        "dial tcp: lookup nas: no such host",
        "net/http: timeout awaiting response headers",
        "XML syntax error on line 1: unexpected EOF",
        "unexpected EOF",
        "api error RequestTimeTooSkewed: The difference is too large",
    ],
)
def test_why_a_storage_is_away_is_said_in_our_own_words(fault: str) -> None:
    german = said(str(from_text(fault)), "de")
    assert german.startswith("Der Speicher ist gerade nicht zu erreichen (")
    assert "im Wortlaut des Programms" not in german


def test_english_and_the_unknown_stay() -> None:
    assert said("The name or the password is wrong.", "en") == "The name or the password is wrong."
    assert said("Nobody ever says this.", "de") == "Nobody ever says this."
    assert said("", "de") == ""
