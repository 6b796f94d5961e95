"""`hypomos storage`: connect folders, list and check storages, set their budgets, remove one."""

import argparse
import contextlib
import json
import sys
import time
from typing import Any

from appliance.container import Hypomos, open_appliance
from appliance.output import Output
from config import Settings
from services import accounts, budgets, connecting
from services.accounts import OPERATOR
from services.budgets import Budget
from services.errors import NotFound, UsageError
from services.models import Storage, User
from services.remotes import Draft
from services.storages.rclone.forms import Provider
from services.viewers import Viewer


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser = commands.add_parser("storage", help="storages: add, list, check, budget, remove")
    acts = parser.add_subparsers(metavar="ACT", required=True)
    new = acts.add_parser("add", parents=[common], help="connect a storage and begin to scan it")
    new.add_argument("user")
    new.add_argument("name")
    where = new.add_mutually_exclusive_group(required=True)
    where.add_argument("--local", metavar="DIR", help="a folder of this machine")
    where.add_argument(
        "--rclone", metavar="TYPE", help="a storage elsewhere: sftp, webdav, s3, ftp, onedrive, …"
    )
    new.add_argument("--root", metavar="PATH", default="", help="the folder (or bucket) there to begin with")
    new.add_argument(
        "--option", metavar="K=V", action="append", default=[], help="may be given several times"
    )
    new.add_argument("--options-stdin", action="store_true", help="read options as JSON, for secrets")
    new.add_argument("--writable", action="store_true")
    new.set_defaults(run=run_add)
    acts.add_parser("list", parents=[common], help="all storages").set_defaults(run=run_list)
    for name, act, text in (
        ("check", run_check, "ask a storage how it is"),
        ("budget", run_budget, "what reading a storage elsewhere may take: show or change it"),
        ("remove", run_remove, "forget a storage"),
    ):
        one = acts.add_parser(name, parents=[common], help=text)
        one.add_argument("name", metavar="USER/NAME")
        if name == "budget":
            one.add_argument("--bandwidth", metavar="MB/S", help="megabytes a second, such as 2.5, or none")
            one.add_argument("--at-once", metavar="N", help="files at once, 1 to 8")
            one.add_argument(
                "--hours", metavar="FROM-TO", help="hours of the owner's day, such as 22-6, or always"
            )
        if name == "remove":
            one.add_argument(
                "--items", choices=connecting.KEPT, default="keep",
                help="keep its items as offline (they come back with the storage), or forget them",
            )  # fmt: skip
        one.set_defaults(run=act)


