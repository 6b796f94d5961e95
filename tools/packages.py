"""The Debian packages that tests and benchmarks use, and how they come onto a machine.

Owns that list. As root they are installed at once, without recommended packages and without
starting any service; at a terminal after a yes, with sudo; otherwise they are named, and exactly the
tests marked with them (`@pytest.mark.needs("chromium")`) are left out. Hypomos itself needs none.

    .venv/bin/python -m tools.packages [test|bench]
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
POSTGRESQL = Path("/usr/lib/postgresql")
INSTALLED = Path("/var/lib/dpkg/info")


@dataclass(frozen=True)
class Package:
    """A Debian package, the program by which it is recognised, and who uses it.

    One without a program is recognised by what the package manager says.
    """

    name: str
    program: str
    used_by: frozenset[str]


PACKAGES = (
    Package("chromium", "chromium", frozenset({"test"})),
    Package("postgresql", "initdb", frozenset({"test", "bench"})),
    Package("redis-server", "redis-server", frozenset({"test"})),
    Package("litmus", "litmus", frozenset({"test"})),
    Package("cadaver", "cadaver", frozenset({"test"})),
    Package("curl", "curl", frozenset({"test"})),
    Package("davfs2", "mount.davfs", frozenset({"test"})),
    Package("openssh-server", "sshd", frozenset({"test", "bench"})),
    Package("samba", "smbd", frozenset({"test"})),
    Package("openssl", "openssl", frozenset({"test"})),
    Package("gupnp-tools", "gssdp-discover", frozenset({"test"})),
    Package("vlc-bin", "vlc", frozenset({"test"})),
    Package("vlc-plugin-base", "", frozenset({"test"})),
    Package("systemd", "systemd-analyze", frozenset({"test"})),
    Package("iproute2", "ip", frozenset({"test", "bench"})),
    Package("avahi-daemon", "avahi-daemon", frozenset({"test"})),
    Package("avahi-utils", "avahi-browse", frozenset({"test"})),
    Package("apache2", "apache2", frozenset({"bench"})),
    Package("minidlna", "minidlnad", frozenset({"bench"})),
    Package("gerbera", "gerbera", frozenset({"bench"})),
    Package("libjpeg-turbo-progs", "djpeg", frozenset({"bench"})),
)


def main(arguments: list[str]) -> int:
    """Install what the given use needs; always 0, since what is missing is only left out."""
    use = arguments[0] if arguments else "test"
    for name in ensure(use):
        print(f"Missing the Debian package {name}: what needs it is left out. To have it: apt install {name}")
    return 0


def program(name: str) -> Path | None:
    """Where a program is, also those that are not on PATH: server programs, each version of PostgreSQL."""
    places = [os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]
    versions = sorted(POSTGRESQL.glob("[0-9]*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, versions), *places]))
    return Path(found) if found else None


def is_missing(name: str) -> bool:
    """Whether the package is not on this machine; raises KeyError for one that is not on the list."""
    package = {p.name: p for p in PACKAGES}[name]
    if not package.program:
        return not any(INSTALLED.glob(f"{name}.list")) and not any(INSTALLED.glob(f"{name}:*.list"))
    return program(package.program) is None


def ensure(use: str) -> list[str]:
    """Install what is missing for `use` if that is allowed; answers what is still missing."""
    wanted = [p.name for p in PACKAGES if use in p.used_by and is_missing(p.name)]
    if wanted and shutil.which("apt-get"):
        if os.geteuid() == 0:
            install(wanted)
        elif shutil.which("sudo") and sys.stdin.isatty() and agreed(wanted):
            subprocess.run(["sudo", sys.executable, "-m", __spec__.name, use], check=False)
    return [name for name in wanted if is_missing(name)]


def agreed(names: list[str]) -> bool:
    """Ask the person at the terminal."""
    question = f"Some tests need the Debian packages {', '.join(names)}. Install them with sudo? [y/N] "
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def install(names: list[str]) -> None:
    """Install packages as root; a failure shows in what is still missing afterwards."""
    print(f"Installing the Debian packages {', '.join(names)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *names]
    with no_service_starts():
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:  # the lists of packages may be old or absent
            subprocess.run(["apt-get", "update", "-q"], env=environment, capture_output=True)
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        print("\n".join(done.stderr.strip().splitlines()[-5:]), file=sys.stderr)


@contextmanager
def no_service_starts(policy: Path = POLICY) -> Iterator[None]:
    """While this lasts, Debian's installer starts no service; a policy that was there comes back."""
    kept = policy.with_name(policy.name + ".before-hypomos-tests")
    if policy.exists():
        policy.rename(kept)
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()
        if kept.exists():
            kept.rename(policy)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
