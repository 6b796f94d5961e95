"""How large a benchmark runs: `full` to judge by, `quick` to try it, `tiny` to see that it works."""

from typing import Literal

Scale = Literal["full", "quick", "tiny"]
