"""Credentials presented as they are: a bearer token, HTTP Basic, a header or a query parameter of the target's own."""

from __future__ import annotations

import base64
from dataclasses import replace

from proxy.core.targets.access import ACCOUNTS, Authorization
from proxy.schemes.scheme import Credential, Parameter, PreparedRequest, Scheme, with_query

#: Headers that belong to the connection or the body.
_RESERVED = frozenset(
    """
    host content-length content-type content-encoding transfer-encoding connection keep-alive te trailer upgrade expect
    accept-encoding cookie proxy-authorization
    """.split()
)
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"


def _bearer(call: PreparedRequest, _how: Authorization, secret: str) -> PreparedRequest:
    """Present a bearer token (RFC 6750)."""
    return call.with_header("Authorization", f"Bearer {secret}")


def _basic(call: PreparedRequest, _how: Authorization, secret: str) -> PreparedRequest:
    if ":" not in secret:
        raise ValueError("is not of the form user:password")
    return call.with_header("Authorization", "Basic " + base64.b64encode(secret.encode()).decode())


def _header(call: PreparedRequest, how: Authorization, secret: str) -> PreparedRequest:
    return call.with_header(how["name"], secret)


def _query(call: PreparedRequest, how: Authorization, secret: str) -> PreparedRequest:
    return replace(call, url=with_query(call.url, ((how["name"], secret),)))


SCHEMES = {
    "none": Scheme("Sends no credential.", Credential.NONE),
    "bearer": Scheme(
        "``Authorization: Bearer``; nothing if the catalog names no credential, as for a server in one's own network.",
        Credential.OPTIONAL,
        present=_bearer,
    ),
    "caller": Scheme(
        """Presents the caller's x-compliance-target-credential as a bearer token.

        The account at the target is then the caller's own, and whoever registers such a target answers for that.
        """,
        Credential.CALLER,
        present=_bearer,
    ),
    "caller_account": Scheme(
        """As ``caller``, with the caller's account at the target in the header from which that provider reads it.

        The header comes from the same request as the token and goes to no target but one that names it.
        """,
        Credential.CALLER,
        {"name": Parameter(f"^({'|'.join(ACCOUNTS)})$")},
        present=_bearer,
        account="name",
    ),
    "oauth": Scheme(
        "A token for a service account or client, whose credential is JSON (``proxy.upstreams.tokens``).",
        parameters={"scope": Parameter(r"^[\x21\x23-\x5b\x5d-\x7e ]{1,512}$")},
        present=_bearer,
        exchange_scope="scope",
    ),
    "basic": Scheme("HTTP Basic (RFC 7617); the credential is ``user:password``.", present=_basic),
    "header": Scheme(
        'A provider-specific header ("api-key", "x-api-key", "x-goog-api-key").',
        parameters={"name": Parameter(_NAME, _RESERVED, "the header '{}' cannot carry a credential")},
        present=_header,
    ),
    "query": Scheme(
        """A parameter of the URL's query ("key"). That URL is in no log here, but may be in one of the target's.""",
        parameters={"name": Parameter(_NAME)},
        present=_query,
    ),
}
