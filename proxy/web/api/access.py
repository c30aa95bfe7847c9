"""The four roles of the admin API; an admin role includes the reader's rights. Pure."""

from __future__ import annotations

from collections.abc import Iterable

POLICY_READER = "policy-reader"
POLICY_ADMIN = "policy-admin"
REGISTRY_READER = "registry-reader"
REGISTRY_ADMIN = "registry-admin"
ANYBODY = frozenset({POLICY_READER, REGISTRY_READER})
_IMPLIED = {POLICY_ADMIN: POLICY_READER, REGISTRY_ADMIN: REGISTRY_READER}
ROLES = (POLICY_READER, POLICY_ADMIN, REGISTRY_READER, REGISTRY_ADMIN)


def effective(roles: Iterable[str]) -> frozenset[str]:
    """Return a caller's roles of this API, with those they imply."""
    own = frozenset(roles) & frozenset(ROLES)
    return own | {_IMPLIED[role] for role in own if role in _IMPLIED}
