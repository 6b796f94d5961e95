"""Being found on the home network (zeroconf): what is announced, by whom, and what `doctor` says of it."""

from appliance.discovery.planning import Place, Plan, Service, planned
from appliance.discovery.reporting import Finding, findings
from appliance.discovery.running import Discovery, discovery_for

__all__ = [
    "Discovery",
    "Finding",
    "Place",
    "Plan",
    "Service",
    "discovery_for",
    "findings",
    "planned",
]
