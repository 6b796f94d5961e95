"""A storage that takes names in other letters for the same names, as OneDrive, Dropbox and Windows do."""

from services.names import fold
from services.storages.memory import MemoryStorage
from services.storages.values import Caps, Entry


class Letterless(MemoryStorage):
    """What is asked for by other letters is found, and told under the name that was asked for."""

    def caps(self) -> Caps:
        return super().caps()._replace(case_insensitive=True)

    def stat(self, path: str) -> Entry:
        return super().stat(self._known(path))._replace(path=path)

    def delete(self, path: str, *, trash: bool = True, shelf: str | None = None) -> str | None:
        return super().delete(self._known(path), trash=trash, shelf=shelf)

    def _known(self, path: str) -> str:
        return next((known for known in self._nodes if fold(known) == fold(path)), path)
