"""Who may call what: an admin has its reader's rights too, and whoever reads all tenants those of one. Pure."""

from __future__ import annotations

from collections.abc import Iterable

POLICY_READER = "policy-reader"
POLICY_ADMIN = "policy-admin"
REGISTRY_READER = "registry-reader"
REGISTRY_ADMIN = "registry-admin"
AUDIT_READER = "audit-reader"
AUDITOR = "auditor"
PRIVACY_OFFICER = "privacy-officer"
#: Who may see what runs, and who may see how to ask.
OPERATORS = frozenset({POLICY_READER, REGISTRY_READER})
ANYBODY = OPERATORS | {AUDIT_READER}
_IMPLIED = {
    POLICY_ADMIN: POLICY_READER,
    REGISTRY_ADMIN: REGISTRY_READER,
    AUDITOR: AUDIT_READER,
    PRIVACY_OFFICER: AUDIT_READER,
}
_OF_EVERY_TENANT = frozenset({AUDITOR, PRIVACY_OFFICER})
ROLES = (
    POLICY_READER, POLICY_ADMIN, REGISTRY_READER, REGISTRY_ADMIN, AUDIT_READER, AUDITOR, PRIVACY_OFFICER,
)  # fmt: skip


def effective(roles: Iterable[str]) -> frozenset[str]:
    """Return a caller's roles of this API, with those they imply."""
    granted = frozenset(roles) & frozenset(ROLES)
    return granted | {_IMPLIED[role] for role in granted if role in _IMPLIED}


def tenants(roles: Iterable[str], tenant: str) -> tuple[str, ...] | None:
    """Return the tenants whose evidence a caller may read, None for all."""
    return None if _OF_EVERY_TENANT.intersection(roles) else (tenant,)


def may_name_subjects(roles: Iterable[str]) -> bool:
    """Whether a caller may look for a person."""
    return PRIVACY_OFFICER in roles
