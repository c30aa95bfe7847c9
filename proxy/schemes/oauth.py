"""A token for a service account or client, whose credential is JSON (``proxy.upstreams.tokens``)."""

from __future__ import annotations

from proxy.schemes.scheme import Parameter, Scheme, bearer_token

SCHEME = Scheme(
    parameters={"scope": Parameter(r"^[\x21\x23-\x5b\x5d-\x7e ]{1,512}$")}, present=bearer_token, exchange_scope="scope"
)
