"""What is announced just now, in a file for `doctor` and scripts, and in words.

`DIR/run/announced.json` is written by the `serve` that announces, or would: whole or not at all, at each
change, and taken away at its end.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from appliance.discovery.announcing import Announced
from appliance.discovery.planning import OURS, Place, planned
from appliance.interfaces import Look, home_addresses
from config import Settings
from config.settings import split_address

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FILE_NAME = "announced.json"
ELSEWHERE = "another machine of this household leads"


class Finding(NamedTuple):
    """One thing that `doctor` says: `level` is ok, note or problem."""

    name: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """How it is: what was announced, pairs of what is not and why, and what is in the way of everything."""

    announced: tuple[Announced, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    is_leader: bool = True


def write(run: Path, report: Report) -> None:
    """Put a report where `doctor` looks for it. Raises OSError."""
    put(run / FILE_NAME, report)


def remove(run: Path) -> None:
    """Nobody announces any more."""
    take_away(run / FILE_NAME)


def put(path: Path, report: "DataclassInstance") -> None:
    """Write a report of this process. Raises OSError."""
    part = path.with_name(f".{path.stem}-{os.getpid()}")
    part.write_text(json.dumps({"pid": os.getpid(), **asdict(report)}, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def take_away(path: Path) -> None:
    """There is nothing to report any more."""
    with suppress(OSError):
        path.unlink()


def findings(settings: Settings, look: Look = home_addresses) -> Iterator[Finding]:
    """What is announced where, and what is not and why."""
    if not settings.mdns_enabled:
        yield Finding("found on the network", "note", "off (mdns_enabled)")
        return
    report = read(settings.run / FILE_NAME)
    if report is None:
        yield from _foreseen(settings, look)
        return
    if report["problem"]:
        yield Finding("found on the network", "problem", f"not at the moment: {report['problem']}")
    elif not report["is_leader"]:
        yield Finding("found on the network", "note", ELSEWHERE)
    for one in report["announced"]:
        text = f"“{one['name']}” at {one['host']}:{one['port']} ({', '.join(one['addresses'])})"
        yield Finding(f"announced {one['kind']}", "ok", text)
    yield from (Finding(f"not announced {kind}", "note", why) for kind, why in report["refused"])


def _foreseen(settings: Settings, look: Look) -> Iterator[Finding]:
    """What a `serve` with these settings would announce on the networks of this moment."""
    plain = Place(*split_address(settings.listen))
    secure = Place(*split_address(settings.tls_listen)) if settings.tls_listen else None
    try:
        plan = planned(settings, "", "", plain, secure, look())
    except ValueError as error:  # a host name instead of an address: it is known once it is listened on
        yield Finding("found on the network", "note", f"“hypomos serve” is not running; {error}")
        return
    kinds = ", ".join(service.kind for service in plan.services if service.kind != OURS) or "nothing"
    where = f" at {', '.join(plan.addresses)}" if plan.addresses else ""
    text = f"“hypomos serve” is not running; it would announce {kinds}{where}"
    yield Finding("found on the network", "note", text)
    yield from (Finding(f"not announced {kind}", "note", why) for kind, why in plan.refused)


def read(path: Path) -> dict[str, Any] | None:
    """The report of a process that lives, else None."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        os.kill(report["pid"], 0)
    except PermissionError:  # it lives, as another user
        pass
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return dict(report)
