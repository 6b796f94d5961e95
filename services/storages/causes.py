"""Why a server was not reached, or gave no answer, in words: read out of what rclone, Python and the system say."""

import re

_CAUSES = (
    (re.compile(r"connection refused", re.IGNORECASE), "nothing answers at its address"),
    (
        re.compile(
            r"no such host|host unreachable|no route to host|network is unreachable|name or service not known|"
            r"name resolution|no address associated",
            re.IGNORECASE,
        ),
        "its address is not known or not reachable",
    ),
    (
        re.compile(r"host key mismatch", re.IGNORECASE),
        "its key is not the one that is kept here: if the server was set up anew, empty “Key of the server”",
    ),
    (
        re.compile(r"\bx509: |failed to verify certificate|certificate verify failed", re.IGNORECASE),
        "its certificate has expired, is for another name, or is of nobody that this machine trusts",
    ),
    (re.compile(r"\btime(d )?out\b|timeout|deadline exceeded", re.IGNORECASE), "it does not answer in time"),
    (
        re.compile(r"XML syntax error|invalid character .* looking for", re.IGNORECASE),
        "its answer makes no sense",
    ),
    (
        re.compile(r"\bEOF\b|connection reset|connection lost|broken pipe|disconnected", re.IGNORECASE),
        "it ended its answer early",
    ),
)


def in_words(text: str) -> str | None:
    """What went wrong, in a few words of ours; None where it is not known."""
    return next((words for pattern, words in _CAUSES if pattern.search(text)), None)
