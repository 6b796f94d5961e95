"""Sentences of the domain in the viewer's language.

Errors and states come as English sentences that hold data. Those a person may meet on a page stand
here with a name for each datum; whatever is not here is shown in English as it is. A test holds each
of them against the sources, so that none is kept that nobody says any more.
"""

import re
from functools import cache
from typing import Final

from web.words import LANGUAGES, words


def marked(text: str) -> str:
    """The text itself; marks it for translation."""
    return text


NESTED: Final = frozenset({"reason", "detail"})
"""Data that are sentences themselves."""

SENTENCES: Final = (
    # accounts
    marked("The name or the password is wrong."),
    marked("Too many tries. Try again in {seconds} seconds."),
    marked("This is not your present password."),
    marked("The two passwords differ."),
    marked("The password needs at least {n} characters. Some words in a row are easy to remember."),
    marked("The password may have at most {n} characters."),
    marked("This password is easy to guess: it is made of common words, names, dates, rows of keys or repetitions. "
           "Add some unrelated words."),
    marked("The login name is missing."),
    marked("The login name may have at most {n} characters."),
    marked("A login name has only the letters a to z, digits and . _ - and begins with a letter or digit. "
           "Accents and spaces fit into the display name."),
    marked("The login name “{login}” is taken."),
    marked("This is too long: at most {n} characters."),
    marked("A child cannot be an administrator."),
    marked("This is the last active administrator. Make somebody else an administrator first."),
    marked("There is no such person."),
    marked("Only administrators may do this."),
    marked("This setup code is wrong or has expired. The newest one is in the log of the appliance; a restart prints "
           "another."),
    marked("There is an administrator already. Sign in, or ask them for an invitation."),
    marked("This invitation has been used, has expired or was revoked. Ask for a new one."),
    marked("This sign-in has ended or the account is disabled. Sign in again."),
    marked("There are {n} tokens already. Revoke those that are not used any more."),
    marked("The name others see has 1 to {n} characters."),
    marked("“{zone}” is no time zone such as Europe/Berlin."),
    # storages and folders
    marked("Storages are added by an adult of the household."),
    marked("There is a storage called “{name}” already. Choose another name."),
    marked("A storage's name has 1 to {n} characters and no slash; it is a folder of the network drive."),
    marked("This is not the storage's name, so nothing was removed."),
    marked("“{path}” is not a full path. Give the whole path of the folder, beginning with “/”."),
    marked("“{path}” holds Hypomos' own data, or is part of it. Choose a folder apart from it."),
    marked("“{path}” is part of another storage, or has one in it. Choose another folder, or remove that one first."),
    marked("“{path}” cannot be added by you: ask an administrator to assign a folder to you first."),
    marked("“{path}” is not in a folder that is assigned to you. Choose one in {folders}."),
    marked("“{path}” holds files of many people or programs. Choose one folder in it, with media."),
    marked("“{path}” belongs to the operating system. Choose a folder that holds media."),
    marked("“{path}” does not exist. Check how it is written, and that its disk is mounted."),
    marked("“{path}” is a file, not a folder. Give the folder it lies in."),
    marked("“{path}” cannot be read by Hypomos. Give the user that runs Hypomos the right to read and enter it."),
    marked("“{path}” cannot be opened: {cause}. Check the disk, then try again."),
    marked("The folder “{path}” cannot be opened: {cause}. Is its disk mounted, and is no part of its path a link "
           "now?"),
    marked("The folder “{path}” is not the one that was added: {reason}"),
    marked("another folder or disk is in its place"),
    marked("another storage is in its place"),
    marked("another disk is in its place, or none: is the disk mounted?"),
    marked("none of the files it is known by is there: is the disk mounted?"),
    marked("the marker file is gone: is the disk mounted?"),
    marked("No disk is mounted on “{path}” now."),
    marked("{gone} of {known} files were not found this time. If you removed them, confirm it on the storage's page; "
           "otherwise check that the disk is mounted. Nothing was changed."),
    marked("Only {free} MiB are free where Hypomos keeps its data ({data}). Scanning goes on when there is room "
           "again; originals are still served."),
    marked("Hypomos may not open “{path}”: {cause}. Check its permissions."),
    marked("“{path}” could not be reached: {cause}."),
    marked("No storage that holds this file can be reached."),
    marked("The worker died each time it did this; it will not be tried again by itself."),
    marked("Something unexpected went wrong ({kind}); the log has the details."),
    # files that cannot be read
    marked("the file is empty"),
    marked("the name ends in {ending}, but the content is {mime}"),
    marked("there is no picture in this file ({mime})"),
    marked("this is not a whole picture of its kind"),
    marked("only partly readable: {detail}"),
    marked("{wide} x {high} pixels are more than the limit of {n} megapixels"),
    marked("more pixels than the limit of {n} megapixels"),
    marked("decoding {wide} x {high} pixels takes {needed} MiB of memory, more than the {room} MiB there are"),
    marked("decoding takes more memory than the {n} MiB allowed"),
    marked("this RAW file holds no preview that can be shown"),
    marked("this video cannot be decoded: {cause}"),
    marked("this video holds no frame that can be decoded"),
    marked("no frame of this video could be decoded in time"),
    marked("this sound file cannot be opened: {cause}"),
    marked("this cannot be decoded ({kind}: {cause})"),
    marked("took longer than {n} seconds"),
    marked("took more processor time than allowed ({detail}, twice that for HEIF, RAW and video)"),
    marked("the decoder crashed ({name})"),
    marked("the system ended the decoder, probably for want of memory"),
    # what went wrong with a request
    marked("Not found"),
    marked("There is nothing here, or it is not shared with you."),
    marked("Sign in"),
    marked("Please sign in."),
    marked("Not allowed"),
    marked("This was sent by a page of another site, so nothing was done."),
    marked("The form has expired. Go back, load the page again and repeat."),
    marked("This cannot be used"),
    marked("Already taken"),
    marked("Too many tries"),
    marked("The storage asks to wait"),
    marked("The storage cannot be reached"),
    marked("No room left"),
    marked("That did not work"),
    marked("Something went wrong"),
    marked("The error is in the log of the appliance."),
    marked("That is too much for one request (1 MiB at most)."),
    marked("A search takes at most {most} words; this one has {n}."),
    marked("cursor is not one that a page gave; begin again without it."),
)  # fmt: skip

_DATUM = re.compile(r"{(\w+)}")


def said(text: str, language: str) -> str:
    """The sentence in that language, if it is one of ours; else as it is."""
    if not text or language == LANGUAGES[0]:
        return text
    translate = words(language).gettext
    if text in SENTENCES:
        return translate(text)
    for sentence, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            data = {n: said(v, language) if n in NESTED else v for n, v in found.groupdict().items()}
            return "".join(data[p] if n % 2 else p for n, p in enumerate(_DATUM.split(translate(sentence))))
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The sentences that hold data, as what recognises them."""
    found = []
    for sentence in SENTENCES:
        if _DATUM.search(sentence):
            parts = _DATUM.split(sentence)  # text, name, text, name, … text
            texts = [f"(?P<{p}>.+)" if n % 2 else re.escape(p) for n, p in enumerate(parts)]
            found.append((sentence, re.compile("".join(texts), re.DOTALL)))
    return tuple(found)
