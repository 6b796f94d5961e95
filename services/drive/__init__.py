"""What clients of the network drive keep with us: locks, and properties of their own. The rows; no protocol."""
