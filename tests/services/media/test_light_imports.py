"""What the service process imports of this package loads no decoder."""

import subprocess
import sys

import pytest

HEAVY = ("PIL", "exifread", "av", "pillow_heif", "lxml", "numpy", "rawpy", "defusedxml")
LIGHT = (
    "types",
    "sniff",
    "dates",
    "namedates",
    "companions",
    "grouping",
    "bursts",
    "skip",
    "suffixes",
    "distant",
    "sizes",
    "television",
)


@pytest.mark.parametrize("name", LIGHT)
def test_light_modules_load_no_decoder(name: str) -> None:
    code = (
        f"import sys, services.media.{name}\n"
        f"print(*sorted({{m.split('.')[0] for m in sys.modules}} & {set(HEAVY)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_check_itself_would_notice() -> None:
    code = "import sys, services.media.metadata\nprint(*{m.split('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"PIL", "exifread", "av"} <= set(done.stdout.split())
