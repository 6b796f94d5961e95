"""The tables of the catalogue, one file a noun."""

from services.models.audit import Audit
from services.models.cameras import CameraClock
from services.models.collections import Collection, CollectionItem, Overlay
from services.models.counters import Counter
from services.models.credentials import Credential, Invitation, Session, Throttle
from services.models.database import transaction
from services.models.drive import DriveLock, DriveProperty, DriveWrite
from services.models.events import Event, EventPerson, Guest, Upload
from services.models.handed import Handed
from services.models.items import (
    Asset,
    ContentHash,
    DayCount,
    Fingerprint,
    Item,
    ItemAlias,
    ItemLabel,
    Label,
    Tombstone,
)
from services.models.jobs import Job, Worker
from services.models.screens import Device, Screen
from services.models.sharing import Arrival, Grant, Passing, Share
from services.models.storages import File, Folder, Storage
from services.models.trash import FileOperation, Touched, Trash, TrashFile
from services.models.tree_facts import TreeFact
from services.models.undo import Undo
from services.models.users import Group, Membership, User

TABLES = (
    User, Group, Membership, Credential, Invitation, Session, Throttle, Storage, Folder, Item, ItemAlias,
    Asset, Fingerprint, ContentHash, File, Label, ItemLabel, DayCount, Tombstone, Job, Worker, Counter, Audit,
    TreeFact, Trash, TrashFile, FileOperation, Touched, CameraClock,
    Collection, CollectionItem, Overlay, Event, EventPerson, Screen, Share, Grant, Guest, Arrival, Upload, Undo,
    Device, DriveLock, DriveWrite, DriveProperty, Handed, Passing,
)  # fmt: skip

__all__ = [
    "TABLES", "Arrival", "Asset", "Audit", "CameraClock", "Collection", "CollectionItem", "ContentHash",
    "Counter", "Credential", "DayCount", "Device", "DriveLock", "DriveProperty", "DriveWrite", "Event",
    "EventPerson", "File", "FileOperation", "Fingerprint", "Folder", "Grant", "Group", "Guest", "Handed",
    "Invitation", "Item", "ItemAlias", "ItemLabel", "Job", "Label", "Membership", "Overlay", "Passing", "Screen",
    "Session", "Share", "Storage", "Throttle", "Tombstone", "Touched", "Trash", "TrashFile", "TreeFact", "Undo",
    "Upload", "User", "Worker", "transaction",
]  # fmt: skip
