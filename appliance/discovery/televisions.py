"""What televisions are told of us just now (SSDP), in a file for `doctor` and scripts, and in words.

`DIR/run/televisions.json` is written by the `serve` that answers them: whole or not at all, at each change, and taken
away at its end. Here too what stands in it is the truth of that moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.discovery import reporting
from appliance.discovery.reporting import ELSEWHERE, Finding
from appliance.interfaces import Look, home_addresses
from config import Settings
from config.settings import split_address

FILE_NAME = "televisions.json"
NAME = "found by televisions"


@dataclass(frozen=True, slots=True)
class Report:
    """How it is: where we are announced, and pairs of an address where we are not, and why. `host` is listened on."""

    host: str
    port: int
    announced: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    is_leader: bool = True


def write(run: Path, report: Report) -> None:
    """Put a report where `doctor` looks for it. Raises OSError."""
    reporting.put(run / FILE_NAME, report)


def remove(run: Path) -> None:
    """Nobody answers televisions any more."""
    reporting.take_away(run / FILE_NAME)


def findings(settings: Settings, look: Look = home_addresses) -> Iterator[Finding]:
    """Where televisions are told of us, and where not and why."""
    if not settings.dlna_enabled:
        yield Finding(NAME, "note", "off (dlna_enabled)")
        return
    report = reporting.read(settings.run / FILE_NAME)
    if report is None:
        yield _foreseen(settings, look)
        return
    if not report["is_leader"]:
        yield Finding(NAME, "note", ELSEWHERE)
    elif not report["announced"] and not report["refused"]:
        yield Finding(NAME, "problem", f"not at the moment: {_why_nowhere(report['host'])}")
    if report["announced"]:
        where = ", ".join(f"{ip}:{report['port']}" for ip in report["announced"])
        yield Finding(NAME, "ok", f"announced at {where}{_alone(report['host'])}")
    for ip, why in report["refused"]:
        yield Finding(f"{NAME} at {ip}", "problem", f"not at the moment: UDP port 1900 cannot be used: {why}")


def _foreseen(settings: Settings, look: Look) -> Finding:
    """What a `serve` with these settings would announce on the networks of this moment."""
    host, port = split_address(settings.dlna_listen)
    told = [each.ip for each in look() if each.is_v4 and host in {"0.0.0.0", each.ip}]  # noqa: S104  compared, not bound
    if host.startswith("127."):
        told = [host]
    where = ", ".join(f"{ip}:{port}" for ip in told)
    would = f"it would be announced at {where}{_alone(host)}" if told else _why_nowhere(host)
    return Finding(NAME, "note", f"“hypomos serve” is not running; {would}")


def _alone(host: str) -> str:
    return ", which is this machine alone (dlna_listen)" if host.startswith("127.") else ""


def _why_nowhere(host: str) -> str:
    if host == "0.0.0.0":  # noqa: S104  compared, not bound
        return "no network card with a private IPv4 address is up"
    return f"{host} is no private IPv4 address of a network card (dlna_listen)"
