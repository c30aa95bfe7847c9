"""What the stack of the checks is started with: signed bundles, a candidate in shadow, targets with faults of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

#: A host that the system's resolver turns into 169.254.169.254, where clouds answer with credentials.
ELSEWHERE: Mapping[str, str] = {"evil/resolves": "http://2852039166/v1"}
_RULE = """package org.shadowed

import rego.v1

# METADATA
# scope: document
# title: Shadowed
# description: Denies one model, in shadow.
# related_resources:
#   - ref: https://intranet.example/policies/shadowed
#     description: House policy
# custom:
#   rule_id: org.shadowed
#   codes: [SHADOWED]
deny contains {"code": "SHADOWED", "rule_id": "org.shadowed", "citation": ["House policy"], "evidence": []} if {
	input.operation.model == "third-shadowed"
}
"""


def environment(folder: Path) -> Mapping[str, str]:
    """Write keys and the candidate into a folder; return the settings that name them."""
    shadow = folder / "shadow"
    shadow.mkdir(parents=True, exist_ok=True)
    (shadow / "shadowed.rego").write_text(_RULE)
    private, public = folder / "policy.key", folder / "policy.pub"
    key = Ed25519PrivateKey.generate()
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return {
        "PROXY_SHADOW_DIR": str(shadow),
        "PROXY_POLICY_SIGNING_KEY": str(private),
        "PROXY_POLICY_VERIFICATION_KEY": str(public),
        "PROXY_AUDIT_RECOVERY_GRACE_S": "2",
        "PROXY_VAULT_PURGE_S": "3",
    }
