"""The build hook, on npm packages the test makes itself."""

import gettext
import gzip
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import hatch_build

ICON = """<!-- notice -->
<svg class="lucide" xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"
  fill="none" stroke="currentColor">
  <path d="M1 1" />
</svg>
"""


def package(modules: Path, name: str, files: dict[str, str], **meta: str) -> None:
    folder = modules / name
    folder.mkdir(parents=True)
    text = json.dumps({"name": name, "version": "1.2.3", "license": "MIT", **meta})
    (folder / "package.json").write_text(text, encoding="utf-8")
    for file, content in files.items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(content, encoding="utf-8")


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    folder = tmp_path / "node_modules"
    package(folder, "zoom", {"dist/zoom.min.js": "zoom()", "LICENSE": "free"})
    package(folder, "@sharp/icons", {"icons/image.svg": ICON, "LICENSE": "free"})
    package(folder, "bare", {"bare.js": "bare()"})
    return folder


SPEC: dict[str, Any] = {
    "zoom": {"files": {"dist/zoom.min.js": "zoom.js"}, "imports": {"zoom": "zoom.js"}},
    "@sharp/icons": {"icons": ["image"]},
    "bare": {"files": {"bare.js": "bare.js"}, "notice": "\nMIT License, somebody\n"},
}


def test_fill_copies_files_and_tells_of_them(tmp_path: Path, modules: Path) -> None:
    manifest = hatch_build.fill(tmp_path / "new", modules, SPEC)
    assert manifest["imports"] == {"zoom": "zoom@1.2.3/zoom.js"}
    assert manifest["icons"] == "sharp-icons@1.2.3/icons.svg"
    assert manifest["packages"]["bare"] == {
        "version": "1.2.3", "license": "MIT", "path": "bare@1.2.3", "notice": "LICENSE",
    }  # fmt: skip
    assert (tmp_path / "new/zoom@1.2.3/zoom.js").read_text() == "zoom()"
    assert (tmp_path / "new/zoom@1.2.3/LICENSE").read_text() == "free"
    assert (tmp_path / "new/bare@1.2.3/LICENSE").read_text() == "MIT License, somebody\n"


def test_packed_twins_are_the_same_bytes_each_time(tmp_path: Path, modules: Path) -> None:
    for name in ("one", "two"):
        hatch_build.fill(tmp_path / name, modules, SPEC)
    packed = [(tmp_path / name / "zoom@1.2.3/zoom.js.gz").read_bytes() for name in ("one", "two")]
    assert packed[0] == packed[1]
    assert gzip.decompress(packed[0]) == b"zoom()"
    assert not (tmp_path / "one/zoom@1.2.3/LICENSE.gz").exists()


def test_the_sprite_has_a_symbol_for_each_icon(modules: Path) -> None:
    root = ElementTree.fromstring(hatch_build.sprite(modules / "@sharp/icons/icons", ["image"]))
    (symbol,) = root
    assert symbol.tag == "{http://www.w3.org/2000/svg}symbol"
    assert symbol.attrib == {"id": "image", "viewBox": "0 0 24 24", "fill": "none", "stroke": "currentColor"}
    assert [child.attrib for child in symbol] == [{"d": "M1 1"}]


def test_an_unknown_icon_is_named(modules: Path) -> None:
    with pytest.raises(hatch_build.VendorError, match="“imgae”, which does not exist"):
        hatch_build.sprite(modules / "@sharp/icons/icons", ["image", "imgae"])


