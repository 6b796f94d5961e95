"""Properties that clients of the network drive set on files and folders of storages, each person's for themselves.

They hang on the rows of the catalogue: what moves keeps them, what is deleted loses them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from services.errors import UsageError
from services.models import DriveProperty, database, transaction
from services.viewers import Viewer

MOST = 100
"""Properties of one file or folder."""
LONGEST = 16 * 1024
"""Bytes of XML in one property."""

Kind: TypeAlias = Literal["file", "folder"]
_COLUMNS: Mapping[Kind, Any] = {"file": DriveProperty.file, "folder": DriveProperty.folder}


class Subject(NamedTuple):
    """A file or folder by the id of its row."""

    kind: Kind
    id: int


Name: TypeAlias = tuple[str, str]
"""Namespace and local name."""

Properties: TypeAlias = Mapping[Name, str]


def get(viewer: Viewer, subject: Subject) -> dict[Name, str]:
    """The viewer's properties of one thing."""
    rows = DriveProperty.select(DriveProperty.space, DriveProperty.name, DriveProperty.value)
    rows = rows.where(_here(viewer, subject))
    return {(space, name): value for space, name, value in rows.order_by(DriveProperty.id).tuples()}


_INSIDE = """
    SELECT file_id, folder_id, space, name, value FROM drive_property
    WHERE user_id = ? AND file_id IN (SELECT id FROM file WHERE folder_id = ?)
    UNION ALL
    SELECT file_id, folder_id, space, name, value FROM drive_property
    WHERE user_id = ? AND folder_id IN (SELECT id FROM folder WHERE parent_id = ?)
"""


def inside(viewer: Viewer, folder_id: int) -> dict[Subject, dict[Name, str]]:
    """The viewer's properties of everything that lies directly in a folder, in one question."""
    if not DriveProperty.select().where(DriveProperty.user == viewer.user_id).exists():
        return {}
    found: dict[Subject, dict[Name, str]] = {}
    who = viewer.user_id
    for file, folder, space, name, value in database.rows(_INSIDE, who, folder_id, who, folder_id):
        subject = Subject("folder", folder) if file is None else Subject("file", file)
        found.setdefault(subject, {})[space, name] = value
    return found


def of(viewer: Viewer, subjects: Sequence[Subject]) -> dict[Subject, dict[Name, str]]:
    """The viewer's properties of these files and folders, in one question for each few hundred of a kind."""
    if not subjects or not DriveProperty.select().where(DriveProperty.user == viewer.user_id).exists():
        return {}
    found: dict[Subject, dict[Name, str]] = {}
    for kind, column in _COLUMNS.items():
        ids = [subject.id for subject in subjects if subject.kind == kind]
        columns = (column, DriveProperty.space, DriveProperty.name, DriveProperty.value)
        for some in database.batches(ids):
            these = (DriveProperty.user == viewer.user_id) & column.in_(some)
            rows = DriveProperty.select(*columns).where(these)
            for number, space, name, value in rows.order_by(DriveProperty.id).tuples():
                found.setdefault(Subject(kind, number), {})[space, name] = value
    return found


def put(viewer: Viewer, subject: Subject, name: Name, value: str | None) -> None:
    """Set a property, or with None take it away. Raises UsageError when that is too much, before or instead."""
    require_fit(viewer, subject, name, value)
    with transaction():
        DriveProperty.delete().where(_here(viewer, subject) & _is(name)).execute()
        if value is not None:
            _insert(viewer, subject, {name: value}.items())


def require_fit(viewer: Viewer, subject: Subject, name: Name, value: str | None) -> None:
    """Raise UsageError when a property is too long, or one too many."""
    if value is None:
        return
    if len(value.encode()) > LONGEST:
        raise UsageError(f"More than {LONGEST // 1024} KiB in one property.")
    others = DriveProperty.select().where(_here(viewer, subject) & ~_is(name)).count()
    if others >= MOST:
        raise UsageError(f"More than {MOST} properties.")


def copy(viewer: Viewer, source: Subject, target: Subject) -> None:
    """Give the target the properties of the source and no others."""
    given, had = get(viewer, source), get(viewer, target)
    if given != had:
        with transaction():
            DriveProperty.delete().where(_here(viewer, target)).execute()
            _insert(viewer, target, given.items())


def _insert(viewer: Viewer, subject: Subject, properties: Iterable[tuple[Name, str]]) -> None:
    for (space, name), value in properties:
        DriveProperty.insert(
            user=viewer.user_id, space=space, name=name, value=value, **{subject.kind: subject.id}
        ).execute()


def _here(viewer: Viewer, subject: Subject) -> Any:
    column = _COLUMNS[subject.kind]
    return (DriveProperty.user == viewer.user_id) & (column == subject.id)


def _is(name: Name) -> Any:
    return (DriveProperty.space == name[0]) & (DriveProperty.name == name[1])
