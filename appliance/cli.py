"""`hypomos`: the command line. One command a file in `commands/`; here they are put together.

Exit codes: 0 done, 1 failed with one clear line on standard error, 2 wrong usage, 78 do not restart me
(EX_CONFIG of sysexits.h: something must be mended first).
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.commands import config, demo, doctor, scan, serve, storage, token, user, worker
from appliance.container import default_data, version
from appliance.output import Output
from config.settings import SettingsError, load
from services.errors import DatabaseUnusable, HypomosError, UsageError

COMMANDS = (serve, worker, demo, doctor, user, token, storage, scan, config)
EX_USAGE, EX_FAILED, EX_CONFIG = 2, 1, 78


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = _parser().parse_args(argv)
    os.umask(0o077)  # what we keep is nobody else's, also in a data directory that others may enter
    output = Output(json=args.json)
    data = Path(args.data) if args.data else default_data(os.environ)
    try:
        settings = load(data.absolute(), os.environ)
        return int(args.run(settings, args, output))
    except (SettingsError, DatabaseUnusable) as error:
        output.fail(str(error))
        return EX_CONFIG
    except UsageError as error:
        output.fail(str(error))
        return EX_CONFIG if args.run is serve.run else EX_FAILED
    except HypomosError as error:
        output.fail(str(error))
        return EX_FAILED
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # then whoever read us is gone
            output.fail(f"{error.filename or 'What was to be written'}: {error.strerror or error}.")
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # what is left over fails no second time
        return EX_FAILED


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--data", metavar="DIR", help="the data directory (else HYPOMOS_DATA, ./data in a checkout)"
    )
    common.add_argument("--json", action="store_true", help="answer in JSON")
    parser = argparse.ArgumentParser(
        prog="hypomos", description="A broker for the photos and videos of families and friends."
    )
    parser.add_argument("--version", action="version", version=f"hypomos {version()}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands, common)
    return parser
