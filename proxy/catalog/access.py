"""How the catalog says with which credential a target is called, and how it is presented."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from proxy.catalog.models import Strict
from proxy.core.targets.access import is_file_name

#: Headers that are the connection's or the body's own.
_TAKEN = frozenset(
    """
    host content-length content-type content-encoding transfer-encoding connection keep-alive te trailer upgrade expect
    accept-encoding cookie proxy-authorization
    """.split()
)
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
_WORD = r"^[a-z0-9][a-z0-9-]{0,62}$"


def _header_name(value: str) -> str:
    if value.lower() in _TAKEN:
        raise ValueError(f"the header '{value}' is not one that a credential may stand in")
    return value


def _file_name(value: str) -> str:
    if value and not is_file_name(value):
        raise ValueError("the name of a file in PROXY_TARGET_FILES, without a path")
    return value


FileName = Annotated[str, AfterValidator(_file_name)]


class PlainAuthorization(Strict):
    """``bearer``: ``Authorization: Bearer``. ``basic``: the credential is ``user:password``. ``none``: nothing is sent.

    ``caller``: what the caller sends in x-compliance-target-credential, as a bearer; the target's account is then the
    caller's own, and who registers such a target answers for that.
    """

    scheme: Literal["bearer", "basic", "none", "caller"] = "bearer"


class HeaderAuthorization(Strict):
    """A header of the provider's own ("api-key", "x-api-key", "x-goog-api-key")."""

    scheme: Literal["header"]
    name: Annotated[str, Field(pattern=_NAME), AfterValidator(_header_name)]


class QueryAuthorization(Strict):
    """A parameter of the URL's query ("key"); the URL then stands in no log here, but may in one of the target's."""

    scheme: Literal["query"]
    name: Annotated[str, Field(pattern=_NAME)]


class SigV4(Strict):
    """AWS Signature Version 4; the credential is an access key, as a credential process prints it or ``id:secret``."""

    scheme: Literal["sigv4"]
    service: Annotated[str, Field(pattern=_WORD)]
    region: Annotated[str, Field(pattern=_WORD)]


class OAuth(Strict):
    """A token for a service account or a client; the credential is its JSON (``proxy.upstreams.tokens``)."""

    scheme: Literal["oauth"]
    scope: Annotated[str, Field(pattern=r"^[\x21\x23-\x5b\x5d-\x7e ]{1,512}$")]


Authorization = Annotated[
    PlainAuthorization | HeaderAuthorization | QueryAuthorization | SigV4 | OAuth, Field(discriminator="scheme")
]


class Tls(Strict):
    """Files in ``PROXY_TARGET_FILES``: authorities instead of the machine's, the certificate that this proxy shows."""

    ca: FileName = ""
    certificate: FileName = ""
    key: FileName = ""

    @model_validator(mode="after")
    def _key_has_a_certificate(self) -> Self:
        if self.key and not self.certificate:
            raise ValueError("key needs a certificate")
        return self


#: Schemes that need no credential of the catalog's.
UNCREDITED = frozenset({"bearer", "none", "caller"})
