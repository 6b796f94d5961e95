"""How large a picture becomes when it is made to fit: pure, so that the service can foresee it.

Pictures are scaled down only, and keep their shape.
"""

Size = tuple[int, int]
"""Width and height in pixels."""


def fitted(width: int, height: int, box: int) -> Size:
    """The size of a picture scaled down to fit a square of `box` pixels; never scaled up."""
    longest = max(width, height)
    if longest <= box:
        return width, height
    return max(1, round(width * box / longest)), max(1, round(height * box / longest))


def framed(width: int, height: int, frame: Size) -> Size:
    """The size of a picture scaled down to fit a frame; never scaled up."""
    return fitted(width, height, box_of(width, height, frame))


def box_of(width: int, height: int, frame: Size) -> int:
    """The square into which a picture has to fit so that it fits the frame, by one scaling alone."""
    share = min(1.0, frame[0] / width, frame[1] / height)
    return max(1, round(max(width, height) * share))
