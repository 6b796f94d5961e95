"""Whether a file that others are to see may be stored: by what a decoder made of its bytes, never by its name.

Only what shows a picture, plays a video or sounds is taken. Pure.
"""

from services.media.types import Reading


def refusal(reading: Reading) -> str | None:
    """Why a file is refused, in words for its sender; None for a picture, a video or a sound."""
    meta = reading.metadata
    if reading.size == 0:
        return "The file is empty."
    if meta.kind == "other":
        said = reading.damaged or f"this is {meta.mime}"
        return f"This is no picture, video or sound: {said}."
    if meta.kind == "audio":
        sounds = meta.codec is not None and meta.duration_s is not None
        return None if sounds else "This sound cannot be played: it is cut off or damaged."
    if reading.rendition is None:
        return f"This cannot be shown: {reading.damaged or 'there is no picture in this file'}."
    return None
