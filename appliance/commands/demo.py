"""`hypomos demo`: a living household to look at, drawn on the spot."""

import argparse
import shutil
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance.alone import alone
from appliance.commands.serve import make_supervisor, serve
from appliance.container import Hypomos, open_appliance, prepare
from appliance.demo.apart import draw_apart
from appliance.demo.gathering import gather
from appliance.demo.people import HOUSEHOLD, Household
from appliance.output import Output
from appliance.server import address_of, bind
from appliance.television import open_listener
from config import Settings, logs
from services import accounts, secrets
from services.accounts import OPERATOR
from services.models import Job, Storage, database

STAMP = "demo-household"
SAMPLE = "Storages/phone/2026/IMG_4151.JPG"
_GUESTS = """    As a guest      {address}
                    a wedding to come to without an account; what you bring waits for anna under Events
"""
_FOUND = "choose Hypomos among its media sources, then let it in under  {address}"
_OFF = "finds it when it is started with HYPOMOS_DLNA_ENABLED=true; let it in under  {address}"
WAIT_S = 120.0


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser = commands.add_parser("demo", parents=[common], help="a sample household, ready in a minute")
    parser.add_argument("--listen", metavar="HOST:PORT", help="where to answer (else the setting)")
    parser.add_argument("--fresh", action="store_true", help="throw the last demo away and begin anew")
    parser.set_defaults(run=run)


def run(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Draw a household if there is none yet, serve it, and say what to try next."""
    logs.set_up("warning", settings.log_format)
    settings = replace(
        settings, data=_folder(settings, explicit=bool(args.data)), listen=args.listen or settings.listen,
        database_url="", queue_url="", mdns_enabled=_is_announced(settings),
    )  # fmt: skip
    with bind(settings.listen) as listener:
        prepare(settings)
        if args.fresh:
            with alone(settings.run):
                _clear(settings.data)
            prepare(settings)
        with alone(settings.run):
            _live(settings, listener, output)
    return 0


def _live(settings: Settings, listener: socket.socket, output: Output) -> None:
    """Draw what is not there, and serve until the end."""
    began = time.monotonic()
    screens = open_listener(settings)  # for televisions, where that is asked for
    media = _household(settings.data)
    if not (media / STAMP).exists():
        draw_apart(media, lambda done, total, text: _drawing(output, done, total, text))
        output.end_progress()
        (media / STAMP).write_text("drawn\n")
    hypomos = open_appliance(settings)
    password = _password(settings.data)
    token = _people(hypomos, media, HOUSEHOLD, password)
    supervisor = make_supervisor(settings)
    address = address_of(listener)
    threading.Thread(
        target=_announce, args=(hypomos, HOUSEHOLD, output, address, (password, token), began), daemon=True
    ).start()
    try:
        serve(hypomos, listener, supervisor=supervisor, screens=screens)
    finally:
        hypomos.close()


def _folder(settings: Settings, *, explicit: bool) -> Path:
    """The demo has a data directory of its own, so that it never meets a real household."""
    return settings.data if explicit else settings.data.parent / "demo-data"


def _is_announced(settings: Settings) -> bool:
    """A demo is tried in any network, also a stranger's: it is announced only when that is asked for."""
    return settings.mdns_enabled and settings.origins.get("mdns_enabled") != "default"


def _household(data: Path) -> Path:
    """Where the people's storages lie: beside the data directory, never in it."""
    return data.with_name(data.name + "-household")


def _clear(data: Path) -> None:
    if (_household(data) / STAMP).exists():
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(_household(data))


def _password(data: Path) -> str:
    """The password of this demo's people: its own, because others on the network can reach it too."""
    path = data / "demo-password"
    if not path.exists():
        secrets.replace_private(path, accounts.suggest_password().encode())
    return path.read_text(encoding="utf-8")


def _people(hypomos: Hypomos, media: Path, household: Household, password: str) -> str:
    """Make the people and connect their storages, once; gives a fresh app password of the first."""
    first = household.people[0]
    if accounts.find_user(first.login) is None:
        for n, person in enumerate(household.people):
            accounts.add_person(
                OPERATOR,
                hypomos.passwords,
                person.login,
                password=password,
                display=person.display,
                is_admin=n == 0,
                zone=household.zone,
            )
        for storage in household.storages:
            owner = accounts.find_user(storage.owner)
            hypomos.connecting.add_local(
                OPERATOR, storage.name, str(media / storage.folder), owner=owner, writable=storage.writable
            )
    made = accounts.create_token(accounts.viewer_for(first.login), "app", label="demo")
    return str(made.secret)


def _announce(
    hypomos: Hypomos,
    household: Household,
    output: Output,
    address: str,
    proofs: tuple[str, str],
    began: float,
) -> None:
    """Wait for the first scan, then say what to try."""
    try:
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline and not _is_read():
            _progress(output)
            time.sleep(0.3)
        output.end_progress()
        people = " and ".join(p.login for p in household.people)
        first = household.people[0].login
        password, token = proofs
        event = gather(hypomos.events, first, household.people[1].login)
        guests = "" if event is None else _GUESTS.format(address=f"{address}/e/{event}")
        television = (_FOUND if hypomos.settings.dlna_enabled else _OFF).format(address=f"{address}/screens")
        text = f"""
  The household is ready after {time.monotonic() - began:.0f} seconds. What to try:

    Browser         {address}
                    sign in as {people}; the password of both is  {password}
    Network drive   {address}/dav/
                    as {first} with the app password  {token}
                    in your file manager: Connect to Server (dav:// instead of http:// on Linux);
                    or see one original:  curl -u {first}:{token} {address}/dav/{SAMPLE} -O
{guests}    Television      {television}

  Everything is in {hypomos.settings.data}; Ctrl-C ends it, “hypomos demo --fresh” begins anew.
"""
        data = {
            "address": address,
            "people": [p.login for p in household.people],
            "password": password,
            "app": token,
            "event": None if event is None else f"{address}/e/{event}",
        }
        output.done(data, text)
    finally:
        database.close()


def _is_read() -> bool:
    storages = Storage.select().where(Storage.removed_at.is_null() & Storage.complete_at.is_null())
    return not storages.exists()


def _progress(output: Output) -> None:
    jobs = list(Job.select().where(Job.state == "running"))
    done, total = sum(j.progress_done for j in jobs), sum(j.progress_total or 0 for j in jobs)
    output.progress({"read": done, "of": total}, f"Reading the storages: {done} of {total}")


def _drawing(output: Output, done: int, total: int, text: str) -> None:
    output.progress({"drawn": done, "of": total}, f"Drawing a household: {done} of {total}  {text}")
