"""/about: the version, and whose work is in it."""

from importlib import metadata
from typing import Any

from starlette.responses import Response

from web.asking import Ask
from web.rendering import manifest, render


def show(ask: Ask) -> Response:
    """Version and licences of everything that is built in."""
    values = {"browser": manifest()["packages"], "python": sorted(_licences())}
    return render(ask, "about.html", values)


def _licences() -> set[tuple[str, str, str]]:
    found = set()
    for needed in metadata.requires("hypomos") or ():
        name = (
            needed.partition(";")[0].strip().split("[")[0].split(">")[0].split("=")[0].split("<")[0].strip()
        )
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue  # an extra that is not installed
        licence = (
            about.get("License-Expression")
            or about.get("License")
            or _classified(about.get_all("Classifier"))
        )
        found.add((str(about["Name"]), str(about["Version"]), licence.strip().splitlines()[0][:60]))
    return found


def _classified(fields: dict[str, Any]) -> str:
    named = [c.rpartition(" :: ")[2] for c in fields.get("classifier", ()) if c.startswith("License ::")]
    return ", ".join(named) or "see its own page"
