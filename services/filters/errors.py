"""What is wrong with a query: where, in words, and what may have been meant."""

from services.errors import UsageError


class FilterError(UsageError):
    """Raised when a query cannot be used: `length` characters from `position` on are wrong.

    `suggestions` are texts that may stand in exactly that place
    instead, the likeliest first. A query that came as a tree has no text: its errors are at position 0.
    """

    def __init__(
        self, message: str, *, position: int = 0, length: int = 0, suggestions: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, field="q")
        self.message = message
        self.position = position
        self.length = length
        self.suggestions = suggestions