def run_add(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Connect a folder for somebody."""
    hypomos = open_appliance(settings)
    user = accounts.find_user(args.user)
    if user is None:
        raise NotFound(f"There is nobody called “{args.user}”. “hypomos user list” shows everybody.")
    if args.local is not None:
        if args.root or args.option or args.options_stdin:
            raise UsageError("--root, --option and --options-stdin belong to --rclone.")
        storage = hypomos.connecting.add_local(
            OPERATOR, args.name, args.local, writable=args.writable, owner=user
        )
    else:
        storage = _add_rclone(hypomos, user, args, output)
    text = f"{user.login}/{storage.name} is connected; “hypomos scan {user.login}/{storage.name} --wait” reads it now."
    output.done({"id": storage.pid, "name": f"{user.login}/{storage.name}"}, text)
    hypomos.close()
    return 0


def _add_rclone(hypomos: Hypomos, user: User, args: argparse.Namespace, output: Output) -> Storage:
    """Connect a storage elsewhere; a provider that is signed in to on its own pages asks for that here."""
    options = _options(args)
    _require_no_secrets(hypomos.remotes.offer(OPERATOR, args.rclone), args.option)
    draft = hypomos.remotes.begin(OPERATOR, args.rclone, options, writable=args.writable)
    try:
        while draft.pending is not None:
            draft = _signed_in(hypomos, draft, output)
        return hypomos.remotes.connect(OPERATOR, draft.pid, args.name, args.root, owner=user)
    except BaseException:
        with contextlib.suppress(NotFound):
            hypomos.remotes.drop(OPERATOR, draft.pid)
        raise


def _signed_in(hypomos: Hypomos, draft: Draft, output: Output) -> Draft:
    """One step of a sign-in at the provider: say what to do, wait or ask for what came back."""
    pending = draft.pending
    if pending is None:
        return draft
    if pending.method == "device":
        output.say(f"Open {pending.address} and type {pending.user_code}. Waiting …")
        while draft.pending is not None:
            time.sleep(max(1, draft.pending.interval_s))
            draft, trouble = hypomos.remotes.poll(OPERATOR, draft.pid)
            if trouble:
                output.say(trouble)
        return draft
    output.say(f"Open {pending.address}")
    what = "the code it shows" if pending.method == "code" else "the address of the page it ends on"
    if not sys.stdin.isatty():
        raise UsageError("This provider is signed in to on its own page: run the command at a terminal.")
    return hypomos.remotes.finish(OPERATOR, draft.pid, input(f"Then paste {what} here: "))[0]


def _require_no_secrets(offer: Provider, given: list[str]) -> None:
    """Raise UsageError for a secret on the command line: everybody on the machine may read that."""
    for each in given:
        field = offer.find_field(each.partition("=")[0])
        if field is not None and field.secret:
            raise UsageError(
                f"“{field.key}” is secret, and others can see a command line: give it as JSON to --options-stdin.",
                field="option",
            )


def _options(args: argparse.Namespace) -> dict[str, object]:
    """Options from the command line, and those from standard input, which may be secret."""
    options: dict[str, object] = {}
    for each in args.option:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise UsageError(f"An option is given as NAME=VALUE, not “{each}”.", field="option")
        options[name] = value
    if args.options_stdin:
        try:
            given = json.load(sys.stdin)
        except ValueError as error:
            raise UsageError(f"--options-stdin wants a JSON object: {error}", field="options") from error
        if not isinstance(given, dict):
            raise UsageError('--options-stdin wants a JSON object such as {"pass": "…"}.', field="options")
        options |= given
    return options


def run_list(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """All storages with their counts."""
    hypomos = open_appliance(settings)
    rows = [row for login in _logins() for row in _rows(hypomos, login)]
    columns = ("name", "kind", "state", "files", "items", "pending", "problems")
    output.table(rows, columns, "No storages yet. Connect one: hypomos storage add USER NAME --local DIR")
    return 0


def run_check(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Ask a storage how it is; exit code 1 when it is not well."""
    hypomos = open_appliance(settings)
    health = hypomos.connecting.check(_named(args.name))
    text = health.state if not health.reason else f"{health.state}: {health.reason}"
    output.done({"state": health.state, "reason": health.reason}, text, failed=not health.online)
    return 0 if health.online else 1


def run_budget(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Show what background reading of a storage may take, after changing what is given."""
    hypomos = open_appliance(settings)
    storage = _named(args.name)
    if storage.kind == "local":
        raise UsageError(f"{args.name} is a folder of this machine, which is read without a budget.")
    given = dict(storage.options.get(budgets.OPTION) or {})
    if args.bandwidth is not None:
        given["bytes_per_second"] = budgets.bandwidth_of(args.bandwidth)
    if args.at_once is not None:
        given["at_once"] = budgets.at_once_of(args.at_once)
    if args.hours is not None:
        given["hours"] = budgets.hours_of(args.hours)
    owner = accounts.viewer_for(storage.owner.login)
    if (args.bandwidth, args.at_once, args.hours) != (None, None, None):
        storage = hypomos.connecting.set_budget(owner, storage.pid, given)
    found = Budget.of(storage.options, owner.zone)
    rate = (
        f"{budgets.typed(found.bytes_per_second)} MB/s" if found.bytes_per_second else "no limit of bandwidth"
    )
    hours = (
        f"from {found.hours[0]} to {found.hours[1]} o'clock ({found.zone or 'UTC'})"
        if found.hours
        else "all day"
    )
    data = {
        "name": args.name, "bytes_per_second": found.bytes_per_second, "at_once": found.at_once,
        "hours": None if found.hours is None else list(found.hours),
    }  # fmt: skip
    files = "1 file" if found.at_once == 1 else f"{found.at_once} files"
    output.done(data, f"{args.name}: {rate}, {files} at once, {hours}")
    return 0


def run_remove(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Take a storage out of Hypomos; its files stay as they are, its items as `--items` says."""
    hypomos = open_appliance(settings)
    storage = _named(args.name)
    hypomos.connecting.remove(accounts.viewer_for(storage.owner.login), storage.pid, items=args.items)
    if storage.kind == "rclone":
        hypomos.remotes.forget(storage)
    said = "are forgotten" if args.items == "forget" else "stay in the catalogue as offline"
    output.done(
        {"name": args.name, "removed": True, "items": args.items},
        f"{args.name} is out of Hypomos. Its files were not touched; its items {said}.",
    )
    return 0


def _named(name: str) -> Storage:
    owner, slash, rest = name.partition("/")
    if not slash or not rest:
        raise UsageError(f"A storage is named USER/NAME, not “{name}”.")
    return connecting.find_named(owner, rest)


def _logins() -> list[str]:
    return [p.login for p in accounts.list_people(OPERATOR)]


def _rows(hypomos: Hypomos, login: str) -> list[dict[str, Any]]:
    user = accounts.find_user(login)
    if user is None:
        return []
    viewer = Viewer(user_id=user.id, login=user.login, display=user.display)
    return [
        {
            "name": f"{login}/{o.storage.name}", "kind": o.storage.kind, "state": o.storage.state, "files": o.files,
            "items": o.items, "pending": o.pending, "problems": o.problems,
        }
        for o in hypomos.connecting.overviews(viewer)
    ]  # fmt: skip
