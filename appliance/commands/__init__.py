"""One command a file: `add` describes its arguments, `run` does it and returns the exit code."""
