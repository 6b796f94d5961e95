"""Subtitles as SubRip files (`.srt`) hold them: how they are known, whether they tell a place, and as WebVTT.

Pure functions on bytes and text; only the standard library is imported, for the service process converts what it sends.
Drones write where they fly into files of the same kind: those are telemetry, and are told apart by what they say.
SubRip has no standard; what it looks like is from the files of players, cameras and drones. Source: WebVTT (W3C).
"""

import itertools
import re

SUBRIP = "application/x-subrip"
PLACED = f"{SUBRIP}; place=told"
"""The MIME type of a subtitle file, and of one that tells where it was taken."""
WEBVTT = "text/vtt; charset=utf-8"
MOST_BYTES = 2 * 1024 * 1024
"""A larger file is no subtitle to us: a film of four hours has 200 KB."""
MOST_CUES = 20_000
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SAMPLE = 512

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_TIMES = re.compile(rf"[ \t]{{0,9}}{_TIME}[ \t]{{0,9}}-->[ \t]{{0,9}}{_TIME}(?![\d:])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_OUR_TAG = re.compile(r"&lt;(/?[biu])&gt;", re.IGNORECASE)
_DRESS = re.compile(r"</?font\b[^<>]{0,200}>|\{\\[^{}]{0,80}\}", re.IGNORECASE)
"""What other players colour and place text by: left out, where everything else is shown as it is written."""
_PLACE = re.compile(
    r"\bgps|\bhome\s?\(|latitude|longt?itude|\b(?:lat|long?|lng)\s{0,3}[:=]|coordinate|koordinate|\bgeo:"
    r"|-?\d{1,3}\.\d{4,}[^\w\n]{1,4}-?\d{1,3}\.\d{4,}"
    r"|\d{1,3}\s?[°º]\s?\d{1,2}(?:\.\d+)?\s?['’′]",
    re.IGNORECASE,
)


def mime_of(data: bytes) -> str | None:
    """The MIME type of a whole subtitle file; None when it is none, or too large to be one."""
    if len(data) > MOST_BYTES or not is_subrip(data):
        return None
    return PLACED if tells_place(data) else SUBRIP


def is_subrip(head: bytes) -> bool:
    """Whether a file that begins so is SubRip: text, with a line of two times and an arrow."""
    text = decode(head)
    if text.lstrip().startswith("WEBVTT") or _CONTROL.search(text):
        return False
    return any("-->" in line and _TIMES.match(line) for line in text.splitlines())


def tells_place(data: bytes) -> bool:
    """Whether the text speaks of coordinates, as the telemetry of drones does. In doubt it does."""
    return _PLACE.search(decode(data)) is not None


def decode(data: bytes) -> str:
    """The text, by its mark, else UTF-8 or UTF-16 where it is that, else as Windows wrote it in the west."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    sample = data[:_SAMPLE]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if sample and sample[first::2].count(0) > len(sample) // 4:
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def to_webvtt(data: bytes) -> str:
    """The same as WebVTT: what has no times that make sense is left out, and nothing in it is markup but b, i and u."""
    lines = [_CONTROL.sub("", line).rstrip() for line in decode(data).splitlines()]
    starts = [n for n, line in enumerate(lines) if "-->" in line and _TIMES.match(line)]
    cues = []
    for start, after in itertools.pairwise([*starts, len(lines)]):
        span = _span(lines[start])
        is_numbered = after < len(lines) and lines[after - 1].strip().isdecimal()
        words = [line for line in lines[start + 1 : after - is_numbered] if line.strip()]
        text = "\n".join(filter(None, (_shown(line) for line in words)))
        if span is not None and text:
            cues.append((*span, text))
        if len(cues) == MOST_CUES:
            break
    cues.sort(key=lambda cue: cue[:2])
    blocks = [f"{_written(start)} --> {_written(end)}\n{text}\n" for start, end, text in cues]
    return "\n".join(["WEBVTT\n", *blocks])


def _shown(line: str) -> str:
    plain = _DRESS.sub("", line).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _OUR_TAG.sub(lambda tag: f"<{tag[1].lower()}>", plain).strip()


def _span(line: str) -> tuple[int, int] | None:
    """The two times in milliseconds; None when they are none, or the second is not later."""
    found = _TIMES.match(line)
    if found is None:
        return None
    start, end = _milliseconds(*found.groups()[:4]), _milliseconds(*found.groups()[4:])
    return (start, end) if start is not None and end is not None and start < end else None


def _milliseconds(hours: str | None, minutes: str, seconds: str, rest: str) -> int | None:
    if int(minutes) > 59 or int(seconds) > 59:
        return None
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest.ljust(3, "0"))


def _written(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
