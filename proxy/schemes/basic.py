"""HTTP Basic (RFC 7617); the credential is ``user:password``."""

from __future__ import annotations

import base64

from proxy.core.targets.access import Authorization
from proxy.schemes.scheme import PreparedRequest, Scheme


def _present(call: PreparedRequest, _how: Authorization, secret: str) -> PreparedRequest:
    if ":" not in secret:
        raise ValueError("is not of the form user:password")
    return call.with_header("Authorization", "Basic " + base64.b64encode(secret.encode()).decode())


SCHEME = Scheme(present=_present)
