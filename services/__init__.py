"""The domain: what Hypomos does, without any web framework or protocol."""
