"""How each system mounts the network drive: the commands and fields, with a person's own values.

A command that ends in the history of a shell never holds the app password: it asks for it. A file that is to hold it
anyway (davfs2) and fields of an app do, on the one answer on which it is known.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

SYSTEMS = ("windows", "macos", "gnome", "kde", "davfs2", "rclone", "ios", "android", "kodi")
TRUSTING = ("windows", "macos", "ios", "android", "linux", "firefox")
"""Where the household's certificate is installed."""

PLACE = "Hypomos"
REGISTRY = r"HKLM\SYSTEM\CurrentControlSet\Services\WebClient\Parameters"

_AGENTS = (
    ("android", r"\bAndroid\b"), ("ios", r"\b(iPhone|iPad|iPod)\b"), ("windows", r"\bWindows\b"),
    ("macos", r"\bMac OS X\b"), ("gnome", r"\b(Linux|CrOS)\b"),
)  # fmt: skip


def system_of(agent: str) -> str:
    """The system that a browser says it runs on; the first that fits, since each names others too."""
    return next((name for name, pattern in _AGENTS if re.search(pattern, agent)), SYSTEMS[0])


@dataclass(frozen=True, slots=True)
class Drive:
    """A person's drive: its address and login name, and the app password while it is known."""

    address: str
    login: str
    secret: str = ""

    @property
    def https(self) -> bool:
        """Whether it is encrypted."""
        return self.address.startswith("https:")

    @property
    def host(self) -> str:
        """The server, as apps ask for it."""
        return urlsplit(self.address).hostname or ""

    @property
    def port(self) -> int:
        """The port, also where the address need not say it."""
        return urlsplit(self.address).port or (443 if self.https else 80)

    @property
    def path(self) -> str:
        """The folder on it."""
        return urlsplit(self.address).path

    def under(self, plain: str, encrypted: str) -> str:
        """The address under another scheme, with the login name: for file managers."""
        scheme = encrypted if self.https else plain
        return f"{scheme}://{quote(self.login)}@{urlsplit(self.address).netloc}{self.path}"

    @property
    def net_use(self) -> str:
        """Windows: asks for the password (`*`) and comes back after each start."""
        return f'net use H: "{self.address}" * /user:{self.login} /persistent:yes'

    @property
    def limits(self) -> str:
        """Windows: files up to 4 GiB, folders with some 10,000 entries; both are far lower as delivered."""
        add = f"reg add {REGISTRY}"
        return "\n".join(
            (
                f"{add} /v FileSizeLimitInBytes /t REG_DWORD /d 0xffffffff /f",
                f"{add} /v FileAttributesLimitInBytes /t REG_DWORD /d 20000000 /f",
                "net stop WebClient",
                "net start WebClient",
            )
        )

    @property
    def mount_webdav(self) -> str:
        """macOS, in a terminal: `-i` asks for name and password."""
        return f'mkdir -p ~/{PLACE} && mount_webdav -i -v {PLACE} "{self.address}" ~/{PLACE}'

    @property
    def gio(self) -> str:
        """GNOME, on the command line."""
        return f'gio mount "{self.under("dav", "davs")}"'

    @property
    def fstab(self) -> str:
        """davfs2: the line that lets its person mount it without root."""
        return f"{self.address} /home/{self.login}/{PLACE} davfs rw,user,noauto,_netdev 0 0"

    @property
    def davfs2_secrets(self) -> str:
        """davfs2: the line of `~/.davfs2/secrets`, a file that is nobody else's."""
        return f'{self.address} {self.login} "{self.secret or "APP-PASSWORD"}"'

    @property
    def rclone_config(self) -> str:
        """rclone in bash or zsh: asks for the password, which no command line ever holds in clear.

        `--no-obscure`, because rclone takes a password of letters like ours for one that is obscured already.
        """
        asks = "$(printf 'App password: ' >&2; read -rs p; printf '%s\\n' \"$p\" | rclone obscure -)"
        return self._rclone(f'"{asks}"')

    @property
    def rclone_config_windows(self) -> str:
        """rclone in PowerShell, whose history keeps what is typed at a prompt out."""
        return '$p = Read-Host "App password" | rclone obscure -\n' + self._rclone("$p")

    def _rclone(self, password: str) -> str:
        options = f'url="{self.address}" vendor=other user={self.login} pass={password}'
        return f"rclone config create hypomos webdav {options} --no-obscure"

    @property
    def rclone_mount(self) -> str:
        """rclone on Linux and macOS."""
        return f"mkdir -p ~/{PLACE} && rclone mount hypomos: ~/{PLACE} --vfs-cache-mode full --daemon"

    @property
    def rclone_mount_windows(self) -> str:
        """rclone on Windows, as a network drive."""
        return "rclone mount hypomos: H: --vfs-cache-mode full --network-mode"

    @property
    def kodi(self) -> str:
        """Kodi: its own scheme."""
        return self.under("dav", "davs")
