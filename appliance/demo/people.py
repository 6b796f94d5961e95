"""The sample household: its people and their storages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who lives there: login name, the name shown, and whether they look after the appliance."""

    login: str
    display: str
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Storage:
    """A storage of the household: its name, its owner's login, and its folder below the sample folder.

    One that is `writable` takes files, and has a trash.
    """

    name: str
    owner: str
    folder: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Household:
    """Who lives there, by which time zone, and where they keep their pictures."""

    zone: str
    people: tuple[Person, ...]
    storages: tuple[Storage, ...]


HOUSEHOLD = Household(
    zone="Europe/Berlin",
    people=(Person("anna", "Anna Lindner", admin=True), Person("ben", "Ben Lindner")),
    storages=(
        Storage("phone", "anna", "Phone"),
        Storage("nas", "anna", "NAS", writable=True),
        Storage("camera", "ben", "Camera"),
    ),
)
