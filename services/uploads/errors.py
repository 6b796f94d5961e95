"""What may be wrong with what a sender sends; each is told to them as it is."""

from services.errors import Conflict, HypomosError, UsageError


class TooLarge(UsageError):
    """Raised for more bytes than may be sent: `most` of them."""

    def __init__(self, most: int) -> None:
        super().__init__(f"This file is too large: at most {_in_words(most)} may be sent.", field="size")
        self.most = most


class WrongOffset(Conflict):
    """Raised when pieces do not go on where the upload stands, which is `got`."""

    def __init__(self, got: int) -> None:
        super().__init__(f"This upload goes on at byte {got}.")
        self.got = got


class Busy(Conflict):
    """Raised while somebody else sends the same upload."""

    def __init__(self) -> None:
        super().__init__("This upload is being sent already.")


class Refused(HypomosError):
    """Raised for what is not taken, whatever is done about it; `str()` is fit for its sender."""


def _in_words(size: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 1000)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"
