"""Which ids each address takes; ``tests/unit/console/test_table.py`` compares this with the routes of console and admin API."""

from __future__ import annotations

from collections.abc import Mapping

#: Route of the console -> the id that it takes, by its name in ``HostileProduct.ids``.
CONSOLE: Mapping[str, str] = {
    "exchanges/{id}": "exchange",
    "exchanges/{id}/explain": "exchange",
    "exchanges/{id}/proof": "exchange",
    "exchanges/{id}/file": "exchange",
    "downloads/{id}/file": "export",
    "schedules/{id}/stop": "schedule",
    "approvals/{id}": "request",
    "oversight/{id}": "exchange",
    "subjects/{id}/lift": "restriction",
    "integrity/{id}/cancel": "verification",
    "integrity/{id}/result": "verification",
    "holds/{id}/release": "hold",
    "keys/{id}/revoke": "key",
}
#: Route of the admin API -> likewise.
API: Mapping[str, str] = {
    "audit/exports/{id}/approve": "export",
    "audit/exports/{id}/cancel": "export",
    "audit/exports/{id}/result": "export",
    "audit/exports/{id}": "export",
    "audit/schedules/{id}/stop": "schedule",
    "audit/exchanges/{id}/proof": "exchange",
    "audit/exchanges/{id}": "exchange",
    "subjects/restrictions/{id}": "restriction",
    "requests/{id}/approve": "request",
    "inbox/{id}": "request",
    "break-glass/{id}/review": "grant",
    "break-glass/{id}/approve": "grant",
    "break-glass/{id}/revoke": "grant",
    "oversight/{id}/close": "exchange",
    "keys/{id}": "key",
}
#: Routes of both whose parameter is no id of a tenant's, with what it is.
SHARED: Mapping[str, str] = {
    "exchanges/file/{format}": "a format",
    "questions/{id}": "of the catalogue",
    "questions/{id}/file": "of the catalogue",
    "reports/{name}": "of the catalogue",
    "reports/{name}/file": "of the catalogue",
    "policies/{revision}": "rules of all tenants",
    "audit/questions/{id}": "of the catalogue",
    "audit/reports/{name}": "of the catalogue",
    "policy/revisions/{revision}": "rules of all tenants",
    "registry/{path}": "the registry of all tenants",
    "routes/{name}/canary": "the registry of all tenants",
    "routes/{name}/promote": "the registry of all tenants",
    "routes/{name}/return": "the registry of all tenants",
    "registered/{list}": "needs a role that reads every tenant, and names the tenant itself",
}
