"""`hypomos token`: app passwords and API tokens, run on the appliance itself."""

import argparse
from datetime import UTC, datetime
from typing import Any

from appliance.container import open_appliance
from appliance.output import Output
from config import Settings
from services import accounts
from services.accounts import OPERATOR


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser = commands.add_parser("token", help="app passwords and API tokens: create, list, revoke")
    acts = parser.add_subparsers(metavar="ACT", required=True)
    new = acts.add_parser("create", parents=[common], help="make one; its secret is printed once")
    new.add_argument("user")
    new.add_argument("--kind", choices=("app", "api"), default="app")
    new.add_argument("--scope", action="append", metavar="S", choices=sorted(accounts.SCOPES))
    new.add_argument("--label", default="", metavar="TEXT")
    new.set_defaults(run=run_create)
    some = acts.add_parser("list", parents=[common], help="somebody's tokens")
    some.add_argument("user")
    some.set_defaults(run=run_list)
    end = acts.add_parser("revoke", parents=[common], help="end one at once")
    end.add_argument("id")
    end.set_defaults(run=run_revoke)


def run_create(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Make a token and print its secret, once."""
    open_appliance(settings)
    made = accounts.create_token(
        accounts.viewer_for(args.user), args.kind, scopes=args.scope, label=args.label
    )
    data = {
        "id": made.info.pid,
        "kind": made.info.kind,
        "scopes": list(made.info.scopes),
        "secret": made.secret,
    }
    output.done(data, made.secret)
    return 0


def run_list(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Somebody's tokens, without their secrets."""
    open_appliance(settings)
    rows = [
        {
            "id": t.pid,
            "kind": t.kind,
            "label": t.label,
            "scopes": " ".join(t.scopes),
            "last used": _day(t.last_used_at),
        }
        for t in accounts.list_tokens(accounts.viewer_for(args.user))
    ]
    output.table(rows, ("id", "kind", "label", "scopes", "last used"), f"{args.user} has no tokens.")
    return 0


def run_revoke(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """End a token at once."""
    open_appliance(settings)
    accounts.revoke_token(OPERATOR, args.id)
    output.done({"id": args.id, "revoked": True}, "The token has ended.")
    return 0


def _day(us: int | None) -> str:
    return "never" if us is None else datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%d")
