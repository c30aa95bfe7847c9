"""``Authorization: Bearer``; nothing if the catalog names no credential, as for a server in one's own network."""

from __future__ import annotations

from proxy.schemes.scheme import Credential, Scheme, bearer_token

SCHEME = Scheme(Credential.OPTIONAL, present=bearer_token)
