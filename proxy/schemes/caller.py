"""What the caller sends in x-compliance-target-credential, as a bearer.

The target's account is then the caller's own, and who registers such a target answers for that.
"""

from __future__ import annotations

from proxy.schemes.scheme import Credential, Scheme, bearer_token

SCHEME = Scheme(Credential.CALLER, present=bearer_token)
