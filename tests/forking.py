"""Programs of tests that are to die: each line of standard input is done in a process of its own, which may be killed.

The parent loads everything once; a child is forked for each line, and how it ended is printed.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable


def serve(do: Callable[..., None]) -> None:
    """Do what each line asks for, its arguments as a JSON array, until there are no more."""
    for line in sys.stdin:
        print(_in_a_process(do, line), flush=True)


def _in_a_process(do: Callable[..., None], line: str) -> int:
    child = os.fork()
    if child == 0:
        try:
            do(*json.loads(line))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
