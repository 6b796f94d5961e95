"""The commands by which systems mount the drive: right for the address, and without the app password in a history."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from services.storages.rclone import binary
from web.mounting import SYSTEMS, Drive, system_of

HTTPS = Drive("https://nas.local:4978/dav/", "anna", "hyp_app_SECRET")
PLAIN = Drive("http://192.168.1.20:4976/dav/", "anna")
COMMANDS = (
    "net_use", "limits", "mount_webdav", "gio", "fstab", "rclone_config", "rclone_config_windows", "rclone_mount",
    "rclone_mount_windows", "kodi",
)  # fmt: skip


@pytest.mark.parametrize(
    ("agent", "system"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
            "windows",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari", "macos"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Mobile Safari", "ios"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile", "android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "gnome"),
        ("curl/8.5", SYSTEMS[0]),
        ("", SYSTEMS[0]),
    ],
)
def test_the_system_of_a_browser(agent: str, system: str) -> None:
    assert system_of(agent) == system


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_holds_the_app_password(name: str) -> None:
    assert HTTPS.secret not in getattr(HTTPS, name)


def test_addresses_for_file_managers() -> None:
    assert HTTPS.under("dav", "davs") == "davs://anna@nas.local:4978/dav/"
    assert PLAIN.under("webdav", "webdavs") == "webdav://anna@192.168.1.20:4976/dav/"
    assert (HTTPS.host, HTTPS.port, HTTPS.path) == ("nas.local", 4978, "/dav/")
    assert (Drive("https://photos.example/dav/", "anna").port, Drive("http://x/dav/", "anna").port) == (
        443,
        80,
    )
    assert (
        Drive("https://[fd00::2]:4978/dav/", "anna").under("dav", "davs") == "davs://anna@[fd00::2]:4978/dav/"
    )


def test_windows_and_davfs2() -> None:
    assert HTTPS.net_use == 'net use H: "https://nas.local:4978/dav/" * /user:anna /persistent:yes'
    assert "FileSizeLimitInBytes /t REG_DWORD /d 0xffffffff" in HTTPS.limits
    assert "FileAttributesLimitInBytes" in HTTPS.limits
    assert HTTPS.fstab.split()[2] == "davfs"
    assert HTTPS.davfs2_secrets == 'https://nas.local:4978/dav/ anna "hyp_app_SECRET"', "a file, no command"
    assert PLAIN.davfs2_secrets.endswith('"APP-PASSWORD"')


def test_rclone_asks_for_the_password_and_keeps_it_obscured(tmp_path: Path) -> None:
    """By rclone itself: ours look obscured already, so that it would keep them as they are."""
    bash = shutil.which("bash")
    assert bash is not None
    program, config = Path(binary.find("")), tmp_path / "rclone.conf"
    secret = "hyp_app_" + "A" * 43 + "_0f0f0f0f"
    environ = {"PATH": f"{program.parent}:/usr/bin:/bin", "RCLONE_CONFIG": str(config), "HOME": str(tmp_path)}
    done = subprocess.run(
        [bash, "-c", HTTPS.rclone_config], input=secret + "\n", env=environ, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "App password: " in done.stderr
    kept = dict(line.split(" = ") for line in config.read_text().splitlines() if " = " in line)
    assert (kept["url"], kept["vendor"], kept["user"]) == (HTTPS.address, "other", "anna")
    assert kept["pass"] != secret
    clear = subprocess.run(  # what is obscured may begin with a dash
        [program, "reveal", "--", kept["pass"]], env=environ, capture_output=True, text=True, timeout=60
    )
    assert clear.stdout.strip() == secret


@pytest.mark.parametrize("name", ["rclone_mount", "mount_webdav", "gio"])
def test_a_shell_takes_them_apart_as_meant(name: str) -> None:
    words = shlex.split(getattr(HTTPS, name).replace("&&", ";"))
    assert HTTPS.secret not in words
    assert any(word in {HTTPS.address, "hypomos:", HTTPS.under("dav", "davs")} for word in words)
