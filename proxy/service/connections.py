"""How many connections to the database a serving process holds at most, by what it needs them for. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from proxy.reports.siem import address
from proxy.runtime import database
from proxy.settings import Settings


def most(settings: Settings) -> Mapping[str, int]:
    """Return the most connections of one process, by use. Most of them are opened when they are needed."""
    connections = {
        "the audit log's writer": 1,
        "signing, recovery and anchors": 3,
        "keys, data subjects, restrictions, grants": database.SIZES[database.IDENTITY] + 2,  # two of them listen
        "vault": database.SIZES[database.VAULT] + 1,  # one listens
        "registry": database.SIZES[database.REGISTRY] + (settings.registry == "database"),
    }
    if settings.admin_api:
        connections["answers and exports of the admin API"] = 6
    if settings.audit_log_published:
        connections["the published log"] = database.SIZES[database.WRITER]
    if streams := len(address.several(settings.audit_streams or "")):
        connections["streams"] = streams
    return connections
