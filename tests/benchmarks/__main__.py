"""Runs benchmarks, prints their table and keeps what was measured.

    .venv/bin/python -m tests.benchmarks [NAME…] [--quick]

Raw figures go to `test-results/benchmarks.json`. A run of all of them at full size also renews the
table in `docs/benchmarks.md`; what stands below its line, written by hand, stays as it is.
"""

import argparse
import json
import sys
import tempfile
import time
import traceback
from datetime import date
from pathlib import Path

from tests.benchmarks import (
    dlna,
    far_reading,
    far_scan,
    far_streams,
    full_pass,
    matching,
    measuring,
    memory,
    million,
    propfind,
    ranges,
    rescan,
    results,
    rights,
    uploads,
)
from tests.benchmarks.scales import Scale

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "benchmarks.md"
RAW = ROOT / "test-results" / "benchmarks.json"
BENCHMARKS = {
    "full_pass": full_pass.run,
    "rescan": rescan.run,
    "far_scan": far_scan.run,
    "propfind": propfind.run,
    "dlna": dlna.run,
    "ranges": ranges.run,
    "uploads": uploads.run,
    "million": million.run,
    "matching": matching.run,
    "rights": rights.run,
    "far_reading": far_reading.run,
    "far_streams": far_streams.run,
    "memory": memory.run,
}
LINE = "<!-- Above this line the page is written by `make bench`. -->"
INTRODUCTION = """\
# Benchmarks

Each row compares processor time (or memory) with a peer or a floor in the same run; the smallest of
several turns counts. The ratio is what matters: times are those of one machine.
"""


def main(arguments: list[str]) -> int:
    """Run what was asked for; answers the exit code.

    A missed mark is no failure: the table tells it. One that breaks off is, and costs the others nothing.
    """
    options = _parse(arguments)
    scale: Scale = "quick" if options.quick else "full"
    names = options.names or list(BENCHMARKS)
    tried = {name: _run(name, scale) for name in names}
    outcomes = {name: outcome for name, outcome in tried.items() if outcome is not None}
    lines = [results.cells(name, row) for name, outcome in outcomes.items() for row in outcome.rows]
    print("\n" + results.text_table(lines), flush=True)
    _keep_raw(outcomes, scale)
    if scale == "full" and set(outcomes) == set(BENCHMARKS):
        _renew_document(results.markdown_table(lines))
    return 0 if len(outcomes) == len(tried) else 1


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="benchmarks", description="Benchmarks of Hypomos against its peers."
    )
    parser.add_argument("--quick", action="store_true", help="small sizes: to try them, not to judge by")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    return options


def _run(name: str, scale: Scale) -> results.Outcome | None:
    print(f"=== {name}", flush=True)
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="hypomos-bench-") as scratch:
            outcome = BENCHMARKS[name](scale, Path(scratch))
    except Exception:
        traceback.print_exc()
        return None
    for remark in outcome.remarks:
        print(remark)
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return outcome


def _keep_raw(outcomes: dict[str, results.Outcome], scale: Scale) -> None:
    RAW.parent.mkdir(exist_ok=True)
    data = {
        "date": date.today().isoformat(),
        "machine": measuring.machine(),
        "scale": scale,
        "benchmarks": [results.as_json(name, outcome) for name, outcome in outcomes.items()],
    }
    RAW.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _renew_document(table: str) -> None:
    before = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
    by_hand = before.partition(LINE)[2] or "\n"
    measured = f"Measured {date.today().isoformat()} on {measuring.machine()}."
    DOCUMENT.write_text("\n".join([INTRODUCTION, measured, "", table, "", LINE]) + by_hand, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
