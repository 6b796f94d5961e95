"""WebDAV at /dav/: a thin adapter of the tree and the broker."""