def test_a_package_without_licence_text_is_refused(tmp_path: Path, modules: Path) -> None:
    with pytest.raises(hatch_build.VendorError, match="bare ships no licence text"):
        hatch_build.fill(tmp_path / "new", modules, {"bare": {"files": {"bare.js": "bare.js"}}})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout whose vendor folder is current."""
    (tmp_path / "web").mkdir()
    for name in hatch_build.SOURCES:
        (tmp_path / name).write_text("{}", encoding="utf-8")
    folder = hatch_build.destination(tmp_path)
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(
        json.dumps({"stamp": hatch_build.stamp(tmp_path)}), encoding="utf-8"
    )
    return tmp_path


def test_nothing_is_done_while_the_folder_is_current(root: Path) -> None:
    assert hatch_build.is_current(root)
    (root / "web/vendor.toml").write_text("# changed", encoding="utf-8")
    assert not hatch_build.is_current(root)


def test_a_broken_manifest_is_not_current(root: Path) -> None:
    (hatch_build.destination(root) / "manifest.json").write_text("{", encoding="utf-8")
    assert not hatch_build.is_current(root)


def test_without_npm_the_ways_out_are_named(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (root / "web/vendor.toml").write_text("[packages]", encoding="utf-8")
    for name in ("package.json", ".npmrc"):
        (root / name).write_text("{}", encoding="utf-8")
    before = sorted(hatch_build.destination(root).iterdir())
    with pytest.raises(hatch_build.VendorError, match="install Debian's package npm"):
        hatch_build.install(root)
    assert sorted(hatch_build.destination(root).parent.iterdir()) == [hatch_build.destination(root)]
    assert sorted(hatch_build.destination(root).iterdir()) == before


def test_what_npm_says_is_passed_on(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("node", "npm"):
        (programs / name).write_text("#!/bin/sh\necho 'the registry is away' >&2\nexit 7\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    with pytest.raises(hatch_build.VendorError, match=r"npm ci failed \(7\):\nthe registry is away"):
        hatch_build.npm_ci(root)


CATALOGUE = """# German
msgid ""
msgstr ""
"Language: de\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Save"
msgstr "Speichern"

#, python-format
msgid ""
"A long “text” \\"so\\" "
"with %(n)s parts"
msgstr "Ein langer „Text“ mit %(n)s Teilen"

msgid "%(num)d file"
msgid_plural "%(num)d files"
msgstr[0] "%(num)d Datei"
msgstr[1] "%(num)d Dateien"

msgctxt "on a phone"
msgid "Save"
msgstr "Weg"

msgid "Not yet"
msgstr ""

#, fuzzy
msgid "Perhaps"
msgstr "Vielleicht"
"""


def test_gettext_reads_what_the_hook_compiles() -> None:
    words = gettext.GNUTranslations(io.BytesIO(hatch_build.compiled(CATALOGUE, "here")))
    assert words.gettext("Save") == "Speichern"
    assert words.pgettext("on a phone", "Save") == "Weg"
    assert words.gettext('A long “text” "so" with %(n)s parts') == "Ein langer „Text“ mit %(n)s Teilen"
    assert [words.ngettext("%(num)d file", "%(num)d files", n) for n in (0, 1, 2)] == [
        "%(num)d Dateien", "%(num)d Datei", "%(num)d Dateien",
    ]  # fmt: skip


def test_what_is_not_translated_stays_english() -> None:
    words = gettext.GNUTranslations(io.BytesIO(hatch_build.compiled(CATALOGUE, "here")))
    assert words.gettext("Not yet") == "Not yet"
    assert words.gettext("Perhaps") == "Perhaps"


@pytest.mark.parametrize("line", ['msgstr "no end', 'msgid "a" "b"', '"before any name"', "anything"])
def test_a_broken_catalogue_is_named_with_its_line(line: str) -> None:
    with pytest.raises(hatch_build.CatalogueError, match=r"de\.po: this line is no part of a catalogue: "):
        hatch_build.compiled(line, "de.po")


def test_each_catalogue_is_compiled_beside_its_source(tmp_path: Path) -> None:
    folder = tmp_path / "web/locale/de/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(CATALOGUE, encoding="utf-8")
    hatch_build.compile_catalogues(tmp_path)
    assert gettext.translation("messages", tmp_path / "web/locale", ["de"]).gettext("Save") == "Speichern"
