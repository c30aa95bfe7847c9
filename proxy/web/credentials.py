"""The credential of a caller: a key or token, wherever its dialect's clients put one. Never logged or passed on.

Beside it a caller may send a token of its own for the target, as programs with a subscription do: the key of this proxy
then stands in ``x-compliance-key``, in another header, or in the path (``/key/cp_.../v1/messages``).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from aiohttp import web

from proxy.codecs.base import SIGNED
from proxy.core.targets.access import ACCOUNTS
from proxy.errors import MalformedRequestError
from proxy.web.declared import KEY

_BEARER, _BASIC = "bearer", "basic"
#: What keys of this proxy begin with, and the path before which one may stand.
_OURS, _PATH = "cp_", re.compile(r"/key/(cp_[A-Za-z0-9_-]{1,128})(?=/)")
#: Schemes of ``Authorization`` in which a credential may be.
SCHEMES = frozenset({_BEARER, _BASIC, SIGNED})
#: The scope of an AWS signature begins with the id of the signing key.
_SCOPE = re.compile(r"(?:^|[,\s])Credential=([^/,\s]+)/")


def presented(request: web.BaseRequest, places: Sequence[str]) -> str:
    """Return the caller's key or token, "" if there is none.

    That is the first key of this proxy, else what stands at the first of the places that has anything. A place is a
    scheme of ``Authorization``, a header, or a parameter of the query ("?key").
    """
    values = [*_values(request, places), ("", "")]
    return next((value for source, value in values if source == KEY or value.startswith(_OURS)), values[0][1])


def is_key(credential: str) -> bool:
    """Whether a credential has the form of a key of this proxy."""
    return credential.startswith(_OURS)


def beside(request: web.BaseRequest, places: Sequence[str]) -> str:
    """Return the token beside the credential, for a target that takes its callers' own; "" for none."""
    ours = presented(request, places)
    return next((value for source, value in _values(request, places) if source == _BEARER and value != ours), "")


def accounts(request: web.BaseRequest) -> Mapping[str, str]:
    """Return the accounts that the caller names beside its own token, by their headers.

    Raises:
        MalformedRequestError: one is repeated or not the name of an account.

    """
    named = {name: request.headers.getall(name) for name in ACCOUNTS if name in request.headers}
    for name, values in named.items():
        if len(values) > 1 or not ACCOUNTS[name].fullmatch(values[0]):
            raise MalformedRequestError(f"the header {name} is repeated or not valid")
    return {name: values[0] for name, values in named.items()}


def path(request: web.BaseRequest) -> str:
    """Return the path of a request, percent-encoded as received, without the key before it."""
    return _PATH.sub("", request.rel_url.raw_path, count=1) if _in_path(request) else request.rel_url.raw_path


def _in_path(request: web.BaseRequest) -> str:
    match = _PATH.match(request.rel_url.raw_path)
    return match[1] if match else ""


def _values(request: web.BaseRequest, places: Sequence[str]) -> Iterator[tuple[str, str]]:
    if key := _in_path(request):
        yield KEY, key
    for source in (KEY, *places):
        value = _at(request, source)
        if value is not None:
            yield source, value.strip()


def repeated(request: web.BaseRequest, places: Sequence[str]) -> bool:
    """Whether a credential may occur twice: which of the two counts would be a guess."""
    headers = ["Authorization", KEY, *[source for source in places if source[0] != "?" and source not in SCHEMES]]
    if max([len(request.headers.getall(name, ())) for name in headers]) > 1:
        return True
    return any(len(request.rel_url.query.getall(source[1:], ())) > 1 for source in places if source[0] == "?")


def _at(request: web.BaseRequest, source: str) -> str | None:
    if source in SCHEMES:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        return _READ[source](value) if scheme.lower() == source else None
    if source.startswith("?"):
        return request.rel_url.query.get(source[1:]) or None
    return request.headers.get(source) or None


def _password(encoded: str) -> str:
    """Return the password of ``Basic`` (RFC 7617), or the user name if there is none: clients use either for keys."""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return password or user


def _signer(signature: str) -> str:
    """Return the key in an AWS signature. The signature itself is not verified: no secret is stored for that."""
    match = _SCOPE.search(signature)
    return match[1] if match else ""


_READ: Mapping[str, Callable[[str], str]] = {_BEARER: str, _BASIC: _password, SIGNED: _signer}
