"""Self-signed certificates for tests that speak https; marked `needs("openssl")`."""

import subprocess
from pathlib import Path
from typing import NamedTuple

NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost"


class Certificate(NamedTuple):
    """A certificate and its key, as PEM files."""

    cert: Path
    key: Path


def make_certificate(folder: Path, name: str = "self") -> Certificate:
    """A certificate of this machine, for a day."""
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-noenc",
    ]
    command += ["-days", "1", "-subj", "/CN=Hypomos of a test", "-addext", NAMES]
    subprocess.run(
        [*command, "-out", str(made.cert), "-keyout", str(made.key)], check=True, capture_output=True
    )
    return made


def with_password(certificate: Certificate, password: str) -> Certificate:
    """The same certificate, its key encrypted."""
    locked = certificate.key.with_suffix(".locked")
    command = ["openssl", "pkey", "-in", str(certificate.key), "-out", str(locked), "-aes256", "-passout"]
    subprocess.run([*command, f"pass:{password}"], check=True, capture_output=True)
    return Certificate(certificate.cert, locked)
