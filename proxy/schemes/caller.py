"""Presents the caller's x-compliance-target-credential as a bearer token.

The account at the target is then the caller's own, and whoever registers such a target answers for that.
"""

from __future__ import annotations

from proxy.schemes.scheme import Credential, Scheme, bearer_token

SCHEME = Scheme(Credential.CALLER, present=bearer_token)
