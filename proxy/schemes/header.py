"""A provider-specific header ("api-key", "x-api-key", "x-goog-api-key")."""

from __future__ import annotations

from proxy.core.targets.access import Authorization
from proxy.schemes.scheme import Parameter, PreparedRequest, Scheme

#: Headers that belong to the connection or the body.
_TAKEN = frozenset(
    """
    host content-length content-type content-encoding transfer-encoding connection keep-alive te trailer upgrade expect
    accept-encoding cookie proxy-authorization
    """.split()
)


def _present(call: PreparedRequest, how: Authorization, secret: str) -> PreparedRequest:
    return call.with_header(how["name"], secret)


SCHEME = Scheme(
    parameters={
        "name": Parameter(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", _TAKEN, "the header '{}' cannot carry a credential")
    },
    present=_present,
)
