"""A screen's tree for televisions: UPnP AV over a listener of its own, inside the local network alone."""
