"""The form of a provider: which fields a person sees, and from what they posted to options.

Secrets go one way: what was posted or is configured is never put into a page again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.remotes import Offer, OfferField, Present

PREFIX = "o."
"""Before the name of an option in a form, so that none is mistaken for another input."""

_FOLLOWING = frozenset({"scope", "scope_access"})
"""Options that follow from whether the storage is for writing."""

_APP = frozenset({"client_id", "client_secret"})


@dataclass(frozen=True, slots=True)
class Fields:
    """What is shown at once, and what is folded away."""

    plain: tuple[OfferField, ...]
    folded: tuple[OfferField, ...]

    def is_folded(self, key: str | None) -> bool:
        """Whether this one would not be seen."""
        return any(each.key == key for each in self.folded)


def fields_of(provider: Offer, *, has_client: bool) -> Fields:
    """The fields of a provider; those of an app are folded where the administrator gave one for all."""
    shown = [each for each in provider.fields if each.key not in _FOLLOWING]
    folded = tuple(each for each in shown if each.advanced or (has_client and each.key in _APP))
    return Fields(tuple(each for each in shown if each not in folded), folded)


def options_of(provider: Offer, form: Mapping[str, str], present: Present | None = None) -> dict[str, object]:
    """The options that were posted. With `present` only those that change; an empty secret stays as it is."""
    options: dict[str, object] = {}
    for each in provider.fields:
        if each.key in _FOLLOWING:
            continue
        given: str = form.get(PREFIX + each.key, "")
        if each.kind == "bool":
            given = "true" if given == "on" else "false"
        if present is None or each.secret:
            if given:
                options[each.key] = given
        elif given != _now(each, present):
            options[each.key] = given
    return options


def _now(each: OfferField, present: Present) -> str:
    """What an option is now; what is not written down is as rclone has it by itself."""
    unwritten = each.default if each.implied else "false" if each.kind == "bool" else ""
    return present.values.get(each.key, unwritten)


def values_of(
    provider: Offer, form: Mapping[str, str] | None, present: Present | None = None
) -> dict[str, str]:
    """What the fields hold when the form is shown: what was posted, what is configured, else the defaults."""
    values = {}
    for each in provider.fields:
        if each.secret:
            values[each.key] = ""
        elif form is not None:
            given = form.get(PREFIX + each.key, "")
            values[each.key] = ("true" if given else "false") if each.kind == "bool" else given
        elif present is not None:
            values[each.key] = _now(each, present)
        else:
            values[each.key] = each.default
    return values
