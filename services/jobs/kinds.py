"""The kinds of jobs that are asked for in more places than one: what looks through a storage, and what reads it."""

SCAN = "scan"
"""Lists a storage, or some folders of it, and reads what is new where that is near."""
READ = "read"
"""Reads, bit by bit, what is new in a storage far away."""
