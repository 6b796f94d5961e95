"""Storages that rclone reaches: what may be configured, the one daemon, and what stands around it."""
