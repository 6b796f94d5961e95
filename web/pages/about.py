"""/about: the version, and whose work is in it."""

import re
from contextlib import suppress
from importlib import metadata

from starlette.responses import Response

from web.asking import Ask
from web.rendering import manifest, render


def show(ask: Ask) -> Response:
    """Version and licences of everything that is built in."""
    values = {"browser": manifest()["packages"], "python": sorted(_licences())}
    return render(ask, "about.html", values)


def _licences() -> set[tuple[str, str, str]]:
    """Name, version and licence of each Python package that Hypomos asks for and that is installed."""
    try:
        needed = metadata.requires("hypomos") or []
    except metadata.PackageNotFoundError:
        return set()  # run from a bare checkout
    found = set()
    for line in needed:
        with suppress(metadata.PackageNotFoundError):  # an extra that is not installed
            about = metadata.metadata(re.split(r"[^\w.-]", line)[0])
            found.add((str(about["Name"]), str(about["Version"]), _licence(about)))
    return found


def _licence(about: metadata.PackageMetadata) -> str:
    """The licence's name, by whichever of three fields a package states it; empty where none does."""
    classifiers = [
        c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or () if c.startswith("License ::")
    ]
    for stated in (about["License-Expression"], ", ".join(classifiers), about["License"]):
        if stated and stated.strip():
            return str(stated).strip().splitlines()[0][:60]
    return ""
