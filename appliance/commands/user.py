"""`hypomos user`: accounts, run on the appliance itself."""

import argparse
import getpass
import sys
from typing import Any

from appliance.container import open_appliance
from appliance.output import Output
from config import Settings
from services import accounts
from services.accounts import OPERATOR
from services.errors import NotFound, UsageError


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser = commands.add_parser("user", help="accounts: add, list, disable, enable, password")
    acts = parser.add_subparsers(metavar="ACT", required=True)
    new = acts.add_parser("add", parents=[common], help="make an account")
    new.add_argument("name")
    new.add_argument("--admin", action="store_true")
    new.add_argument("--role", choices=("adult", "child"), default="adult")
    new.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    new.add_argument("--display", default="", metavar="TEXT", help="the name others see")
    new.add_argument(
        "--zone", default=accounts.home_zone(), metavar="NAME",
        help="their time zone, by which pictures are dated that state none (this machine's: %(default)s)",
    )  # fmt: skip
    new.set_defaults(run=run_add)
    acts.add_parser("list", parents=[common], help="all accounts").set_defaults(run=run_list)
    new = acts.add_parser("password", parents=[common], help="set a new password; all their sessions end")
    new.add_argument("name")
    new.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    new.set_defaults(run=run_password)
    for name, act in (("disable", run_disable), ("enable", run_enable)):
        one = acts.add_parser(name, parents=[common], help=f"{name} an account")
        one.add_argument("name")
        one.set_defaults(run=act)


def run_add(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Make an account; asks for the password on a terminal."""
    hypomos = open_appliance(settings)
    password = _password(stdin=args.password_stdin)
    person = accounts.add_person(
        OPERATOR, hypomos.passwords, args.name, password=password, display=args.display, role=args.role,
        is_admin=args.admin, zone=args.zone,
    )  # fmt: skip
    output.done({"id": person.pid, "login": person.login}, f"{person.login} can sign in now.")
    return 0


def run_list(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """All accounts."""
    open_appliance(settings)
    rows = [
        {
            "login": p.login,
            "display": p.display,
            "role": "administrator" if p.is_admin else p.role,
            "active": p.active,
        }
        for p in accounts.list_people(OPERATOR)
    ]
    output.table(
        rows, ("login", "display", "role", "active"), "Nobody yet. Make one: hypomos user add NAME --admin"
    )
    return 0


def run_disable(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Shut an account; its sessions and tokens end at once."""
    open_appliance(settings)
    accounts.disable_person(OPERATOR, _pid(args.name))
    output.done(
        {"login": args.name, "active": False}, f"{args.name} is shut out. Nothing of theirs was deleted."
    )
    return 0


def run_enable(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Open an account again."""
    open_appliance(settings)
    accounts.enable_person(OPERATOR, _pid(args.name))
    output.done({"login": args.name, "active": True}, f"{args.name} can sign in again.")
    return 0


def run_password(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Set somebody's password, also that of the only administrator; asks for it on a terminal."""
    hypomos = open_appliance(settings)
    pid, password = _pid(args.name), _password(stdin=args.password_stdin)
    accounts.reset_password(OPERATOR, hypomos.passwords, pid, password)
    output.done({"login": args.name}, f"{args.name} signs in with the new password from now on.")
    return 0


def _pid(login: str) -> str:
    user = accounts.find_user(login)
    if user is None:
        raise NotFound(f"There is nobody called “{login}”. “hypomos user list” shows everybody.")
    return str(user.pid)


def _password(*, stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("No terminal to ask for the password on: give it with --password-stdin.")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise UsageError("The two passwords differ; nothing was changed.")
    return first
