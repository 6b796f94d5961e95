"""What commands print: lines for people, or JSON for programs; errors in one line on standard error."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any


class Output:
    """Prints in the form asked for."""

    def __init__(self, *, json: bool) -> None:
        self.json = json

    def done(self, data: Mapping[str, Any], text: str, *, failed: bool = False) -> None:
        """One result; people read on standard error what did not go well."""
        if failed and not self.json:
            self.fail(text)
        else:
            print(json.dumps(data, ensure_ascii=False) if self.json else text, flush=True)

    def table(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], empty: str) -> None:
        """Some rows: aligned columns for people, a list for programs."""
        if self.json:
            print(json.dumps(list(rows), ensure_ascii=False))
            return
        if not rows:
            print(empty)
            return
        cells = [[str("" if row[c] is None else row[c]) for c in columns] for row in rows]
        widths = [max(len(c), *(len(row[n]) for row in cells)) for n, c in enumerate(columns)]
        for line in [list(columns), *cells]:
            print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())

    def progress(self, data: Mapping[str, Any], text: str) -> None:
        """A step of something long: a line that is written over on a terminal, a JSON line for programs."""
        if self.json:
            print(json.dumps(data, ensure_ascii=False), flush=True)
        elif sys.stderr.isatty():
            print(f"\r\033[K{text[:110]}", end="", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Something for the person at the terminal while a command goes on."""
        print(text, file=sys.stderr, flush=True)

    def end_progress(self) -> None:
        """Leave the line that progress was written on."""
        if not self.json and sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def fail(self, text: str) -> None:
        """Why it failed, in one line."""
        print(f"hypomos: {' '.join(text.split())}", file=sys.stderr, flush=True)
