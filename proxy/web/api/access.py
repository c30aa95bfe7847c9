"""Who may call what: four roles, of which an admin has its reader's rights too. Pure."""

from __future__ import annotations

from collections.abc import Iterable

POLICY_READER = "policy-reader"
POLICY_ADMIN = "policy-admin"
REGISTRY_READER = "registry-reader"
REGISTRY_ADMIN = "registry-admin"
ANYBODY = frozenset({POLICY_READER, REGISTRY_READER})
_IMPLIED = {POLICY_ADMIN: POLICY_READER, REGISTRY_ADMIN: REGISTRY_READER}
ROLES = (POLICY_READER, POLICY_ADMIN, REGISTRY_READER, REGISTRY_ADMIN)


def held(roles: Iterable[str]) -> frozenset[str]:
    """Return the roles of this API among a caller's, with those they imply."""
    own = frozenset(roles) & frozenset(ROLES)
    return own | {_IMPLIED[role] for role in own if role in _IMPLIED}
