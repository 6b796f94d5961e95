"""Readers of bytes: metadata, pictures, video, fingerprints, renditions, and the children that run them."""
