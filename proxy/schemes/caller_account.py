"""As ``caller``, with the caller's account at the target in the header from which that provider reads it.

The header comes from the same request as the token and goes to no target but one that names it.
"""

from __future__ import annotations

from proxy.core.targets.access import ACCOUNTS
from proxy.schemes.scheme import Credential, Parameter, Scheme, bearer_token

SCHEME = Scheme(
    Credential.CALLER, {"name": Parameter(f"^({'|'.join(ACCOUNTS)})$")}, present=bearer_token, account="name"
)
