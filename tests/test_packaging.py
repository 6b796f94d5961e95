"""What is built and shipped: the wheel's content, a start from elsewhere, and the locks."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tarfile
import time
import tomllib
import venv
import zipfile
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.processes import START_S, serving_by
from tests.tree import PACKAGES, ROOT

ASSETS = (re.compile(r'href="(/static/[^"]+\.css[^"]*)'), re.compile(r'src="(/static/[^"]+\.js[^"]*)'))
"""Of a page: its styles and its scripts."""
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def build(kind: str, folder: Path) -> Path:
    """Build a wheel or a source archive with the locked hatchling."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_has_exactly_the_five_packages(wheel: Path, names: list[str]) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_has_what_is_no_module(names: list[str]) -> None:
    assert "config/default.toml" in names
    assert any(re.fullmatch(r"hypomos-.*\.dist-info/licenses/LICENSE", name) for name in names)
    assert any(name.startswith("web/templates/") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.endswith(".map")]


def test_the_wheel_has_the_browsers_libraries(wheel: Path, names: list[str]) -> None:
    folder = "web/static/vendor/"
    with zipfile.ZipFile(wheel) as archive:
        manifest = json.loads(archive.read(f"{folder}manifest.json"))
    spec = tomllib.loads((ROOT / "web/vendor.toml").read_text(encoding="utf-8"))["packages"]
    assert set(manifest["packages"]) == set(spec)
    for package in manifest["packages"].values():
        assert package["license"]
        assert f"{folder}{package['path']}/{package['notice']}" in names
    for path in [*manifest["imports"].values(), manifest["icons"]]:
        assert folder + path in names
        assert f"{folder}{path}.gz" in names


def test_the_source_archive_can_build_without_npm(tmp_path: Path) -> None:
    """It has the hook with everything the hook looks at, and the libraries themselves."""
    with tarfile.open(build("sdist", tmp_path)) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert {"hatch_build.py", "package.json", "package-lock.json", ".npmrc", "web/vendor.toml"} <= inside
    assert {"LICENSE", "README.md", "Makefile", "tools/environment.py", "requirements/run.txt"} <= inside
    assert "web/static/vendor/manifest.json" in inside


def locked(lock: Path) -> set[str]:
    return set(re.findall(r"^([a-z0-9.-]+)==", lock.read_text(encoding="utf-8"), re.M))


def test_no_dependency_claims_one_of_our_names() -> None:
    seen = 0
    for name in locked(ROOT / "requirements/run.txt") | locked(ROOT / "requirements/build.txt"):
        try:
            files = importlib.metadata.distribution(name).files or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another kind of machine
        seen += 1
        tops = {file.parts[0].removesuffix(".py") for file in files}
        assert not tops & set(PACKAGES), f"{name} installs {tops & set(PACKAGES)}"
    assert seen > 20


def test_it_starts_from_a_foreign_folder(wheel: Path, tmp_path: Path) -> None:
    """Installed into a fresh environment, the command works where no checkout is near."""
    place = tmp_path / "venv"
    venv.create(place, with_pip=False)
    program = place / "bin" / "python"
    command = [sys.executable, "-m", "pip", f"--python={program}", "install", "--no-deps", "--no-index"]
    subprocess.run([*command, "--quiet", str(wheel)], check=True, capture_output=True)
    libraries = next((place / "lib").glob("python*/site-packages"))
    ours = Path(str(importlib.metadata.distribution("starlette").locate_file("")))
    # the path alone: the .pth of this checkout's editable install does not count there
    (libraries / "dependencies.pth").write_text(f"{ours}\n", encoding="utf-8")
    foreign = tmp_path / "elsewhere"
    foreign.mkdir()
    environment = {"PATH": os.defpath, "HYPOMOS_DATA": str(tmp_path / "data"), "LC_ALL": "C.UTF-8"}

    def run(*words: str | Path) -> str:
        done = subprocess.run(words, cwd=foreign, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = run(program, "-c", "import config.settings; print(config.settings.__file__)")
    assert where.startswith(str(libraries))
    assert importlib.metadata.version("hypomos") in run(place / "bin" / "hypomos", "--version")
    assert "dav_plain_http" in run(place / "bin" / "hypomos", "config", "show")
    with serving_by([str(place / "bin" / "hypomos")], foreign, tmp_path / "data") as at:
        parts = wait_for_health(at.address)
        assert (parts["database"], parts["worker"]) == ("ok", "ok"), "the worker is started from there, too"
        page = httpx.get(f"{at.address}/login", follow_redirects=True)
        styles, scripts = ASSETS[0].findall(page.text), ASSETS[1].findall(page.text)
        assert styles
        assert scripts
        for path in styles + scripts:
            assert httpx.get(at.address + path).status_code == 200, path
    assert list(foreign.iterdir()) == []


def wait_for_health(address: str) -> dict[str, str]:
    """What /healthz tells once the worker's heart has beaten."""
    deadline = time.monotonic() + START_S
    while (answer := httpx.get(f"{address}/healthz")).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    return dict(answer.json()["parts"])


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_locks_have_versions_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.M).strip())
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+==[\w.]+ ", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text


def test_the_development_lock_contains_the_others() -> None:
    def pins(name: str) -> set[str]:
        return set(
            re.findall(r"^(\S+==\S+)", (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8"), re.M)
        )

    assert pins("run") | pins("build") <= pins("dev")


def test_the_lock_of_npm_has_hashes_and_no_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, entry in packages.items():
        assert not name or entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


def test_the_license_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n" in text
    assert "END OF TERMS AND CONDITIONS" in text
