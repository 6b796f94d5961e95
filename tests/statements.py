"""What the catalogue is asked: for tests that a page or a listing asks no more when there is more on it."""

import pytest

from services.models import database


def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL of each statement from now on, as it comes."""
    asked: list[str] = []
    real = database.proxy.obj.execute_sql

    def noting(sql: str, *more: object) -> object:
        asked.append(sql)
        return real(sql, *more)

    monkeypatch.setattr(database.proxy.obj, "execute_sql", noting)
    return asked
