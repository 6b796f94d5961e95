"""Storages that rclone reaches: what may be configured, the one daemon, and what stands around it."""

from services.storages.rclone.daemon import Daemon
from services.storages.rclone.storage import RcloneStorage

__all__ = ["Daemon", "RcloneStorage"]
