"""Requests in the name of an account: with an access token that is got anew when it has run out.

A token lasts an hour or four, a long run of pages may outlive it. It is kept until a provider answers 401;
then the giver of tokens is asked once more, and only if it gives the same one, or the new one is refused
as well, the account wants a new sign-in.
"""

from collections.abc import Callable, Mapping
from typing import Any

from services.storages.jsonapi import Answer, Deadline, JsonApi

TokenGiver = Callable[[], str]
"""Gives an access token that is valid now; raises a StorageError when it cannot."""


class AuthorizedApi:
    """A provider's API with the account of one storage."""

    def __init__(self, api: JsonApi, token: TokenGiver) -> None:
        self.api = api
        self._token = token
        self._kept: str | None = None

    def ask(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        """As `JsonApi.ask`, signed with the token."""
        token = self._kept or self._token()
        answer = self.api.ask(method, url, deadline=deadline, bearer=token, params=params, body=body)
        if answer.status == 401 and (renewed := self._token()) != token:
            token = renewed
            answer = self.api.ask(method, url, deadline=deadline, bearer=token, params=params, body=body)
        self._kept = None if answer.status == 401 else token
        return answer
